"""Fixtures: one server a run, one migrated template, a rollback or a clone a test."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from onethread.database.config import DB_DIR
from tests import server
from tests.faults.report import report_faults
from tests.security.report import pytest_terminal_summary as report_attacks

Connection = psycopg.Connection[Any]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The counts that a run ends with."""
    report_attacks(terminalreporter)
    report_faults(terminalreporter)


@pytest.fixture(scope="session")
def server_uri(request: pytest.FixtureRequest) -> Iterator[str]:
    """URI of the test server, with {database} to fill in."""
    if not server.is_available():
        pytest.skip(f"PostgreSQL {server.VERSION} is not installed")
    workerinput = getattr(request.config, "workerinput", {"testrunuid": uuid.uuid4().hex})
    with server.run_server(workerinput["testrunuid"][:12]) as uri:
        yield uri


@pytest.fixture(scope="session")
def worker_database(server_uri: str) -> str:
    """URI of a migrated database that this worker's rolled-back tests share."""
    return clone(server_uri)


@pytest.fixture
def connection(worker_database: str) -> Iterator[Connection]:
    """A connection in a transaction that is rolled back: for all that needs no commit."""
    with psycopg.connect(worker_database) as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def database(server_uri: str) -> Iterator[str]:
    """URI of a migrated database of the test's own: for commits, sessions and the command line."""
    uri = clone(server_uri)
    yield uri
    drop(server_uri, uri)


@pytest.fixture
def second_database(server_uri: str) -> Iterator[str]:
    """Another one, to compare with."""
    uri = clone(server_uri)
    yield uri
    drop(server_uri, uri)


@pytest.fixture
def empty_database(server_uri: str) -> Iterator[str]:
    """URI of a database without any Onethread schema."""
    uri = clone(server_uri, template="template1")
    yield uri
    drop(server_uri, uri)


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


def clone(server_uri: str, template: str = server.TEMPLATE) -> str:
    """A new database; returns its URI."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server_uri.format(database="postgres"), autocommit=True) as connection:
        connection.execute(f"create database {name} template {template} strategy file_copy")
    return server_uri.format(database=name)


def drop(server_uri: str, uri: str) -> None:
    """Drops a database, whoever is connected."""
    name = psycopg.conninfo.conninfo_to_dict(uri)["dbname"]
    with psycopg.connect(server_uri.format(database="postgres"), autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")
