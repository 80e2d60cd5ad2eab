"""Whatever is joined and parted: what nobody has read is unread.

ONETHREAD_IDENTITY_EXAMPLES sets how many histories are tried (30 unless told).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field

import hypothesis.strategies as st
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings

from tests.conftest import Connection, add_business
from tests.sql.query import rows, scalar

EXAMPLES = int(os.environ.get("ONETHREAD_IDENTITY_EXAMPLES", "30"))
PEOPLE = [f"+97252111000{number}" for number in range(4)]

Step = tuple[str, int, int]
steps = st.lists(
    st.tuples(
        st.sampled_from(["message", "message", "read", "merge", "undo"]),
        st.integers(0, len(PEOPLE) - 1),
        st.integers(0, len(PEOPLE) - 1),
    ),
    max_size=16,
)
bounded = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="ONETHREAD_IDENTITY_EXAMPLES" not in os.environ,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@dataclass
class History:
    """A business, and who has read what in it."""

    connection: Connection
    business_id: int
    read: set[int] = field(default_factory=set)
    merges: list[int] = field(default_factory=list)
    minute: int = 0

    def take(self, step: Step) -> None:
        action, person, other = step
        match action:
            case "message":
                self.message(person)
            case "read":
                self.mark(person)
            case "merge":
                self.merge(person, other)
            case "undo" if self.merges:
                self.undo(person % len(self.merges))

    def message(self, person: int) -> None:
        self.minute += 1
        self.connection.execute(
            "insert into whatsapp_message (business_id, direction, from_number, sent_at) "
            "values (%s, 'inbound', %s, '2026-01-01Z'::timestamptz + %s * interval '1 min')",
            [self.business_id, PEOPLE[person], self.minute],
        )

    def mark(self, person: int) -> None:
        """Somebody reads the thread to its end."""
        ids = [
            row.id
            for row in rows(
                self.connection,
                "select id from whatsapp_message where business_id = %s "
                "and conversation_id = onethread.find_conversation(%s, %s) order by sent_at, id",
                self.business_id,
                self.business_id,
                PEOPLE[person],
            )
        ]
        self.connection.execute(
            "select onethread.mark_read(business_id, conversation_id, id) "
            "from whatsapp_message where business_id = %s and id = %s",
            [self.business_id, ids[-1]],
        )
        self.read |= set(ids)

    def merge(self, person: int, other: int) -> None:
        query = "select onethread.find_conversation(%s, %s)"
        pair = [
            scalar(self.connection, query, self.business_id, PEOPLE[n]) for n in (person, other)
        ]
        query = "select onethread.merge_conversations(%s, %s, %s, 'test')"
        try:
            with self.connection.transaction():
                self.merges.append(scalar(self.connection, query, self.business_id, *pair))
        except psycopg.errors.ObjectNotInPrerequisiteState:
            pass  # One already, or two people since an undo.

    def undo(self, position: int) -> None:
        self.connection.execute(
            "select onethread.undo_merge(business_id, id) from "
            "onethread.whatsapp_conversation_merge "
            "where business_id = %s and id = %s and undone_at is null",
            [self.business_id, self.merges.pop(position)],
        )

    def counted_as_read(self) -> set[int]:
        found = rows(
            self.connection,
            "select m.id from whatsapp_message m inner join onethread.conversation_read r "
            "on r.business_id = m.business_id and r.conversation_id = m.conversation_id "
            "where m.business_id = %s and (m.sent_at, m.id) <= (r.sent_at, r.message_id)",
            self.business_id,
        )
        return {row.id for row in found}


@pytest.mark.slow
@bounded
@given(history=steps)
def test_nothing_unread_becomes_read_whatever_is_joined_and_parted(
    connection: Connection, history: Sequence[Step]
) -> None:
    with connection.transaction() as transaction:
        story = _begin(connection)
        for step in history:
            story.take(step)
            assert story.counted_as_read() <= story.read
            query = "select * from thread_integrity where business_id = %s"
            assert rows(connection, query, story.business_id) == []
        raise psycopg.Rollback(transaction)


@pytest.mark.slow
@bounded
@given(before=steps, joins=steps)
def test_everything_is_as_read_as_before_when_the_last_joins_are_undone(
    connection: Connection, before: Sequence[Step], joins: Sequence[Step]
) -> None:
    with connection.transaction() as transaction:
        story = _begin(connection)
        for step in before:
            story.take(step)
        was_read, made = story.counted_as_read(), len(story.merges)
        for _, person, other in joins:
            story.merge(person, other)
        while len(story.merges) > made:
            story.undo(len(story.merges) - 1)
        assert story.counted_as_read() == was_read
        raise psycopg.Rollback(transaction)


def _begin(connection: Connection) -> History:
    story = History(connection, add_business(connection))
    for person in range(len(PEOPLE)):
        story.message(person)
    return story
