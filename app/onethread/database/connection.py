"""Connections: to DATABASE_URL, or to the embedded server where a program asks for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

import psycopg

from onethread.database import config
from onethread.database.config import database_url, session_options
from onethread.database.shards import ask_each_shard
from onethread.database.url import FORM, libpq_url
from onethread.database.version import check_schema
from onethread.errors import ServerUnreachable

# Databases that fit the sources of this package: asked once a process, for it takes as long as some
# queries.
_fitting: set[tuple[str, int, str, Path]] = set()
_fitting_urls: set[str] = set()

_LOST = (
    psycopg.InterfaceError,  # it was noticed before
    psycopg.errors.AdminShutdown,
    psycopg.errors.CrashShutdown,
    psycopg.errors.CannotConnectNow,
)


def resolve_url() -> str:
    """The libpq URI of DATABASE_URL.

    Raises:
        ServerUnreachable: it is not set; no other database is taken in its place, for a program
            that lost the variable would write where nobody looks.
    """
    url = database_url()
    if url is None:
        raise ServerUnreachable(
            "DATABASE_URL is not set",
            f"Set it to {FORM}. For the embedded server: `onethread COMMAND --embedded`, in Python "
            "`onethread.connect(embedded=True)`.",
        )
    return libpq_url(url)


def open_connection(url: str) -> psycopg.Connection[Any]:
    """An autocommit connection; raises ServerUnreachable with what to do."""
    try:
        return psycopg.connect(libpq_url(url), connect_timeout=10, **session_options())
    except psycopg.OperationalError as error:
        raise _unreachable(error) from error


async def await_connection(url: str) -> psycopg.AsyncConnection[Any]:
    """open_connection() for asynchronous programs."""
    try:
        options = session_options(is_async=True)
        return await psycopg.AsyncConnection.connect(libpq_url(url), connect_timeout=10, **options)
    except psycopg.OperationalError as error:
        raise _unreachable(error) from error


def check_url(url: str) -> None:
    """Raises what connect() raises; once a process it asks the database."""
    if url not in _fitting_urls:
        connect(url).close()
        _fitting_urls.add(url)


def connect(url: str | None = None, *, embedded: bool = False) -> psycopg.Connection[Any]:
    """An autocommit connection to a migrated database; that it is one is asked once a process.

    Args:
        url: URI, as libpq or SQLAlchemy write it; None means DATABASE_URL.
        embedded: in place of both: the database of the embedded server, which is started if it is
            not running.

    Raises:
        ServerUnreachable, NotMigrated, SchemaTooNew: each says what to do.
    """
    if embedded:
        # Loaded only when it is needed: a program that has a database does without it.
        from onethread import embedded as server

        url = server.start()
    connection = open_connection(url or resolve_url())
    try:
        _check_once(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _check_once(connection: psycopg.Connection[Any]) -> None:
    there = connection.info
    database = (there.host, there.port, there.dbname, config.DB_DIR)
    if database not in _fitting:
        missing: list[str] = []
        if not ask_each_shard(connection, lambda: check_schema(connection), missing):
            raise ServerUnreachable(f"no shard answers: {', '.join(missing)}")
        if not missing:
            _fitting.add(database)


def is_connection_lost(error: psycopg.Error) -> bool:
    """Whether the server, or the way to it, is gone; not only what was asked of it refused."""
    return isinstance(error, _LOST) or (
        isinstance(error, psycopg.OperationalError) and error.sqlstate is None
    )


class Reconnecting:
    """A session that outlives its connection: for what goes on when the server is back."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: psycopg.Connection[Any] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._connection is not None:
            self._connection.close()

    def connection(self) -> psycopg.Connection[Any]:
        """The connection, a new one when there is none or the last one was lost; see connect()."""
        if self._connection is None or self._connection.closed:
            self._connection = connect(self._url)
        return self._connection


def _unreachable(error: psycopg.OperationalError) -> ServerUnreachable:
    return ServerUnreachable(
        f"cannot connect to the database: {str(error).strip()}",
        f"Check DATABASE_URL ({FORM}) and that the server is running.",
    )
