"""list_changes(): what a page that follows the inbox is told, in whatever order rows commit."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest

from tests.conftest import Connection, add_business, insert
from tests.sql.query import scalar


@pytest.fixture
def session(database: str) -> Iterator[Connection]:
    """A session that commits each statement, with business 1."""
    with psycopg.connect(database, autocommit=True) as connection:
        add_business(connection)
        yield connection


def read(connection: Connection, since: str | None, business_id: int = 1) -> tuple[Any, str]:
    row = connection.execute(
        "select * from onethread.list_changes(%s, %s)", [business_id, since]
    ).fetchone()
    assert row is not None
    return row[0], row[1]


def write(connection: Connection, person: int, **columns: Any) -> int:
    row = insert(connection, 1, "inbound", address=f"{100000000000000 + person}@lid", **columns)
    return int(row.conversation_id)


def test_nothing_is_told_when_nothing_changed(session: Connection) -> None:
    write(session, 1)
    changes, position = read(session, None)
    assert changes == []
    assert read(session, position)[0] == []


def test_change_is_told_once_when_it_committed_in_another_order(
    database: str, session: Connection
) -> None:
    """The id is drawn first, the commit comes last, and other transactions come between."""
    with psycopg.connect(database) as slow:
        late = write(slow, 1)
        early = write(session, 2)
        changes, position = read(session, None)
        assert changes == []
        assert early
        changes, position = read(session, position)
        assert changes == []
        third = write(session, 3)
        changes, position = read(session, position)
        assert changes == [third]
        slow.commit()
    changes, position = read(session, position)
    assert changes == [late]
    assert read(session, position)[0] == []


@pytest.mark.parametrize("seed", range(3))
def test_every_commit_is_told_once_when_sessions_overlap(
    database: str, session: Connection, seed: int
) -> None:
    generator = random.Random(seed)
    with ExitStack() as stack:
        writers = [stack.enter_context(psycopg.connect(database)) for _ in range(5)]
        pending: list[list[int]] = [[] for _ in writers]
        committed: list[int] = []
        told: list[int] = []
        _, position = read(session, None)
        for person in range(150):
            number = generator.randrange(len(writers))
            pending[number].append(write(writers[number], person))
            if generator.random() < 0.3:
                done = generator.randrange(len(writers))
                if generator.random() < 0.7:
                    writers[done].commit()
                    committed += pending[done]
                else:
                    writers[done].rollback()
                pending[done] = []
            if generator.random() < 0.3:
                changes, position = read(session, position)
                told += changes
                assert sorted(told) == sorted(committed)
        assert len(told) > 20


def test_change_is_told_when_a_message_is_moved_marked_or_has_an_event(
    session: Connection,
) -> None:
    one, two = write(session, 1, provider_message_id="m1"), write(session, 2)
    _, position = read(session, None)
    session.execute(
        "insert into whatsapp_message_event (business_id, kind, provider_message_id) "
        "values (1, 'reaction', 'm1')"
    )
    changes, position = read(session, position)
    assert changes == [one]
    last = scalar(session, "select id from whatsapp_message where conversation_id = %s", two)
    session.execute("select onethread.mark_read(1, %s, %s)", [two, last])
    changes, position = read(session, position)
    assert changes == [two]
    merge = scalar(session, "select onethread.merge_conversations(1, %s, %s, null)", one, two)
    changes, position = read(session, position)
    assert changes == [one]
    session.execute("select onethread.undo_merge(1, %s)", [merge])
    changes, position = read(session, position)
    assert changes == [two]
    session.execute("update whatsapp_message set body = 'new' where id = %s", [last])
    assert read(session, position)[0] == [two]


def test_nothing_is_told_of_another_tenant_or_of_another_servers_future(
    session: Connection,
) -> None:
    other = add_business(session, "Other")
    _, position = read(session, None)
    insert(session, other, "inbound", address="0501234567")
    future = int(scalar(session, "select pg_current_xact_id()::text")) + 10_000
    insert(session, 1, "inbound", address="0501234567", changed_in=str(future))
    assert read(session, position)[0] == []


@pytest.mark.parametrize("position", ["x", "1:2", "5:3:", "'"])
def test_position_is_refused_when_it_is_none(session: Connection, position: str) -> None:
    with pytest.raises(psycopg.errors.InvalidParameterValue, match="invalid position"):
        read(session, position)


def test_mark_moves_forward_only_and_spares_what_comes_late(session: Connection) -> None:
    conversation = write(session, 1, sent_at="2026-01-01 10:00+00")
    insert(session, 1, "outbound", address="100000000000001@lid", sent_at="2026-01-01 12:00+00")
    last = write(session, 1, sent_at="2026-01-01 13:00+00")
    assert last == conversation
    ids = [
        row[0]
        for row in session.execute("select id from whatsapp_message order by sent_at").fetchall()
    ]
    unread = "select onethread.count_unread(1, %s)"
    assert scalar(session, unread, conversation) == 2
    session.execute("select onethread.mark_read(1, %s, %s)", [conversation, ids[1]])
    assert scalar(session, unread, conversation) == 1
    # Delivered late, sent before the answer that was seen.
    write(session, 1, sent_at="2026-01-01 11:00+00")
    assert scalar(session, unread, conversation) == 2
    session.execute("select onethread.mark_read(1, %s, %s)", [conversation, ids[2]])
    assert scalar(session, unread, conversation) == 0
    session.execute("select onethread.mark_read(1, %s, %s)", [conversation, ids[0]])
    assert scalar(session, unread, conversation) == 0
    other = write(session, 2)
    session.execute(
        "select onethread.mark_read(1, %s, %s)", [other, ids[0]]
    )  # of another conversation
    assert scalar(session, unread, other) == 1
