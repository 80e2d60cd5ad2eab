"""Phone functions of another version: what stored numbers become with them, and applying that.

This app's functions are loaded in a transaction, and what is stored is read with them there
(list_stale_phones). Unless it is made to agree with them (rekey_phones) and all is committed
together, nobody else sees anything of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from onethread.database.config import DB_DIR
from onethread.errors import OnethreadError
from onethread.schema import migrate, sources
from phone_generator.files import outdated_files, write_files
from phone_generator.metadata import PHONENUMBERS_VERSION

_ROWS_AT_ONCE = 2000

Row = dict[str, Any]


@dataclass(frozen=True)
class Versions:
    """Whose numbering plans are where; each is a version of phonenumbers."""

    database: str
    """In the functions of the database."""
    files: str
    """In this app's db/functions."""
    library: str
    """Installed beside this app."""
    outdated_files: list[str]
    """Files of db/functions that are not what the installed library gives."""

    @property
    def summary(self) -> str:
        """All of it in one line."""
        state = (
            f"{len(self.outdated_files)} file(s) are not what the library gives"
            if self.outdated_files
            else "the files are what the library gives"
        )
        return (
            f"Metadata {self.database} in the database, {self.files} in db/functions, "
            f"{self.library} in the installed library; {state}."
        )


def versions(connection: psycopg.Connection[Any]) -> Versions:
    """Raises NotMigrated or SchemaTooNew when the database lacks a migration or is newer."""
    migrate.check_migrations(connection)
    row = connection.execute("select onethread.phone_metadata_version()").fetchone()
    file = sources.read_sources()["functions/phone_metadata_version.sql"]
    version = re.search(r"select '(.+)'", file)
    return Versions(
        database=str(row[0]) if row else "",
        files=version[1] if version else "",
        library=PHONENUMBERS_VERSION,
        outdated_files=sorted(path.name for path in outdated_files(DB_DIR / "functions" / "phone")),
    )


def regenerate() -> list[Path]:
    """Writes db/functions anew from the installed library; returns the files that changed."""
    try:
        return write_files(DB_DIR / "functions" / "phone")
    except OSError as error:
        raise OnethreadError(
            f"cannot write {error.filename}: {error.strerror}",
            "Regenerate in a checkout of the source, and install from there.",
        ) from error


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
            sources.load_sources(connection)
            connection.execute("select onethread.lock_phones()")
        else:
            sources.load_functions(connection)
        yield _stale_phones(connection)
        if is_applied:
            connection.execute("select onethread.rekey_phones()")


def _stale_phones(connection: psycopg.Connection[Any]) -> Iterator[Row]:
    with connection.cursor("stale_phone", row_factory=dict_row) as cursor:
        cursor.itersize = _ROWS_AT_ONCE
        yield from cursor.execute("select * from onethread.list_stale_phones()")
