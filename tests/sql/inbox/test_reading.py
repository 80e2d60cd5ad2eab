"""list_thread(), list_inbox(), find_conversation() and the views."""

from __future__ import annotations

import random
from typing import Any

import psycopg
import pytest

from tests.conftest import Connection, add_business, insert
from tests.sql.query import add_lead, rows, scalar

PHONE = "0501234567"
LID = "123456789012345@lid"
GROUP = "120363000000000001@g.us"

INBOX_ORACLE = """
select newest.conversation_id, newest.id
from (
  select distinct on (m.conversation_id) m.conversation_id, m.id, m.sent_at
  from whatsapp_message m
  where m.business_id = %s
    and m.conversation_id is not null
    and m.duplicate_of is null
  order by m.conversation_id, m.sent_at desc, m.id desc
) newest
order by newest.sent_at desc, newest.id desc
"""
THREAD_ORACLE = """
select m.id
from whatsapp_message m
where m.business_id = %s and m.conversation_id = %s and m.duplicate_of is null
order by m.sent_at desc, m.id desc
"""


@pytest.mark.parametrize("page_size", [1, 2, 3, 7, 1000])
def test_pages_hold_every_message_once_when_times_are_equal(
    connection: Connection, business_id: int, page_size: int
) -> None:
    times = ["-infinity", "infinity", "2026-01-01 00:00:00.000001+00"]
    for time in (*times, *times, *["2026-01-01 00:00:00+00"] * 4):
        row = insert(connection, business_id, "inbound", address=PHONE)
        set_time(connection, row.id, time)

    assert read_thread(connection, business_id, row.conversation_id, page_size) == [
        id_ for (id_,) in connection.execute(THREAD_ORACLE, [business_id, row.conversation_id])
    ]


@pytest.mark.parametrize("page_size", [1, 2, 3, 7, 1000])
def test_pages_hold_every_conversation_once_when_times_are_equal(
    connection: Connection, business_id: int, page_size: int
) -> None:
    times = ["-infinity", "infinity", "2026-01-01 00:00:00.000001+00", "2026-01-01 00:00:00+00"]
    for number in range(12):
        row = insert(connection, business_id, "inbound", address=f"9725000000{number:02}@lid")
        set_time(connection, row.id, times[number % 4])

    assert_inbox(connection, business_id, page_size)


@pytest.mark.parametrize("time_zone", ["Asia/Jerusalem", "America/St_Johns"])
def test_cursor_is_exact_when_session_shows_times_otherwise(
    connection: Connection, business_id: int, time_zone: str
) -> None:
    for number in range(6):
        row = insert(
            connection,
            business_id,
            "inbound",
            address=PHONE,
            sent_at=f"2026-10-24 2{number // 2}:59:59.123456+00",
        )
    connection.execute(f"set local timezone = '{time_zone}'")
    connection.execute("set local datestyle = 'German, DMY'")

    assert len(read_thread(connection, business_id, row.conversation_id, 1)) == 6
    assert_inbox(connection, business_id, 1)


@pytest.mark.parametrize(
    "cursor", ["", "x", "yesterday-ish/1", "2026-01-01/x", "/", "2026-13-01/1", "1"]
)
@pytest.mark.parametrize(
    "call", ["list_thread(%(business)s, 1, %(cursor)s)", "list_inbox(%(business)s, %(cursor)s)"]
)
def test_reading_fails_when_cursor_is_invalid(
    connection: Connection, business_id: int, call: str, cursor: str
) -> None:
    with pytest.raises(psycopg.errors.InvalidParameterValue, match="invalid cursor"):
        connection.execute(
            f"select * from onethread.{call}", {"business": business_id, "cursor": cursor}
        )


@pytest.mark.parametrize(("page_size", "expected"), [(-1, 1), (0, 1), (2, 2), (100_000, 3)])
def test_page_size_is_clamped_when_out_of_range(
    connection: Connection, business_id: int, page_size: int, expected: int
) -> None:
    for number in range(3):
        row = insert(connection, business_id, "inbound", address=PHONE)
        insert(connection, business_id, "inbound", address=f"97250000000{number}@lid")

    thread = "select count(*) from onethread.list_thread(%s, %s, null, %s)"
    inbox = "select count(*) from onethread.list_inbox(%s, null, %s)"
    assert scalar(connection, thread, business_id, row.conversation_id, page_size) == expected
    assert scalar(connection, inbox, business_id, page_size) == min(max(page_size, 1), 4)


@pytest.mark.parametrize("flood", [999, 1000, 1001, 2500])
@pytest.mark.parametrize("page_size", [1, 3, 4, 5, 50])
def test_inbox_is_complete_when_one_chat_holds_the_newest_messages(
    connection: Connection, business_id: int, flood: int, page_size: int
) -> None:
    for number in range(4):
        insert(
            connection,
            business_id,
            "inbound",
            address=f"97250000000{number}@lid",
            sent_at="2026-01-01 00:00:00+00",
        )
    add_flood(connection, business_id, flood)

    assert_inbox(connection, business_id, page_size)


@pytest.mark.parametrize(
    ("spacing", "count"),
    [
        ("10 ms", 1500),  # all in the hour in which others wrote last
        ("1 s", 2500),
        ("10 s", 1500),
        ("80 min", 2200),  # more hours than anybody looks at
        ("0 s", 1500),
    ],
)
def test_inbox_is_complete_when_one_of_many_chats_is_flooded(
    connection: Connection, business_id: int, spacing: str, count: int
) -> None:
    insert(connection, business_id, "inbound", address=PHONE, sent_at="2020-01-01 00:00+00")
    add_crowd(connection, business_id, messages=8)
    add_flood(connection, business_id, count, spacing)

    for page_size in (50, 1000):
        assert_inbox(connection, business_id, page_size)


def test_inbox_is_complete_when_many_write_at_once(
    connection: Connection, business_id: int
) -> None:
    """On the last pages nearly every message is of somebody on an earlier one."""
    add_crowd(connection, business_id, messages=8, period=600)
    add_flood(connection, business_id, 1500, "10 ms", "2026-01-01 00:10+00")

    for page_size in (40, 1000):
        assert_inbox(connection, business_id, page_size)


@pytest.mark.parametrize("seed", range(4))
def test_inbox_is_complete_when_floods_and_quiet_hours_alternate(
    connection: Connection, business_id: int, seed: int
) -> None:
    choose = random.Random(seed)
    add_crowd(connection, business_id, messages=choose.randint(2, 6))
    for _ in range(3):
        flooded = f"+9725012345{choose.randrange(100):02}"
        start = f"2026-01-{choose.randint(1, 2):02} {choose.randrange(24):02}:05+00"
        spacing = choose.choice(["1 ms", "1 s", "7 s"])
        add_flood(connection, business_id, choose.randint(900, 1300), spacing, start, flooded)
    for time in ("infinity", "-infinity", "2026-01-01 10:15:00+00"):
        address = f"97259{choose.randrange(10**7)}@lid"
        row = insert(connection, business_id, "inbound", address=address)
        set_time(connection, row.id, time)

    for page_size in (29, 1000):
        assert_inbox(connection, business_id, page_size)


@pytest.mark.parametrize("is_owner", [True, False])
def test_inbox_reads_little_when_one_of_many_chats_is_flooded(
    database: str, is_owner: bool
) -> None:
    """Neither the flood nor the other conversations one by one, also when a policy applies.

    In a database without the dead rows of other tests, which are pages too.
    """
    with psycopg.connect(database) as connection:
        business_id = add_business(connection)
        add_crowd(connection, business_id, people=3000)
        ordinary = count_pages_read(connection, business_id)
        add_flood(connection, business_id, 8000, "20 s")
        connection.execute("analyze whatsapp_message, whatsapp_conversation")
        if not is_owner:
            become_reader(connection, business_id)

        assert count_pages_read(connection, business_id) < ordinary + 3000


def test_inbox_is_the_same_when_a_policy_applies(connection: Connection, business_id: int) -> None:
    other_id = add_business(connection, "Other")
    for each in (business_id, other_id):
        add_crowd(connection, each)
        add_flood(connection, each, 1500)
    expected = read_inbox(connection, business_id, 1000)

    become_reader(connection, business_id)

    assert read_inbox(connection, business_id, 50) == expected
    assert read_inbox(connection, other_id, 50) == []
    for other in ("find_other_hour(%s, 'infinity', '{}')",
                  "find_other_conversations(%s, 'infinity', '{}', 1)"):  # fmt: skip
        assert scalar(connection, f"select onethread.{other}", business_id) is not None
        assert scalar(connection, f"select onethread.{other}", other_id) is None


def test_inbox_is_complete_when_newest_messages_are_unlinked_or_duplicates(
    connection: Connection, business_id: int
) -> None:
    old = insert(connection, business_id, "inbound", address=PHONE, sent_at="2026-01-01 00:00+00")
    connection.execute(
        "insert into whatsapp_message (business_id, direction, from_number, sent_at) "
        "select %s, 'inbound', 'Unknown', '2026-02-01'::timestamptz + i * '1 min'::interval "
        "from generate_series(1, 1200) i",
        [business_id],
    )
    connection.execute(
        "insert into whatsapp_message (business_id, direction, from_number, duplicate_of, sent_at) "
        "values (%s, 'inbound', %s, %s, '2026-03-01')",
        [business_id, PHONE, old.id],
    )

    assert read_inbox(connection, business_id, 50) == [(old.conversation_id, old.id)]


@pytest.mark.parametrize("seed", range(8))
def test_pages_equal_a_full_sort_when_data_is_random(
    connection: Connection, business_id: int, seed: int
) -> None:
    choose = random.Random(seed)
    other_id = add_business(connection, "Other")
    people = choose.randint(1, 60)
    for _ in range(choose.randint(0, 300)):
        person = choose.randrange(people)
        insert(
            connection,
            choose.choice([business_id, business_id, other_id]),
            choose.choice(["inbound", "outbound"]),
            address=choose.choice([f"9725000000{person:02}@lid", "Unknown"]),
            sent_at=f"2026-01-{choose.randint(1, 3):02} 00:00:0{choose.randint(0, 3)}+00",
        )
    connection.execute(
        "update whatsapp_message m set duplicate_of = o.id from whatsapp_message o "
        "where o.conversation_id = m.conversation_id and o.id < m.id and mod(m.id, 7) = 0 "
        "and o.business_id = m.business_id"
    )
    page_size = choose.randint(1, 20)

    for each in (business_id, other_id):
        assert_inbox(connection, each, page_size)
        for conversation_id, _ in read_inbox(connection, each, 1000):
            assert read_thread(connection, each, conversation_id, page_size) == [
                id_ for (id_,) in connection.execute(THREAD_ORACLE, [each, conversation_id])
            ]


def test_inbox_line_describes_newest_message_when_several(
    connection: Connection, business_id: int
) -> None:
    insert(
        connection,
        business_id,
        "IN",
        address=LID,
        contact_aliases=["+972501234567"],
        sender_name="Dana",
        body="hello",
        sent_at="2026-01-01",
    )
    insert(
        connection,
        business_id,
        "out",
        address=PHONE,
        source="bot",
        kind="image",
        body="picture",
        sent_at="2026-01-02",
    )

    for relation in ("onethread.list_inbox(%s)", "whatsapp_inbox where business_id = %s"):
        [line] = rows(connection, f"select * from {relation}", business_id)
        assert (line.kind, line.title, line.lead_id) == ("person", "Dana", None)
        assert line.addresses == ["+972501234567", "123456789012345@lid"]
        assert (line.direction, line.source) == ("outbound", "bot")
        assert (line.message_kind, line.body) == ("image", "picture")


def test_title_is_the_strongest_name_when_several(connection: Connection, business_id: int) -> None:
    title = "select title from onethread.list_inbox(%s)"
    insert(connection, business_id, "outbound", address=PHONE, sender_name="Agent")
    assert scalar(connection, title, business_id) == "+972501234567"
    insert(connection, business_id, "inbound", address=PHONE, sender_name="Dana")
    assert scalar(connection, title, business_id) == "Dana"
    insert(connection, business_id, "inbound", address=PHONE, sender_name="")
    assert scalar(connection, title, business_id) == "Dana"
    add_lead(connection, business_id, PHONE, name="Dana Levi")
    assert scalar(connection, title, business_id) == "Dana Levi"


def test_title_is_the_groups_when_participant_shows_a_name(
    connection: Connection, business_id: int
) -> None:
    insert(connection, business_id, "inbound", address=GROUP, participant=LID, sender_name="Dana")

    title = scalar(connection, "select title from onethread.list_inbox(%s)", business_id)
    assert title is not None and "120363000000000001" in title


@pytest.mark.parametrize(
    "spelling",
    [PHONE, "+972501234567", "972501234567@c.us", "972 50 123 4567", LID, "lid@123456789012345"],
)
def test_conversation_is_found_when_spelling_differs(
    connection: Connection, business_id: int, spelling: str
) -> None:
    row = insert(connection, business_id, "inbound", address=LID, contact_aliases=["+972501234567"])
    other_id = add_business(connection, "Other")

    find = "select onethread.find_conversation(%s, %s)"
    assert scalar(connection, find, business_id, spelling) == row.conversation_id
    assert scalar(connection, find, other_id, spelling) is None


@pytest.mark.parametrize("spelling", ["0507654321", "Unknown", "", None])
def test_nothing_is_found_when_address_is_nobodys(
    connection: Connection, business_id: int, spelling: str | None
) -> None:
    insert(connection, business_id, "inbound", address=PHONE)

    assert (
        scalar(connection, "select onethread.find_conversation(%s, %s)", business_id, spelling)
        is None
    )


def test_thread_view_shows_linked_messages_once_when_there_are_copies(
    connection: Connection, business_id: int
) -> None:
    first = insert(connection, business_id, "Incoming", address=PHONE)
    insert(connection, business_id, "inbound", address=PHONE, duplicate_of=first.id)
    insert(connection, business_id, "inbound", address="Unknown")

    found = rows(connection, "select * from whatsapp_thread where business_id = %s", business_id)
    assert [(row.id, row.direction) for row in found] == [(first.id, "inbound")]
    listed = rows(
        connection,
        "select * from onethread.list_thread(%s, %s)",
        business_id,
        first.conversation_id,
    )
    assert [(row.id, row.direction) for row in listed] == [(first.id, "inbound")]


def test_thread_is_empty_when_conversation_is_another_tenants(
    connection: Connection, business_id: int
) -> None:
    row = insert(connection, business_id, "inbound", address=PHONE)
    other_id = add_business(connection, "Other")

    assert read_thread(connection, other_id, row.conversation_id, 10) == []
    assert read_inbox(connection, other_id, 10) == []


def set_time(connection: Connection, message_id: int, time: str) -> None:
    """Changes when a message was sent; also to infinity, which Python cannot read back."""
    connection.execute("update whatsapp_message set sent_at = %s where id = %s", [time, message_id])


def add_crowd(
    connection: Connection,
    business_id: int,
    people: int = 350,
    messages: int = 3,
    period: int = 86400 - 600,
) -> None:
    """More conversations than are asked one by one; in this many seconds from 2026-01-01 on."""
    connection.execute(
        "insert into whatsapp_message (business_id, direction, from_number, sent_at) "
        "select %(business)s, 'inbound', 300000000000000 + mod(i, %(people)s) || '@lid', "
        "'2026-01-01 00:00+00'::timestamptz + mod(i::bigint * i * 31, %(period)s) * interval '1 s' "
        "from generate_series(1, %(messages)s * %(people)s) i",
        {"business": business_id, "people": people, "messages": messages, "period": period},
    )


def add_flood(
    connection: Connection,
    business_id: int,
    count: int,
    spacing: str = "1 s",
    start: str = "2026-01-01 23:52+00",
    address: str = "+972507654321",
) -> None:
    """Many messages in one chat."""
    connection.execute(
        "insert into whatsapp_message (business_id, direction, from_number, sent_at) "
        "select %s, 'inbound', %s, %s::timestamptz + i * %s::interval "
        "from generate_series(1, %s) i",
        [business_id, address, start, spacing, count],
    )


def become_reader(connection: Connection, business_id: int) -> None:
    """From here on the policies decide."""
    connection.execute(
        "insert into onethread.business_member values (%s, 'onethread_reader')", [business_id]
    )
    connection.execute("set local role onethread_reader")


def count_pages_read(connection: Connection, business_id: int) -> int:
    """Database pages that a page of the inbox touches, once its plans are made.

    The fewest of some: the pages of the catalog count too, when other sessions' changes to it have
    emptied this one's caches.
    """
    query = "explain (analyze, buffers, format json) select * from onethread.list_inbox(%s)"
    plans = [scalar(connection, query, business_id)[0]["Plan"] for _ in range(4)]
    return min(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] for plan in plans)


def assert_inbox(connection: Connection, business_id: int, page_size: int) -> None:
    """The pages, one after another, are the whole inbox in order."""
    expected = connection.execute(INBOX_ORACLE, [business_id]).fetchall()
    assert read_inbox(connection, business_id, page_size) == expected


def read_inbox(connection: Connection, business_id: int, page_size: int) -> list[Any]:
    """(conversation, message) of every line, read page by page."""
    lines = read_pages(connection, "onethread.list_inbox(%s, %s, %s)", [business_id], page_size)
    return [(line.conversation_id, line.message_id) for line in lines]


def read_thread(
    connection: Connection, business_id: int, conversation_id: int, page_size: int
) -> list[int]:
    """Ids of all messages of a thread, read page by page."""
    parameters = [business_id, conversation_id]
    lines = read_pages(connection, "onethread.list_thread(%s, %s, %s, %s)", parameters, page_size)
    return [line.id for line in lines]


def read_pages(
    connection: Connection, function: str, parameters: list[Any], page_size: int
) -> list[Any]:
    """Rows of all pages; a page that is not the last one is full.

    The times are left out: Python has no infinity for them.
    """
    columns = "id" if "list_thread" in function else "conversation_id, message_id"
    found: list[Any] = []
    cursor = None
    while True:
        page = rows(
            connection,
            f"select {columns}, cursor from {function}",
            *parameters,
            cursor,
            page_size,
        )
        assert len(page) <= page_size
        found += page
        if len(page) < page_size:
            return found
        cursor = page[-1].cursor
