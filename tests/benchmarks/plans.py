"""What a statement costs when it was prepared long ago.

PostgreSQL plans a prepared statement anew five times, and may then take one plan for any values.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg

from onethread.database.connection import open_connection
from tests.benchmarks.report import Result, Target, amounts
from tests.benchmarks.rounds import timed
from tests.benchmarks.run import Run
from tests.benchmarks.tables import SizedTable
from tests.web.visits import Inbox, Statement, record_all


def lasting_plans(run: Run) -> Iterator[Result]:
    """Every statement of the pages, the API and the commands that read, and what the views are
    usually asked: by a tenant, again and again on one connection, of the largest table."""
    table = run.tables[-1]
    [statements] = record_all(table.url, [_prepare(table)])
    with open_connection(table.url) as connection:
        connection.execute("set role onethread_app")
        connection.execute(
            "select set_config('onethread.business_id', %s, false)",
            [str(table.ordinary.business_id)],
        )
        for statement in statements:
            milliseconds, blocks = _run_again_and_again(connection, statement, run.sizes.prepared)
            yield amounts(
                "prepared",
                _shortened(statement.text),
                "its first run",
                max(blocks[-1], 1),
                max(blocks[0], 1),
                unit=f"blocks, run {run.sizes.prepared}",
                target=Target(at_most=1.5),
                counts={"ms at first": milliseconds[0], "ms at last": milliseconds[-1]},
            )


def _shortened(text: str) -> str:
    """What it asks and whom it asks; no pipe, which would end the cell of a table."""
    start = text.find(" from ")
    return f"{text[:50]} … {text[start:][:90]}".replace("|", "/")


def _prepare(table: SizedTable) -> Inbox:
    """A lead and a merge, which the pages of a business like this show."""
    tenant = table.ordinary
    first = tenant.first_id
    with open_connection(table.url) as connection:
        [(lead_id,)] = connection.execute(
            "insert into public.lead (business_id, phone, name) values (%s, %s, 'Lead 1') "
            "returning id",
            [tenant.business_id, tenant.typed_phone(2)],
        ).fetchall()
        [(merge_id,)] = connection.execute(
            "select onethread.merge_conversations(%s, %s, %s, 'bench')",
            [tenant.business_id, first + 3, first + 4],
        ).fetchall()
        [(message_id,)] = connection.execute(
            "select max(id) from public.whatsapp_message "
            "where business_id = %s and conversation_id = %s and direction = 'inbound'",
            [tenant.business_id, first],
        ).fetchall()
    return Inbox(
        tenant.business_id, first, first + 1, message_id, merge_id, first + 3, lead_id,
        tenant.typed_phone(0),
    )  # fmt: skip


def _run_again_and_again(
    connection: psycopg.Connection[Any], statement: Statement, count: int
) -> tuple[list[float], list[int]]:
    milliseconds: list[float] = []
    blocks: list[int] = []
    for _ in range(count):
        with connection.transaction(force_rollback=True):
            before = _blocks(connection)
            milliseconds.append(1000 * timed(lambda: _execute(connection, statement)))
            blocks.append(_blocks(connection) - before)
    return milliseconds, blocks


def _execute(connection: psycopg.Connection[Any], statement: Statement) -> None:
    connection.execute(statement.query.encode(), statement.parameters, prepare=True).fetchall()


def _blocks(connection: psycopg.Connection[Any]) -> int:
    """Blocks of our tables and indexes that the transaction has read, functions included."""
    [(blocks,)] = connection.execute(
        "select sum(pg_stat_get_xact_blocks_fetched(c.oid)) from pg_class c "
        "where c.relnamespace in ('public'::regnamespace, 'onethread'::regnamespace) "
        "and c.relkind in ('r', 'i')"
    ).fetchall()
    return int(blocks)
