"""Does a database fit this version of the package: its migrations, and the functions it runs."""

from __future__ import annotations

from typing import Any

import psycopg

from onethread.database.ledger import hash_of, read_ledger
from onethread.database.sources import read_migrations, read_sources
from onethread.database.text import count_of
from onethread.errors import NotMigrated, SchemaTooNew

_MIGRATIONS = "migrations/"

Connection = psycopg.Connection[Any]


def check_schema(connection: Connection) -> None:
    """Raises NotMigrated or SchemaTooNew when the app and the database do not fit."""
    check_migrations(connection)
    if outdated := list_outdated(connection):
        raise NotMigrated(
            f"this database runs other functions than this version of the app ({outdated[0]}"
            f"{f' and {len(outdated) - 1} more' if len(outdated) > 1 else ''})",
            "Run `onethread migrate`.",
        )


def check_migrations(connection: Connection) -> None:
    """Raises NotMigrated or SchemaTooNew when the database's tables are of another version."""
    applied, known = applied_migrations(connection), _known_migrations()
    if not applied:
        raise NotMigrated("this database has no Onethread schema", "Run `onethread migrate`.")
    refuse_newer_schema(applied)
    if pending := sorted(known - applied):
        raise NotMigrated(
            f"this database lacks {count_of(len(pending), 'migration')}, from {pending[0]} on",
            "Run `onethread migrate`.",
        )


def refuse_newer_schema(applied: set[str]) -> None:
    """Raises SchemaTooNew when a migration was applied that this version does not have."""
    if unknown := sorted(applied - _known_migrations()):
        raise SchemaTooNew(
            f"this database has a migration that this version does not know: {unknown[0]}",
            "Upgrade Onethread where this command runs.",
        )


def applied_migrations(connection: Connection) -> set[str]:
    """Ids of the migrations that the database had when its functions were last loaded."""
    return {
        name.removeprefix(_MIGRATIONS)
        for name in read_ledger(connection)
        if name.startswith(_MIGRATIONS)
    }


def list_outdated(connection: Connection) -> list[str]:
    """Names of what differs between this app and what the database was last given."""
    loaded = {
        name: entry.sha256
        for name, entry in read_ledger(connection).items()
        if not name.startswith(_MIGRATIONS)
    }
    expected = {name: hash_of(text) for name, text in read_sources().items()}
    return sorted(
        name for name in loaded.keys() | expected.keys() if loaded.get(name) != expected.get(name)
    )


def _known_migrations() -> set[str]:
    return {name.removeprefix(_MIGRATIONS) for name in read_migrations()}
