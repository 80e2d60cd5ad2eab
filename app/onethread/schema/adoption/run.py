"""Carries out a plan on a database that is in use, a short statement at a time."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from functools import partial
from textwrap import shorten

import psycopg

from onethread.database.sources import read_sources
from onethread.database.text import count_of
from onethread.database.version import list_outdated
from onethread.errors import OnethreadError
from onethread.people.identity import apply_pending
from onethread.schema import loading
from onethread.schema.adoption.catalog import HOST_TABLES, Catalog, Connection, read_catalog
from onethread.schema.adoption.plan import MOMENT, NOTHING, Planner, Step
from onethread.schema.adoption.preflight import check_region, check_tables
from onethread.schema.adoption.statements import parse_migrations, read_migrations

LOCK_TIMEOUT = loading.LOCK_TIMEOUT
PATIENCE_SECONDS = 600
# Rows a transaction: programs that update a lead or a conversation wait for it.
CLAIM_BATCH = 100

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
    connection: Connection, migrations: Migrations, region: str | None
) -> tuple[list[Step], list[Step]]:
    """Steps before and after the claims; raises OnethreadError when it cannot be done."""
    catalog = read_catalog(connection)
    host_tables = find_host_tables(connection)
    new_tables = _read_new_tables(migrations)
    check_tables(catalog, host_tables, migrations)
    if "public.business" in host_tables & new_tables:
        region = check_region(connection, catalog, region)
    planner = Planner(catalog, host_tables, region)
    early: list[Step] = []
    late: list[Step] = []
    for text in migrations.values():
        before, after = planner.plan(text)
        early += before
        late += after
    return early, late


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
