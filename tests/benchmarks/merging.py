"""Joining two threads by hand, and undoing it, beside the bare UPDATE of the messages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg

from tests.benchmarks.contest import FLOOR, OURS, empty_tables, meet, settle
from tests.benchmarks.people import Message, Population
from tests.benchmarks.report import Result, Target, costs
from tests.benchmarks.rounds import race, timed
from tests.benchmarks.run import Run


def merges(run: Run) -> Iterator[Result]:
    """Two threads with as many messages each become one, and two again."""
    with run.baselines() as (_, connection):
        people = meet(connection, Population(connection).take(2 * run.sizes.rounds + 2), "jid")
        empty_tables(connection)
        for person in people:
            for table in (OURS, FLOOR):
                table.copy(connection, table.copy_data([person] * run.sizes.merged))
        settle(connection)

        # A pair for each round: what has been undone must not be joined again by itself.
        pairs = list(zip(people[::2], people[1::2], strict=True))
        ours, theirs = iter(pairs), iter(pairs)
        undo_seconds: list[float] = []

        def merge_and_undo() -> float:
            survivor, absorbed = next(ours)
            seconds = timed(lambda: _merge(connection, survivor, absorbed))
            undo_seconds.append(timed(lambda: _undo(connection, survivor)))
            return seconds

        def move() -> float:
            survivor, absorbed = next(theirs)
            return timed(lambda: _move(connection, survivor, absorbed))

        merge_seconds, move_seconds = race([merge_and_undo, move], run.sizes.rounds)
        case = f"threads of {run.sizes.merged:,} messages"
        for name, seconds in (("merge", merge_seconds), ("undo of a merge", undo_seconds[1:])):
            yield costs(
                name, case, "bare update", 1, seconds, move_seconds, target=Target(at_most=1.5)
            )


def _merge(connection: psycopg.Connection[Any], survivor: Message, absorbed: Message) -> None:
    connection.execute(
        "select onethread.merge_conversations(%s, %s, %s, 'bench')",
        [survivor.business_id, survivor.conversation_id, absorbed.conversation_id],
    )


def _undo(connection: psycopg.Connection[Any], survivor: Message) -> None:
    connection.execute(
        """
        select onethread.undo_merge(m.business_id, m.id)
        from onethread.whatsapp_conversation_merge m
        where m.business_id = %s and m.survivor_id = %s
        """,
        [survivor.business_id, survivor.conversation_id],
    )


def _move(connection: psycopg.Connection[Any], survivor: Message, absorbed: Message) -> None:
    connection.execute(
        "update floor.whatsapp_message set conversation_id = %s "
        "where business_id = %s and conversation_id = %s",
        [survivor.conversation_id, survivor.business_id, absorbed.conversation_id],
    )
