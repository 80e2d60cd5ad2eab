"""Somebody reads a thread while a join is undone: the mark is at a message of its thread."""

from __future__ import annotations

import psycopg

from tests import agents
from tests.concurrency.sessions import create_business, run_until_blocked
from tests.conftest import insert


def test_mark_waits_for_the_undo_that_takes_its_message_away(database: str) -> None:
    business_id = create_business(database)
    with psycopg.connect(database) as undoing:
        first = insert(undoing, business_id, "inbound", address="+972501111111")
        second = insert(undoing, business_id, "inbound", address="+972502222222")
        row = undoing.execute(
            "select onethread.merge_conversations(%s, %s, %s, 'test')",
            [business_id, first.conversation_id, second.conversation_id],
        ).fetchone()
        assert row is not None
        undoing.commit()
        undoing.execute("select onethread.undo_merge(%s, %s)", [business_id, row[0]])

        errors = run_until_blocked(
            database,
            lambda reader: reader.execute(
                "select onethread.mark_read(%s, %s, %s)",
                [business_id, first.conversation_id, second.id],
            ),
            undoing.commit,
        )
        assert errors == []
        assert agents.count_stray_marks(undoing, business_id) == 0
