"""Phone functions of another version: what stored numbers become with them, and applying that.

This app's functions are loaded in a transaction, and what is stored is read with them there
(list_stale_phones). Unless it is made to agree with them (rekey_phones) and all is committed
together, nobody else sees anything of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import dict_row

from onethread.database.version import check_migrations
from onethread.schema import loading, migrate
from onethread.schema.phone_metadata import read_phone_metadata

_ROWS_AT_ONCE = 2000

Row = dict[str, Any]


@dataclass(frozen=True)
class Versions:
    """Whose numbering plans are where; each is a version of phonenumbers."""

    database: str
    """In the functions of the database."""
    files: str
    """In this app's db/functions."""

    @property
    def summary(self) -> str:
        """Both in one line."""
        return f"Metadata {self.database} in the database, {self.files} in this app's files."


def versions(connection: psycopg.Connection[Any]) -> Versions:
    """Raises NotMigrated or SchemaTooNew when the database lacks a migration or is newer."""
    check_migrations(connection)
    [(version,)] = connection.execute("select onethread.phone_metadata_version()").fetchall()
    return Versions(database=version, files=read_phone_metadata().version)


@contextmanager
def new_functions(
    connection: psycopg.Connection[Any], is_applied: bool = False
) -> Iterator[Iterator[Row]]:
    """A transaction in which the database has this app's functions.

    Yields the stored numbers that they read differently, as rows of list_stale_phones(), which are
    fetched as they are asked for.

    Args:
        connection: in autocommit mode.
        is_applied: nobody can write meanwhile; when the block ends without an error, what is stored
            is re-keyed and all is committed. Otherwise all is rolled back.
    """
    connection.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
    with connection.transaction(force_rollback=not is_applied):
        migrate.lock(connection)
        if is_applied:
            loading.load_sources(connection)
            connection.execute("select onethread.lock_phones()")
        else:
            loading.load_functions(connection)
        yield _stale_phones(connection)
        if is_applied:
            connection.execute("select onethread.rekey_phones()")


def _stale_phones(connection: psycopg.Connection[Any]) -> Iterator[Row]:
    with connection.cursor("stale_phone", row_factory=dict_row) as cursor:
        cursor.itersize = _ROWS_AT_ONCE
        yield from cursor.execute("select * from onethread.list_stale_phones()")
