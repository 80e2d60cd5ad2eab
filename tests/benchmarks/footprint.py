"""What a message leaves behind: bytes of log, table and indexes; and the blocks touched for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import psycopg

from tests.benchmarks.contest import CRM, FLOOR, OURS, Table, empty_tables, meet
from tests.benchmarks.people import Message, Population
from tests.benchmarks.report import Result, Target, amounts
from tests.benchmarks.run import Run

_AT_ONCE = 500
_TARGETS = {"log": Target(amount=1_000), "indexes": Target(amount=260)}


def footprints(run: Run) -> Iterator[Result]:
    """Empty tables are filled by COPY, 500 messages of known people at once."""
    rows = run.sizes.filled
    with run.baselines() as (_, connection):
        people = Population(connection).take(max(rows // 50, run.sizes.people))
        known = meet(connection, people, "jid")
        for case, has_payload in (("JIDs", False), ("JIDs, 600 characters of payload", True)):
            empty_tables(connection)
            messages = [
                replace(message, has_payload=has_payload)
                for message in run.choose.choices(known, k=rows)
            ]
            ours, *others = [_fill(connection, table, messages) for table in (OURS, CRM, FLOOR)]
            for baseline, theirs in zip(("a CRM's own table", "floor"), others, strict=True):
                is_crm_without = baseline != "floor" and not has_payload
                targets = _TARGETS if is_crm_without else {}
                for what, unit in (
                    ("log", "B"),
                    ("table", "B"),
                    ("indexes", "B"),
                    ("blocks touched", "blocks"),
                ):
                    yield amounts(
                        "footprint of a message",
                        f"{what}, {case}",
                        baseline,
                        ours[what],
                        theirs[what],
                        unit=unit,
                        target=targets.get(what, Target()),
                    )


def _fill(
    connection: psycopg.Connection[Any], table: Table, messages: list[Message]
) -> dict[str, float]:
    """What each message took."""
    before = _measure(connection, table)
    for start in range(0, len(messages), _AT_ONCE):
        table.copy(connection, table.copy_data(messages[start : start + _AT_ONCE]))
    after = _measure(connection, table)
    return {what: (after[what] - before[what]) / len(messages) for what in after}


def _measure(connection: psycopg.Connection[Any], table: Table) -> dict[str, float]:
    # The session's counts reach the view when it is idle next.
    connection.execute("select pg_stat_force_next_flush()")
    [row] = connection.execute(
        """
        select
          pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8,
          pg_table_size(%(table)s)::float8,
          pg_indexes_size(%(table)s)::float8,
          (d.blks_hit + d.blks_read)::float8
        from pg_stat_database d
        where d.datname = current_database()
        """,
        {"table": table.name},
    ).fetchall()
    return dict(zip(("log", "table", "indexes", "blocks touched"), row, strict=True))
