"""Brings a database to the schema of this version of the app."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Self

import psycopg
import yoyo
from psycopg import sql
from yoyo.backends.core.postgresql import PostgresqlPsycopgBackend
from yoyo.connections import DatabaseURI, parse_uri
from yoyo.exceptions import BadMigration, LockTimeout

from onethread.database import config
from onethread.database.version import applied_migrations, refuse_newer_schema
from onethread.errors import OnethreadError
from onethread.schema import host_triggers, loading
from onethread.schema.adoption import run
from onethread.schema.adoption.catalog import read_catalog
from onethread.schema.adoption.plan import NOTHING, Step
from onethread.schema.adoption.preflight import (
    check_schemas,
    describe_missing_businesses,
    read_region,
)
from onethread.schema.one_statement import one_statement
from onethread.schema.ownership import is_begun, refuse_collisions
from onethread.schema.rights import refuse_missing_rights
from onethread.schema.single import Single, single_statement

# Any number will do, as long as every `onethread migrate` takes the same one.
_MIGRATE_LOCK = 719_104_230_511

# yoyo's usual one, which a program of the CRM that uses yoyo shares with us: yoyo can have no other
# beside it. Our ids begin with our name.
_MIGRATION_TABLE = "_yoyo_migration"


class _Backend(PostgresqlPsycopgBackend):  # type: ignore[misc]  # yoyo ships no types
    """yoyo's backend, connecting by any libpq URI (kept as the database name).

    Its tables are in public, unless a plain `yoyo apply` put them elsewhere.
    """

    schema = "public"

    @classmethod
    def for_url(cls, url: str) -> Self:
        uri = parse_uri("postgresql+psycopg:///")._replace(database=url)
        return cls(uri, _MIGRATION_TABLE)

    def connect(self, dburi: DatabaseURI) -> psycopg.Connection[Any]:
        connection = psycopg.connect(dburi.database, autocommit=True)
        schema = find_migration_schema(connection) or _first_yoyo_schema(connection)
        if schema is not None:
            self.schema = sql.Identifier(schema).as_string(connection)
        return connection


def migrate(
    url: str,
    default_region: str | None = None,
    report: Callable[[str], None] = lambda line: None,
    single: Single | None = None,
    *,
    is_beside: bool = False,
) -> list[str]:
    """Applies the pending migrations, then loads functions, views and triggers.

    Safe to run at any time and from several places at once: they wait for each other. A database
    whose tables were there before Onethread (a CRM's) is adopted: what it lacks is added while its
    programs go on writing. What fails leaves a database in which Onethread was not as it was.

    Args:
        default_region: region of the businesses that have none (ISO 3166: IL, BR).
        report: called with what is being done, for long adoptions.
        single: the one business of the database; its id is the default of business_id.
        is_beside: a CRM's tables in another schema are known, and left where they are.

    Returns:
        Names of the migrations that were applied now.
    """
    with psycopg.connect(url, autocommit=True, options="-c search_path=public") as connection:
        # The advisory lock goes away with its connection. yoyo's own lock is a row, which a killed
        # process leaves behind; it is taken too, against a plain `yoyo apply` at the same time.
        _wait_for_lock(connection)
        # What does not fit is told before anything changes.
        try:
            _plan(connection, default_region, single, is_beside=is_beside)
        except BadMigration as error:
            raise OnethreadError(f"a migration cannot be read: {error}") from error
        before = None if is_begun(connection) else read_catalog(connection)
        backend = _Backend.for_url(url)
        # The first migration names yoyo's tables.
        connection.execute(f"set search_path = public, {backend.schema}")
        try:
            backend.init_database()
            with backend.lock():
                return _apply(backend, connection, default_region, report, single)
        except BadMigration as error:
            raise OnethreadError(f"a migration cannot be read: {error}") from error
        except LockTimeout as error:
            raise OnethreadError(
                str(error).split(" (")[0],
                "Wait for it, or, if that process is gone, run `yoyo break-lock`.",
            ) from error
        except psycopg.Error as error:
            if before is not None and run.take_back(connection, before):
                error.add_note("The database is as it was before.")
            raise
        finally:
            backend.connection.close()


def _apply(
    backend: _Backend,
    connection: psycopg.Connection[Any],
    default_region: str | None,
    report: Callable[[str], None],
    single: Single | None,
) -> list[str]:
    backend.ensure_internal_schema_updated()
    refuse_newer_schema(applied_migrations(connection))
    # By yoyo's marks, which come last: the ledger is written before an adoption is at its end.
    pending = list(backend.to_apply(_read_migrations()))
    for line in _describe_warnings(connection):
        report(line)
    late: list[Step] = []
    is_adoption = _is_adoption(connection, pending)
    if is_adoption:
        early, late = run.make_plan(
            connection, _texts(pending), default_region, is_single=single is not None
        )
        run.run_steps(connection, early, report)
        name = None if single is None else single.name
        region = default_region and default_region.upper()
        run.add_businesses(connection, region, name, report)
    else:
        for migration in pending:
            try:
                backend.apply_one(migration)
            except psycopg.Error as error:
                error.add_note(f"while applying db/migrations/{migration.id}.sql")
                raise

    # Always, not only after a migration: functions change without one, and a load that failed last
    # time must be tried again.
    run.with_short_locks(connection, partial(loading.load_definitions, connection))
    if default_region is not None:
        _set_region(connection, default_region)
    before, on_messages = loading.read_triggers()
    for path in before:
        run.with_short_locks(connection, partial(loading.load_trigger, connection, path))
    if not run.is_linking(connection):
        # What was stored without triggers, before the first message is linked.
        run.claim_history(connection, report)
    run.build_late_indexes(connection, late, report)
    for path in on_messages:
        run.with_short_locks(connection, partial(loading.load_trigger, connection, path))
    run.with_short_locks(connection, partial(loading.drop_old_triggers, connection))
    if single is not None:
        statement = single_statement(single).encode()
        run.with_short_locks(connection, partial(connection.execute, statement))
    if is_adoption:
        backend.mark_migrations(pending)
    return [migration.id for migration in pending]


def _describe_warnings(connection: psycopg.Connection[Any]) -> list[str]:
    """What a CRM's tables have that works otherwise than whoever adopts them may think."""
    return [
        *host_triggers.describe_readers_of_links(connection),
        *describe_missing_businesses(connection, run.find_host_tables(connection)),
    ]


def _wait_for_lock(connection: psycopg.Connection[Any]) -> None:
    """Asks again and again: a statement that waits is one that "create index concurrently" waits
    for, which the holder of the lock may be at."""
    while connection.execute("select pg_try_advisory_lock(%s)", [_MIGRATE_LOCK]).fetchone() == (
        False,
    ):
        time.sleep(0.1)


def sql_file(default_region: str | None, single: Single | None = None) -> str:
    """What migrate() does to a database without a CRM's tables, as one statement."""
    region = None if default_region is None else read_region(default_region)
    return one_statement(_MIGRATE_LOCK, region, single)


def plan_adoption(
    url: str,
    default_region: str | None,
    single: Single | None = None,
    *,
    is_beside: bool = False,
) -> list[Step]:
    """What migrate() would do to the tables of a CRM, without doing it."""
    with psycopg.connect(url, autocommit=True) as connection:
        early, late = _plan(connection, default_region, single, is_beside=is_beside)
        warnings = [Step(f"-- {line}", NOTHING) for line in _describe_warnings(connection)]
        loading, triggers = run.describe_loading(connection), run.describe_triggers(connection)
    last = [] if single is None else [Step(single_statement(single).strip().rstrip(";"), NOTHING)]
    return warnings + early + loading + late + triggers + last


def _plan(
    connection: psycopg.Connection[Any],
    default_region: str | None,
    single: Single | None,
    *,
    is_beside: bool,
) -> tuple[list[Step], list[Step]]:
    """The steps for what is pending, as for tables in use; raises when there is one that cannot
    be."""
    applied = applied_migrations(connection)
    refuse_newer_schema(applied)
    if not is_beside and not is_begun(connection):
        check_schemas(connection, run.find_host_tables(connection))
    pending = [each for each in _read_migrations() if each.id not in applied]
    refuse_collisions(connection)
    refuse_missing_rights(connection)
    return run.make_plan(connection, _texts(pending), default_region, is_single=single is not None)


def _read_migrations() -> Any:
    return yoyo.read_migrations(str(config.DB_DIR / "migrations"))


def _is_adoption(connection: psycopg.Connection[Any], pending: Any) -> bool:
    """Whether the migrations meet tables that are in use, or that an earlier install left."""
    return bool(
        run.find_host_tables(connection) or run.are_tables_there(connection, _texts(pending))
    )


def _texts(migrations: Any) -> dict[str, str]:
    return {m.id: Path(m.path).read_text("utf-8") for m in migrations}


def _set_region(connection: psycopg.Connection[Any], default_region: str) -> None:
    connection.execute(
        "update public.business set default_region = %s where default_region is null",
        [default_region.upper()],
    )


def lock(connection: psycopg.Connection[Any]) -> None:
    """Keeps every `onethread migrate` waiting until the transaction ends."""
    connection.execute("select pg_advisory_xact_lock(%s)", [_MIGRATE_LOCK])


def _first_yoyo_schema(connection: psycopg.Connection[Any]) -> str | None:
    """Where a plain `yoyo apply` would take yoyo's tables from."""
    row = connection.execute(
        "select n.nspname from pg_catalog.pg_class c "
        "inner join pg_catalog.pg_namespace n on n.oid = c.relnamespace "
        "where c.oid = to_regclass(%s)",
        [_MIGRATION_TABLE],
    ).fetchone()
    return None if row is None else str(row[0])


def find_migration_schema(connection: psycopg.Connection[Any]) -> str | None:
    """The schema of the yoyo tables that know us: the first of the search path of who made them."""
    schemas = connection.execute(
        "select n.nspname from pg_catalog.pg_class c "
        "inner join pg_catalog.pg_namespace n on n.oid = c.relnamespace "
        "where c.relname = %s and c.relkind = 'r' "
        "and pg_catalog.has_table_privilege(c.oid, 'select') order by n.nspname <> 'public', 1",
        [_MIGRATION_TABLE],
    ).fetchall()
    for (schema,) in schemas:
        ours = sql.SQL("select from {} where migration_id like 'onethread\\_%' limit 1").format(
            sql.Identifier(schema, _MIGRATION_TABLE)
        )
        if connection.execute(ours).fetchone() is not None:
            return str(schema)
    return None
