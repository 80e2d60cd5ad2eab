"""Brings a database to the schema of this version of the app, and tells how far it is from it."""

from __future__ import annotations

from typing import Any, Self

import psycopg
import yoyo
from yoyo.backends.core.postgresql import PostgresqlPsycopgBackend
from yoyo.connections import DatabaseURI, parse_uri
from yoyo.exceptions import BadMigration, LockTimeout

from app import sources
from app.config import DB_DIR
from app.errors import NotMigrated, OnethreadError, SchemaTooNew

# Any number will do, as long as every `onethread migrate` takes the same one.
_MIGRATE_LOCK = 719_104_230_511


class _Backend(PostgresqlPsycopgBackend):  # type: ignore[misc]  # yoyo ships no types
    """yoyo's backend, connecting by any libpq URI (kept as the database name), schema public."""

    schema = "public"

    @classmethod
    def for_url(cls, url: str) -> Self:
        uri = parse_uri("postgresql+psycopg:///")._replace(database=url)
        return cls(uri, "_yoyo_migration")

    def connect(self, dburi: DatabaseURI) -> psycopg.Connection[Any]:
        return psycopg.connect(dburi.database, autocommit=True, options="-c search_path=public")


def migrate(url: str) -> list[str]:
    """Applies the pending migrations, then loads functions, views and triggers.

    Safe to run at any time and from several places at once: they wait for each other.

    Returns:
        Names of the migrations that were applied now.
    """
    with psycopg.connect(url, autocommit=True) as lock_holder:
        # The advisory lock goes away with its connection. yoyo's own lock is a row, which a killed
        # process leaves behind; it is taken too, against a plain `yoyo apply` at the same time.
        lock_holder.execute("select pg_advisory_lock(%s)", [_MIGRATE_LOCK])
        backend = _Backend.for_url(url)
        try:
            return _apply(backend)
        except BadMigration as error:
            raise OnethreadError(f"a migration cannot be read: {error}") from error
        except LockTimeout as error:
            raise OnethreadError(
                str(error).split(" (")[0],
                "Wait for it, or, if that process is gone, run `yoyo break-lock`.",
            ) from error
        finally:
            backend.connection.close()


def _apply(backend: _Backend) -> list[str]:
    backend.init_database()
    migrations = yoyo.read_migrations(str(DB_DIR / "migrations"))
    with backend.lock():
        backend.ensure_internal_schema_updated()
        _refuse_newer_schema(set(_applied(backend.connection)), {m.id for m in migrations})
        pending = backend.to_apply(migrations)
        for migration in pending:
            try:
                backend.apply_one(migration)
            except psycopg.Error as error:
                error.add_note(f"while applying db/migrations/{migration.id}.sql")
                raise
        # Always, not only after a migration: functions change without one, and a load that
        # failed last time must be tried again.
        backend.run_post_apply(migrations)
        return [migration.id for migration in pending]


def lock(connection: psycopg.Connection[Any]) -> None:
    """Keeps every `onethread migrate` waiting until the transaction ends."""
    connection.execute("select pg_advisory_xact_lock(%s)", [_MIGRATE_LOCK])


def check_schema(connection: psycopg.Connection[Any]) -> None:
    """Raises NotMigrated or SchemaTooNew when the app and the database do not fit."""
    check_migrations(connection)
    if outdated := sources.list_outdated(connection):
        raise NotMigrated(
            f"this database runs other functions than this version of the app ({outdated[0]}"
            f"{f' and {len(outdated) - 1} more' if len(outdated) > 1 else ''})",
            "Run `onethread migrate`.",
        )


def check_migrations(connection: psycopg.Connection[Any]) -> None:
    """Raises NotMigrated or SchemaTooNew when the database's tables are of another version."""
    known = {migration.id for migration in yoyo.read_migrations(str(DB_DIR / "migrations"))}
    try:
        applied = set(_applied(connection))
    except psycopg.errors.UndefinedTable:
        raise NotMigrated(
            "this database has no Onethread schema", "Run `onethread migrate`."
        ) from None
    _refuse_newer_schema(applied, known)
    if pending := sorted(known - applied):
        raise NotMigrated(
            f"this database lacks {len(pending)} migration(s), from {pending[0]} on",
            "Run `onethread migrate`.",
        )


def _applied(connection: psycopg.Connection[Any]) -> list[str]:
    rows = connection.execute("select migration_id from public._yoyo_migration").fetchall()
    return [row[0] for row in rows]


def _refuse_newer_schema(applied: set[str], known: set[str]) -> None:
    if unknown := sorted(applied - known):
        raise SchemaTooNew(
            f"this database has a migration that this version does not know: {unknown[0]}",
            "Upgrade the app: pip install --upgrade onethread.",
        )
