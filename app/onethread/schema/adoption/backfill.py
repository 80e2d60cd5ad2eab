"""Links the messages that are in no thread, while everybody goes on working.

The database does it (link_unlinked_messages); here is only the loop: a transaction a batch, each
about as long as a writer can wait without noticing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg.rows import dict_row

from onethread.database.business import check_business
from onethread.schema.adoption.run import claim_history

FIRST_BATCH = 250
LARGEST_BATCH = 5000
BATCH_SECONDS = 0.4
"""How long a batch may take: a live message of a person who is being linked waits for it."""
ROUNDS = 5
"""Messages that somebody was just changing, or that failed, are tried again in the next round."""

Progress = Callable[[int], None]


@dataclass
class BackfillResult:
    """What a backfill did."""

    seen: int = 0
    linked: int = 0
    seconds: float = 0.0
    unified: int = 0
    """Conversations that went into another one meanwhile."""
    failures: list[dict[str, Any]] = field(default_factory=list)
    """{business_id, message_id, error} of messages that could not be linked; the first hundred."""
    failed: int = 0
    unlinked: list[dict[str, Any]] = field(default_factory=list)
    """{reason, messages}: what is left in no thread, and why."""


def count_unlinked(connection: psycopg.Connection[Any], business_id: int | None = None) -> int:
    """Messages in no thread."""
    [(count,)] = connection.execute(
        "select count(*) from public.whatsapp_message m where m.conversation_id is null "
        "and (%(business_id)s::bigint is null or m.business_id = %(business_id)s)",
        {"business_id": business_id},
    ).fetchall()
    return int(count)


def backfill(
    connection: psycopg.Connection[Any],
    business_id: int | None = None,
    rows_per_second: float | None = None,
    on_progress: Progress = lambda seen: None,
) -> BackfillResult:
    """Links what can be linked, in this business or in all; may be killed and run again.

    Args:
        connection: autocommit.
        rows_per_second: the throttle; None: as fast as it goes.
        on_progress: called after each batch with the number of messages looked at.
    """
    started = time.monotonic()
    result = BackfillResult()
    [(last_merge,)] = connection.execute(
        "select coalesce(max(id), 0) from onethread.whatsapp_conversation_merge"
    ).fetchall()
    for each in _business_ids(connection, business_id):
        pace = _Pace(rows_per_second)
        for _ in range(ROUNDS):
            linked = _run_round(connection, each, pace, on_progress, result)
            if linked == 0:
                break
    # A lead's conversation that another program made may have its address only now.
    claim_history(connection, lambda line: None)
    result.seconds = time.monotonic() - started
    _report(connection, business_id, int(last_merge), result)
    return result


class _Pace:
    """The size of the next batch, and the pause before it."""

    def __init__(self, rows_per_second: float | None) -> None:
        self.batch = FIRST_BATCH
        self._rows_per_second = rows_per_second

    def learn(self, rows: int, seconds: float) -> None:
        target = max(int(rows * BATCH_SECONDS / max(seconds, 0.001)), 1)
        self.batch = min(max(target, self.batch // 2, 10), self.batch * 2, LARGEST_BATCH)
        if self._rows_per_second:
            self.batch = min(self.batch, max(int(self._rows_per_second), 1))
            time.sleep(max(rows / self._rows_per_second - seconds, 0))


def _run_round(
    connection: psycopg.Connection[Any],
    business_id: int,
    pace: _Pace,
    on_progress: Progress,
    result: BackfillResult,
) -> int:
    """From the oldest unlinked message to the newest; returns how many were linked.

    That is the round's number, to which another backfill may add; the result counts only its own.
    """
    # There must be a row to hold while the difference is taken.
    connection.execute(
        "insert into onethread.whatsapp_backfill (business_id) values (%s) on conflict do nothing",
        [business_id],
    )
    while True:
        started = time.monotonic()
        with connection.transaction():
            [(is_under_way, before)] = connection.execute(
                "select finished_at is null, linked from onethread.whatsapp_backfill "
                "where business_id = %s for no key update",
                [business_id],
            ).fetchall()
            [(seen,)] = connection.execute(
                "select onethread.link_unlinked_messages(%s, %s)", [business_id, pace.batch]
            ).fetchall()
            [(linked,)] = connection.execute(
                "select linked from onethread.whatsapp_backfill where business_id = %s",
                [business_id],
            ).fetchall()
        if seen == 0:
            return int(linked)
        result.seen += seen
        result.linked += linked - (before if is_under_way else 0)
        on_progress(int(seen))
        pace.learn(seen, time.monotonic() - started)


def _business_ids(connection: psycopg.Connection[Any], business_id: int | None) -> list[int]:
    if business_id is not None:
        check_business(connection, business_id)
        return [business_id]
    return [row[0] for row in connection.execute("select id from public.business order by id")]


def _report(
    connection: psycopg.Connection[Any],
    business_id: int | None,
    last_merge: int,
    result: BackfillResult,
) -> None:
    parameters = {"business_id": business_id, "last_merge": last_merge}
    with connection.cursor(row_factory=dict_row) as cursor:
        result.failures = cursor.execute(
            "select f.business_id, f.message_id, f.error "
            "from onethread.whatsapp_backfill_failure f "
            "where %(business_id)s::bigint is null or f.business_id = %(business_id)s "
            "order by f.business_id, f.message_id limit 100",
            parameters,
        ).fetchall()
        result.unlinked = cursor.execute(
            "select u.reason, count(*) as messages from public.unlinked_message u "
            "where %(business_id)s::bigint is null or u.business_id = %(business_id)s "
            "group by u.reason order by count(*) desc",
            parameters,
        ).fetchall()
    [(result.failed, result.unified)] = connection.execute(
        "select (select count(*) from onethread.whatsapp_backfill_failure f "
        "where %(business_id)s::bigint is null or f.business_id = %(business_id)s), "
        "(select count(*) from onethread.whatsapp_conversation_merge g where g.id > %(last_merge)s "
        "and (%(business_id)s::bigint is null or g.business_id = %(business_id)s))",
        parameters,
    ).fetchall()
