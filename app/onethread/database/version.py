"""Does a database fit this version of the package: its migrations, and the functions it runs."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

from onethread.database.ledger import hash_of, read_ledger
from onethread.database.sources import list_migrations, read_sources
from onethread.errors import NotMigrated, SchemaTooNew

# yoyo's list of what was applied, under a name of our own: a CRM may use yoyo itself.
MIGRATION_TABLE = "_onethread_migration"

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
    applied, known = applied_migrations(connection), set(list_migrations())
    if not applied:
        raise NotMigrated("this database has no Onethread schema", "Run `onethread migrate`.")
    refuse_newer_schema(applied)
    if pending := sorted(known - applied):
        raise NotMigrated(
            f"this database lacks {len(pending)} migration(s), from {pending[0]} on",
            "Run `onethread migrate`.",
        )


def refuse_newer_schema(applied: set[str]) -> None:
    """Raises SchemaTooNew when a migration was applied that this version does not have."""
    if unknown := sorted(applied - set(list_migrations())):
        raise SchemaTooNew(
            f"this database has a migration that this version does not know: {unknown[0]}",
            "Upgrade the app: pip install --upgrade onethread.",
        )


def applied_migrations(connection: Connection) -> set[str]:
    """Ids of the migrations that were applied; none in a database without Onethread."""
    schema = find_migration_schema(connection)
    if schema is None:
        return set()
    table = sql.Identifier(schema, MIGRATION_TABLE)
    rows = connection.execute(sql.SQL("select migration_id from {}").format(table)).fetchall()
    return {row[0] for row in rows}


def find_migration_schema(connection: Connection) -> str | None:
    """The schema of yoyo's tables: the first one of the search path of whoever made them."""
    row = connection.execute(
        "select n.nspname from pg_catalog.pg_class c "
        "inner join pg_catalog.pg_namespace n on n.oid = c.relnamespace "
        "where c.relname = %s and c.relkind = 'r' order by n.nspname <> 'public', 1 limit 1",
        [MIGRATION_TABLE],
    ).fetchone()
    return None if row is None else str(row[0])


def list_outdated(connection: Connection) -> list[str]:
    """Names of what differs between this app and what the database was last given."""
    loaded = {name: entry.sha256 for name, entry in read_ledger(connection).items()}
    expected = {name: hash_of(text) for name, text in read_sources().items()}
    return sorted(
        name for name in loaded.keys() | expected.keys() if loaded.get(name) != expected.get(name)
    )
