"""The PostgreSQL servers that tests start, and the programs that came with them.

ONETHREAD_TEST_POSTGRES chooses the version: 18 (default) or 16 from the embedded wheel, or 15,
Debian's. With --postgresql-host or --postgresql-port the tests use a server that is there already;
only what must restart or break one still starts its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from pytest_postgresql.executors import NoopExecutor
from pytest_postgresql.janitor import DatabaseJanitor

from onethread.embedded.cluster import Cluster
from onethread.embedded.programs import Programs, server_account, wheel_program, wheel_programs
from onethread.schema import migrate

VERSION = int(os.environ.get("ONETHREAD_TEST_POSTGRES", "18"))
RUN = os.environ.get("PYTEST_XDIST_TESTRUNUID", uuid.uuid4().hex)[:8]
_WHEEL_VERSIONS = (16, 18)
_GUARD = Path(__file__).with_name("guard.py")
_MEMORY = Path("/dev/shm")
_MEMORY_NEEDED = 4 * 1024**3

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
    port: int = 5432
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
    return find_program("postgres").exists()


@contextmanager
def run_server() -> Iterator[Server]:
    """A server that ends with this process, however that ends."""
    with (
        guarded_folder("onethread-programs-") as home,
        guarded_folder("onethread-test-", find_memory()) as base,
    ):
        give_to_server(home)
        give_to_server(base)
        cluster = Cluster(base / "data", lambda: find_programs(home), _SETTINGS, ("--no-sync",))
        cluster.start()
        yield server_of(cluster)


def find_memory() -> Path | None:
    """Where files stay in memory, if there is room for a server of the tests.

    A clone of a database is made there in a tenth to a half of the time. It is no place for the
    server's programs: nothing may be run there in many a container.
    """
    try:
        is_roomy = shutil.disk_usage(_MEMORY).free >= _MEMORY_NEEDED
    except OSError:
        return None
    return _MEMORY if is_roomy and os.access(_MEMORY, os.W_OK | os.X_OK) else None


def server_of(cluster: Cluster) -> Server:
    """Where a server that we started is."""
    where = conninfo_to_dict(cluster.uri("postgres"))
    return Server(host=str(where["host"]), port=int(str(where["port"])))


@contextmanager
def guarded_folder(prefix: str, parent: Path | None = None) -> Iterator[Path]:
    """A temporary folder; a process that outlives this one deletes it, with what runs in it."""
    with subprocess.Popen(
        [sys.executable, str(_GUARD), prefix, *([str(parent)] if parent else [])],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
        text=True,
    ) as guard:
        assert guard.stdout is not None
        # Leaving Popen's block closes its standard input and waits for it.
        yield Path(guard.stdout.readline().strip())


def give_to_server(path: Path) -> None:
    """As root the server runs under an account of its own, which must own what it writes in."""
    if account := server_account():
        os.chown(path, account.pw_uid, account.pw_gid)


def find_programs(home: Path) -> Programs:
    """Those of the chosen version; see wheel_programs()."""
    if VERSION in _WHEEL_VERSIONS:
        return wheel_programs(VERSION, home)
    return Programs(VERSION, find_program("postgres").parent, server_account())


def find_program(name: str, version: int = VERSION) -> Path:
    """Where a program for the tests themselves is, if it is there."""
    if version in _WHEEL_VERSIONS:
        return wheel_program(version, name)
    return Path(f"/usr/lib/postgresql/{version}/bin/{name}")


def client(name: str, uri: str) -> Path:
    """One of PostgreSQL's programs, of the version that the server at the URI has."""
    with psycopg.connect(uri) as connection:
        version = connection.info.server_version // 10_000
    path = find_program(name, version)
    if not path.exists():
        pytest.skip(f"there is no {name} of PostgreSQL {version} here")
    return path
