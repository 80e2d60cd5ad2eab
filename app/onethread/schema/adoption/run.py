"""Carries out a plan on a database that is in use, a short statement at a time."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from functools import partial
from textwrap import shorten

import psycopg

from onethread.database.sources import names_of, read_sources
from onethread.database.text import count_of
from onethread.database.version import list_outdated
from onethread.errors import OnethreadError
from onethread.people.identity import apply_pending
from onethread.schema import access, loading
from onethread.schema.adoption.catalog import (
    HOST_TABLES,
    Catalog,
    Connection,
    key_index,
    read_catalog,
)
from onethread.schema.adoption.plan import MOMENT, NOTHING, Planner, Step
from onethread.schema.adoption.preflight import check_region, check_tables, find_single
from onethread.schema.adoption.statements import parse_items, parse_migrations, read_migrations
from onethread.schema.ownership import read_names

LOCK_TIMEOUT = loading.LOCK_TIMEOUT
PATIENCE_SECONDS = 600
# Rows a transaction: programs that update a lead or a conversation wait for it.
CLAIM_BATCH = 100

_YOYO_TABLES = (
    "public._yoyo_migration", "public._yoyo_log", "public._yoyo_version", "public.yoyo_lock",
)  # fmt: skip

# The migrations' statements, by the name of the migration.
Migrations = dict[str, str]
Report = Callable[[str], None]


def find_host_tables(connection: Connection) -> set[str]:
    """Tables that were there before Onethread, with their schema.

    Remembered by the first migration: afterwards they look much like Onethread's own. Those that an
    earlier install made, and left when it went, are none.
    """
    if connection.execute("select to_regclass('onethread.adopted_table')").fetchone() == (None,):
        rows = connection.execute(
            "select n.nspname || '.' || c.relname from pg_class c "
            "inner join pg_namespace n on n.oid = c.relnamespace "
            "where c.relkind in ('r', 'p') and n.nspname || '.' || c.relname = any (%s)",
            [list(HOST_TABLES)],
        ).fetchall()
        return {row[0] for row in rows} - _find_left_tables(read_catalog(connection))
    rows = connection.execute("select 'public.' || name from onethread.adopted_table").fetchall()
    return {row[0] for row in rows}


def _find_left_tables(catalog: Catalog) -> set[str]:
    """Tables that an earlier install made and left when it went.

    They have a comment of ours, which an adoption does not give to a table of a CRM.
    """
    return {
        statement.table
        for statement in parse_migrations(read_migrations())
        if statement.kind == "comment"
        and statement.column is None
        and catalog.comments.get((statement.table, None)) == statement.text
    }


def are_tables_there(connection: Connection, migrations: Migrations) -> bool:
    """Whether some of the tables that these migrations make exist already."""
    return bool(_read_new_tables(migrations) & read_catalog(connection).tables.keys())


def make_plan(
    connection: Connection, migrations: Migrations, region: str | None, *, is_single: bool = False
) -> tuple[list[Step], list[Step]]:
    """Steps before and after the claims; raises OnethreadError when it cannot be done.

    Args:
        is_single: all is one business's, also where a CRM's table has no business_id.
    """
    catalog = read_catalog(connection)
    host_tables = find_host_tables(connection)
    new_tables = _read_new_tables(migrations)
    check_tables(catalog, host_tables, migrations, is_single=is_single)
    if host_tables and "public.business" in new_tables:
        region = check_region(connection, catalog, host_tables, region)
    single_id = find_single(connection, catalog, host_tables) if is_single else None
    dropped = {
        each.name
        for each in parse_migrations(migrations)
        if each.kind in ("drop index", "drop constraint")
    }
    planner = Planner(catalog, host_tables, region, dropped, single_id)
    early: list[Step] = []
    late: list[Step] = []
    for text in migrations.values():
        before, after = planner.plan(text)
        early += before
        late += after
    return early, late


def add_businesses(
    connection: Connection, region: str | None, name: str | None, report: Report
) -> None:
    """A business for each id that a CRM without a table of businesses has written, also since."""
    host_tables = find_host_tables(connection)
    if not host_tables or "public.business" in host_tables:
        return
    seen = " union ".join(
        f"select t.business_id::bigint as id from {table} t" for table in sorted(host_tables)
    )
    rows = connection.execute(
        f"""
        insert into public.business (id, name, default_region)
        select
          s.id, coalesce(%(name)s, 'Business ' || s.id),
          coalesce(%(region)s, (
            select b.default_region from public.business b
            group by b.default_region order by count(*) desc limit 1))
        from ({seen}) as s
        where s.id is not null
        on conflict (id) do nothing
        returning id
        """.encode(),
        {"name": name, "region": region},
    ).fetchall()
    if rows:
        connection.execute(
            "select setval('public.business_id_seq', greatest(s.last_value, b.id)) "
            "from public.business_id_seq s, (select max(id) as id from public.business) as b"
        )
        ids = ", ".join(str(row[0]) for row in sorted(rows)[:10])
        report(f"{count_of(len(rows), 'business', 'businesses')} made, of the ids seen: {ids}")


def _read_new_tables(migrations: Migrations) -> set[str]:
    return {each.name for each in parse_migrations(migrations) if each.kind == "create table"}


def run_steps(connection: Connection, steps: list[Step], report: Report) -> None:
    """Runs the steps, each in a transaction of its own, waiting for its lock only a moment."""
    for step in steps:
        report(shorten(step.sql, width=100, placeholder=" …"))
        if step.is_concurrent:
            _run_concurrently(connection, step, report)
        else:
            with_short_locks(connection, partial(connection.execute, step.sql))


def with_short_locks(connection: Connection, work: Callable[[], object]) -> None:
    """Runs work in a transaction, again and again, until it gets its locks at once.

    A statement that waits for its lock makes everybody after it wait too; so it gives up soon, and
    tries when the transaction that is in its way may be over.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            with connection.transaction():
                connection.execute(f"set local lock_timeout = '{LOCK_TIMEOUT}'")
                work()
            return
        except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected) as error:
            if time.monotonic() > deadline:
                raise OnethreadError(
                    f"a lock was not to be had in {PATIENCE_SECONDS // 60} minutes: {error}",
                    "A long transaction holds the table (pg_stat_activity shows it). Run the "
                    "command again when it is over: it goes on where it was.",
                ) from error
            time.sleep(random.uniform(0.1, 0.5))  # noqa: S311  # not for secrets


def _run_concurrently(connection: Connection, step: Step, report: Report) -> None:
    try:
        connection.execute(step.sql)
    except psycopg.errors.IntegrityError as error:
        if step.index is not None:
            connection.execute(f"drop index concurrently if exists {step.index}")
        if step.drops_if_violated is None:
            raise
        # What is there breaks the rule, and so will what the CRM goes on to write: without it.
        report(f"left out, {str(error).splitlines()[0]}: {step.drops_if_violated}")
        with_short_locks(connection, partial(connection.execute, step.drops_if_violated))


def take_back(connection: Connection, before: Catalog) -> bool:
    """Removes what a first migrate has made until it failed; False when that cannot be.

    Not once conversations were unified: what referred to the others was led to the survivors. Of
    the tables of a CRM nothing is touched but what the migrations name and was not there before.
    """
    after = read_catalog(connection)
    merges = "onethread.whatsapp_conversation_merge"
    if before.has_schema or (
        merges in after.tables and connection.execute(f"select from {merges} limit 1").fetchone()
    ):
        return False
    names = read_names()
    tables = (names.tables | set(_YOYO_TABLES)) & (after.tables.keys() - before.tables.keys())
    made = [f"table {name}" for name in sorted(tables) if name.startswith("public.")]
    indexes = names.indexes.keys() & (after.indexes.keys() - before.indexes.keys())
    sequences = names.sequences.keys() & (after.sequences - before.sequences)
    views = sorted(f"public.{view}" for view in names_of("views"))
    statements = [
        f"drop view if exists {', '.join(views)}",
        "drop schema if exists onethread cascade",
        *(f"drop {each} cascade" for each in made),
        *_restore_tables(before, after),
        *_revoke(connection, before),
        *(f"drop index if exists {name}" for name in sorted(indexes)),
        *(f"drop sequence if exists {name}" for name in sorted(sequences)),
    ]

    def remove() -> None:
        for statement in statements:
            connection.execute(statement.encode())

    with_short_locks(connection, remove)
    return True


def _restore_tables(before: Catalog, after: Catalog) -> list[str]:
    """What makes the tables that were there as they were: constraints first, columns need them."""
    constraints: list[str] = []
    columns: list[str] = []
    for statement in parse_migrations(read_migrations()):
        old, new = before.tables.get(statement.table), after.tables.get(statement.table)
        if statement.kind not in ("create table", "add") or old is None or new is None:
            continue
        column_items, constraint_items = parse_items(statement)
        keys = {item.name for item in constraint_items} | {_bare(key_index(statement.table))}
        constraints += [
            f"alter table {statement.table} drop constraint if exists {name} cascade"
            for name in sorted(keys & (new.constraints.keys() - old.constraints.keys()))
        ]
        for item in column_items:
            if item.name in new.columns and item.name not in old.columns:
                columns.append(f"alter table {statement.table} drop column {item.name}")
            elif item.name in new.columns and (
                old.columns[item.name].is_not_null and not new.columns[item.name].is_not_null
            ):
                columns.append(f"alter table {statement.table} alter {item.name} set not null")
    comments = [
        f"comment on column {table}.{column} is null"
        for table, column in sorted(
            (table, column)
            for table, column in after.comments.keys() - before.comments.keys()
            if table in HOST_TABLES and table in before.tables
            if column is not None and column in before.tables[table].columns
        )
    ]
    return constraints + columns + comments


def _revoke(connection: Connection, before: Catalog) -> list[str]:
    """What takes from our roles the rights on tables that were there."""
    roles = [role for role in access.ROLES if role not in access.missing_roles(connection)]
    return [
        f"revoke all on {name} from {', '.join(roles)}"
        for table in HOST_TABLES
        for name in (table, f"{table}_id_seq")
        if roles and (name in before.tables or name in before.sequences)
    ]


def _bare(name: str) -> str:
    """A name without its schema."""
    return name.split(".")[1]


def claim_history(connection: Connection, report: Report) -> None:
    """Leads and conversations that are older than the triggers, in small transactions."""
    businesses = [
        row[0] for row in connection.execute("select id from public.business order by id")
    ]
    for business_id in businesses:
        report(f"leads and conversations of business {business_id}")
        merges = _count_merges(connection, business_id)
        _claim(connection, "onethread.adopt_leads(%s, %s, %s)", business_id)
        # Without statistics the next ones would read these tables whole, again and again.
        connection.execute("analyze public.whatsapp_identity, public.whatsapp_identity_evidence")
        for has_lead in ("true", "false"):
            _claim(
                connection, f"onethread.adopt_conversations(%s, %s, %s, {has_lead})", business_id
            )
        apply_pending(connection, business_id)
        if unified := _count_merges(connection, business_id) - merges:
            report(f"{count_of(unified, 'conversation')} went into another one of the same person")


def _count_merges(connection: Connection, business_id: int) -> int:
    [(count,)] = connection.execute(
        "select count(*) from onethread.whatsapp_conversation_merge where business_id = %s",
        [business_id],
    ).fetchall()
    return int(count)


def _claim(connection: Connection, call: str, business_id: int) -> None:
    after_id: int | None = 0

    def claim() -> None:
        nonlocal after_id
        [(after_id,)] = connection.execute(
            f"select {call}", [business_id, after_id, CLAIM_BATCH]
        ).fetchall()

    while after_id is not None:
        with_short_locks(connection, claim)


def build_late_indexes(connection: Connection, steps: list[Step], report: Report) -> None:
    """Builds unique indexes; what broke them a moment ago is unified first."""
    for _ in range(5):
        try:
            run_steps(connection, steps, report)
            return
        except psycopg.errors.UniqueViolation as error:
            failed = error
            claim_history(connection, report)
            steps = [step for step in steps if not _is_built(connection, step)]
    raise failed


def is_linking(connection: Connection) -> bool:
    """Whether the trigger that links messages is there."""
    found = connection.execute(
        "select from pg_trigger where tgrelid = to_regclass('public.whatsapp_message') "
        "and tgname = 'zzz_onethread_message_10_link'"
    ).fetchone()
    return found is not None


def describe_loading(connection: Connection) -> list[Step]:
    """The steps between the plan's two parts, for people."""
    loading = Step("-- load functions and views", NOTHING)
    if is_linking(connection):
        return [loading]
    return [
        loading,
        Step("-- claim leads and conversations, 100 at a time", "their rows, for a moment"),
    ]


def describe_triggers(connection: Connection) -> list[Step]:
    """The last steps, for people."""
    texts = read_sources(["triggers"])
    outdated = list_outdated(connection)
    return [
        Step(
            texts[path].strip().rstrip(";"),
            f"{MOMENT}share row exclusive, no row is read",
        )
        for paths in loading.read_triggers()
        for path in paths
        if path in outdated
    ]


def _is_built(connection: Connection, step: Step) -> bool:
    found = connection.execute(
        "select from pg_index where indexrelid = to_regclass(%s) and indisvalid",
        [step.index],
    ).fetchone()
    return found is not None
