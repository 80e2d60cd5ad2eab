"""Connections: to DATABASE_URL, or to the embedded server when it is not set."""

from __future__ import annotations

import sys
from typing import Any, Self

import psycopg

from onethread.database.config import database_url, prepare_threshold
from onethread.database.version import check_schema
from onethread.errors import ServerUnreachable

_LOST = (
    psycopg.InterfaceError,  # it was noticed before
    psycopg.errors.AdminShutdown,
    psycopg.errors.CrashShutdown,
    psycopg.errors.CannotConnectNow,
)


def resolve_url(announce: bool = True) -> str:
    """The URI to connect to; starts the embedded server when DATABASE_URL is not set.

    Args:
        announce: say in one line on stderr that the embedded server is used, and where it is.
    """
    if url := database_url():
        return url
    # Loaded only when it is needed: a program that brings its own database does without it.
    from onethread import embedded

    url = embedded.start()
    if announce:
        print(
            f"Using the embedded PostgreSQL {embedded.POSTGRES_VERSION} in "
            f"{embedded.cluster_dir()} (set DATABASE_URL for a server of your own).",
            file=sys.stderr,
        )
    return url


def open_connection(url: str) -> psycopg.Connection[Any]:
    """An autocommit connection; raises ServerUnreachable with what to do."""
    try:
        return psycopg.connect(
            url, autocommit=True, connect_timeout=10, prepare_threshold=prepare_threshold()
        )
    except psycopg.OperationalError as error:
        raise ServerUnreachable(
            f"cannot connect to the database: {str(error).strip()}",
            "Check DATABASE_URL (postgresql://user:password@host:port/database) and that the "
            "server is running; unset it to use the embedded server.",
        ) from error
    except psycopg.ProgrammingError as error:
        raise ServerUnreachable(
            f"DATABASE_URL is not a connection URI: {str(error).strip()}",
            "Write it as postgresql://user:password@host:port/database.",
        ) from error


def connect(url: str | None = None) -> psycopg.Connection[Any]:
    """An autocommit connection to a migrated database.

    Args:
        url: libpq URI; None means DATABASE_URL, else the embedded server.

    Raises:
        ServerUnreachable, NotMigrated, SchemaTooNew: each says what to do.
    """
    connection = open_connection(url or resolve_url())
    try:
        check_schema(connection)
    except BaseException:
        connection.close()
        raise
    return connection


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
