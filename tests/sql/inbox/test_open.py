"""What is open: list_open(), count_inbox(), filters of list_inbox(), mark_unread(), scheduled."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.conftest import Connection, insert
from tests.sql.query import rows, scalar

FIRST = datetime(2026, 1, 1, tzinfo=UTC)


def say(
    connection: Connection, business_id: int, who: str, minute: float, side: str, **columns: Any
) -> Any:
    """A message of person `who`."""
    return insert(
        connection, business_id, side, address=f"+97250111222{who}",
        sent_at=FIRST + timedelta(minutes=minute), **columns,
    )  # fmt: skip


def inbox(connection: Connection, business_id: int, show: str | None) -> list[str]:
    """The last digit of the number of each line."""
    query = "select addresses[1] as address from onethread.list_inbox(%s, null, 50, %s)"
    return [row.address[-1] for row in rows(connection, query, business_id, show)]


def test_open_are_the_unread_and_those_who_wait(connection: Connection, business_id: int) -> None:
    for who, sides in (
        ("1", ["inbound"]),
        ("2", ["inbound", "outbound"]),
        ("3", ["inbound", "failed"]),
        ("4", ["inbound", "outbound", "inbound"]),
        ("5", ["outbound"]),
        ("6", ["inbound", "queued"]),
        ("7", ["inbound", "automation"]),
    ):
        for number, side in enumerate(sides):
            is_sent = side in ("inbound", "outbound")
            column = "source" if side == "automation" else "status"
            message = say(
                connection, business_id, who, int(who) + number / 10,
                side if is_sent else "outbound", **({} if is_sent else {column: side}),
            )  # fmt: skip
        if who in ("1", "2", "3", "7"):
            mark = "select onethread.mark_read(%s, %s, %s)"
            connection.execute(mark, [business_id, message.conversation_id, message.id])
    assert inbox(connection, business_id, "unread") == ["6", "4"]
    assert inbox(connection, business_id, "waiting") == ["7", "6", "4", "3", "1"]
    assert inbox(connection, business_id, None) == ["7", "6", "5", "4", "3", "2", "1"]
    [counts] = rows(connection, "select * from onethread.count_inbox(%s)", business_id)
    assert tuple(counts) == (2, 5, 0)
    # As the views have it.
    for view, column in (("crm_conversation where unread > 0 and", "is_unread"),
                         ("crm_unanswered where", "is_waiting")):  # fmt: skip
        told = f"select conversation_id from {view} business_id = %s order by 1"
        found = f"select conversation_id from onethread.list_open(%s) where {column} order by 1"
        assert rows(connection, told, business_id) == rows(connection, found, business_id)
    # Page by page it is the same.
    page = "select * from onethread.list_inbox(%s, %s, 1, 'waiting')"
    seen, cursor = [], None
    while found_rows := rows(connection, page, business_id, cursor):
        seen.append(found_rows[0].addresses[0][-1])
        cursor = found_rows[0].cursor
    assert seen == ["7", "6", "4", "3", "1"]


@pytest.mark.parametrize("count", [1, 3])
def test_last_message_is_unread_again(connection: Connection, business_id: int, count: int) -> None:
    for number in range(count):
        message = say(connection, business_id, "1", number, "inbound")
    names = [business_id, message.conversation_id]
    unread = "select onethread.count_unread(%s, %s)"
    connection.execute("select onethread.mark_unread(%s, %s)", names)
    assert scalar(connection, unread, *names) == count  # nothing was read
    connection.execute("select onethread.mark_read(%s, %s, %s)", [*names, message.id])
    connection.execute("select onethread.mark_unread(%s, %s)", names)
    assert scalar(connection, unread, *names) == 1
    connection.execute("select onethread.mark_read(%s, %s, %s)", [*names, message.id])
    assert scalar(connection, unread, *names) == 0


def test_scheduled_message_has_no_place_before_its_time(
    connection: Connection, business_id: int
) -> None:
    old = say(connection, business_id, "1", 1, "inbound")
    say(connection, business_id, "2", 2, "inbound")
    queue = "select onethread.queue_message(%s, %s, 'later', p_send_after => now() + %s)"
    for hours in (1, 2):
        connection.execute(queue, [business_id, old.conversation_id, timedelta(hours=hours)])
    assert inbox(connection, business_id, None) == ["2", "1"]
    assert inbox(connection, business_id, "waiting") == ["2", "1"]
    connection.execute("update whatsapp_message set send_after = null where body = 'later'")
    assert inbox(connection, business_id, None) == ["1", "2"]
