"""Fixtures: one server a run, one migrated template a worker, a rollback or a clone a test."""

from __future__ import annotations

import gc
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from pytest_postgresql import factories
from pytest_postgresql.executors import NoopExecutor

from onethread.database.config import DB_DIR
from onethread.schema import migrate
from tests import server

# Here, so that each is made once: a fixture that two folders import is two fixtures.
from tests.adoption.crm import adopted as adopted
from tests.adoption.crm import adopted_noproc as adopted_noproc
from tests.adoption.crm import legacy as legacy
from tests.adoption.crm import legacy_noproc as legacy_noproc
from tests.faults.report import report_faults
from tests.security.report import pytest_terminal_summary as report_attacks
from tests.server import Server, cloned, uri_at, uri_of

Connection = psycopg.Connection[Any]

_SERVER = pytest.StashKey[Server | None]()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The counts that a run ends with."""
    report_attacks(terminalreporter)
    report_faults(terminalreporter)


def pytest_configure(config: pytest.Config) -> None:
    """The options may name a server: then it must be one that the tests can use."""
    if hasattr(config, "workerinput"):
        told = config.workerinput["server"]
        config.stash[_SERVER] = told and Server(**told)
    elif config.option.postgresql_host or config.option.postgresql_port:
        config.stash[_SERVER] = named_server(config.option)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """xdist: the workers are told where the server is."""
    found = get_server(node.config)
    node.workerinput["server"] = found and asdict(found)


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What a module's tests share is made once: they go to one worker of xdist."""
    for item in items:
        fixtures = getattr(item, "_fixtureinfo", None)
        shared = fixtures and any(
            defined.scope == "module"
            for name in fixtures.names_closure
            for defined in fixtures.name2fixturedefs.get(name, ())
        )
        if shared and item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))


def pytest_collection_finish() -> None:
    """What was collected stays to the end: the garbage collector need not look at it each time."""
    gc.freeze()


def named_server(option: Any) -> Server:
    """The one of --postgresql-host, --postgresql-port and so on."""
    named = Server(
        host=option.postgresql_host or "127.0.0.1",
        port=int(option.postgresql_port or 5432),
        user=option.postgresql_user or "postgres",
        password=option.postgresql_password,
    )
    try:
        with psycopg.connect(uri_of(named, named.maintenance_dbname), connect_timeout=10) as there:
            row = there.execute(
                "select current_setting('is_superuser')::boolean, "
                "current_setting('server_version_num')::int >= 150000"
            ).fetchone()
    except psycopg.OperationalError as error:
        raise pytest.UsageError(f"no server to test on: {error}") from error
    if row != (True, True):
        raise pytest.UsageError("the tests need a superuser on PostgreSQL 15 or newer")
    return named


def get_server(config: pytest.Config) -> Server | None:
    """The server of the run, started if there is none yet; it ends with the run."""
    if _SERVER not in config.stash and server.is_available():
        stack = ExitStack()
        config.add_cleanup(stack.close)
        config.stash[_SERVER] = stack.enter_context(server.run_server())
    return config.stash.get(_SERVER, None)


@pytest.fixture(scope="session")
def postgresql_server(request: pytest.FixtureRequest) -> Server:
    """Where the databases of the tests are."""
    found = get_server(request.config)
    if found is None:
        pytest.skip(f"PostgreSQL {server.VERSION} is not installed")
    return found


def load_schema(**where: Any) -> None:
    """What the template of all databases is made with."""
    migrate.migrate(uri_at(where))


postgresql_noproc = factories.postgresql_noproc(
    depends_on="postgresql_server", dbname=f"onethread_{server.RUN}", load=[load_schema]
)


@pytest.fixture(scope="session")
def server_uri(postgresql_server: Server) -> str:
    """URI of the test server, with {database} to fill in."""
    return uri_of(postgresql_server, "{database}")


@pytest.fixture(scope="session")
def worker_database(postgresql_noproc: NoopExecutor) -> Iterator[str]:
    """URI of a migrated database that this worker's rolled-back tests share."""
    with cloned(postgresql_noproc) as uri:
        yield uri


@pytest.fixture
def connection(worker_database: str) -> Iterator[Connection]:
    """A connection in a transaction that is rolled back: for all that needs no commit."""
    with psycopg.connect(worker_database) as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def database(postgresql_noproc: NoopExecutor) -> Iterator[str]:
    """URI of a migrated database of the test's own: for commits, sessions and the command line."""
    with cloned(postgresql_noproc) as uri:
        yield uri


@pytest.fixture
def second_database(postgresql_noproc: NoopExecutor) -> Iterator[str]:
    """Another one, to compare with."""
    with cloned(postgresql_noproc) as uri:
        yield uri


@pytest.fixture
def empty_database(postgresql_server: Server) -> Iterator[str]:
    """URI of a database without any Onethread schema."""
    with cloned(postgresql_server) as uri:
        yield uri


@pytest.fixture
def plain_owner(empty_database: str) -> Iterator[str]:
    """An empty database of a role that may not create roles."""
    name = psycopg.conninfo.conninfo_to_dict(empty_database)["dbname"]
    role = f"owner_{name}"
    with psycopg.connect(empty_database, autocommit=True) as connection:
        add_login(connection, role)
        connection.execute(f"alter database {name} owner to {role}")
    yield psycopg.conninfo.make_conninfo(empty_database, user=role)


@pytest.fixture
def db_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of db/ that the app uses in place of its own."""
    folder = tmp_path / "db"
    shutil.copytree(DB_DIR, folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr("onethread.database.config.DB_DIR", folder)
    yield folder


@pytest.fixture
def business_id(connection: Connection) -> int:
    """An Israeli business in the rolled-back transaction."""
    return add_business(connection)


def add_business(connection: Connection, name: str = "Clinic", region: str | None = "IL") -> int:
    """Inserts a business; returns its id."""
    row = connection.execute(
        "insert into business (name, default_region) values (%s, %s) returning id", [name, region]
    ).fetchone()
    assert row is not None
    return int(row[0])


def add_login(owner: Connection, role: str, *groups: str) -> None:
    """A role that gets in where the tests do: with their own password."""
    command = sql.SQL("create role {} login password {}").format(
        sql.Identifier(role), sql.Literal(owner.info.password or None)
    )
    owner.execute(command)
    for group in groups:
        owner.execute(sql.SQL("grant {} to {}").format(*map(sql.Identifier, (group, role))))


def insert(connection: Connection, business_id: int, direction: str, **columns: Any) -> Any:
    """Inserts a message as any writer does; returns its row (attributes by column name).

    The address may be given as `address`: it goes to the side that the direction means.
    """
    if "address" in columns:
        side = "from_number" if direction.lower().startswith("in") else "to_number"
        columns[side] = columns.pop("address")
    columns |= {"business_id": business_id, "direction": direction}
    with connection.cursor(row_factory=psycopg.rows.namedtuple_row) as cursor:
        return cursor.execute(
            f"insert into whatsapp_message ({', '.join(columns)}) "
            f"values ({', '.join(['%s'] * len(columns))}) returning *",
            list(columns.values()),
        ).fetchone()
