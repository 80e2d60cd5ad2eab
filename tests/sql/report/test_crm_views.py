"""The CRM's views against what Python makes of the same rows, on random data."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.catalog import OUR_SCHEMAS
from tests.conftest import Connection, add_business, insert
from tests.sql.query import add_lead, rows, scalar

ZONE = ZoneInfo("Asia/Jerusalem")
NOT_SENT = {"queued", "sending", "failed"}
INBOUND = ("in", "Inbound", "received")
OUTBOUND = ("out", "OUTBOUND", "sent")
SOURCES = ("webhook", "gateway", "bot", "Agent", "automation", "", None)
# Weekday (1 Monday) -> opening hours; the week has a day with two and a day with none.
HOURS = {
    7: [(time(9), time(17))],
    1: [(time(9), time(13)), (time(14, 30), time(18))],
    2: [(time(0), time(23, 59))],
    4: [(time(8, 15), time(12))],
}


@dataclass
class World:
    """A business with people and messages, and its messages as they are stored."""

    connection: Connection
    business_id: int
    messages: list[Any]
    parted: set[int] = field(default_factory=set)
    """Conversations whose join was undone."""

    def thread(self, conversation_id: int) -> list[Any]:
        """The messages of a conversation in order, each once."""
        return [m for m in self.messages if m.conversation_id == conversation_id]

    def view(self, name: str) -> list[Any]:
        """All rows of a view of the business."""
        return rows(
            self.connection, f"select * from {name} where business_id = %s", self.business_id
        )

    @property
    def people(self) -> list[int]:
        """Ids of the conversations of persons."""
        return [
            row.id
            for row in rows(
                self.connection,
                "select id from whatsapp_conversation where business_id = %s and kind = 'person' "
                "order by id",
                self.business_id,
            )
        ]


@pytest.fixture(params=range(4))
def world(connection: Connection, request: pytest.FixtureRequest) -> World:
    """Some 300 messages at close and equal times: copies, groups, queued ones, another tenant."""
    generator = random.Random(request.param)
    business_id = add_business(connection)
    connection.execute("update business set time_zone = %s where id = %s", [ZONE.key, business_id])
    for weekday, spans in HOURS.items():
        for opens_at, closes_at in spans:
            connection.execute(
                "insert into onethread.business_hour values (%s, %s, %s, %s)",
                [business_id, weekday, opens_at, closes_at],
            )
    lead = add_lead(connection, business_id, "0500000001", "Lead One")
    for owner in (business_id, add_business(connection, "Other")):
        insert_random(connection, owner, generator)
    first = scalar(connection, "select onethread.find_conversation(%s, '0500000002')", business_id)
    for row in rows(
        connection,
        "select id from whatsapp_message where conversation_id = %s order by random() limit 3",
        first,
    ):
        connection.execute("select onethread.mark_read(%s, %s, %s)", [business_id, first, row.id])
    assert lead
    return World(connection, business_id, read_messages(connection, business_id))


def read_messages(connection: Connection, business_id: int) -> list[Any]:
    """The messages in threads in order, each once."""
    return rows(
        connection,
        "select *, onethread.message_direction(direction) as side from whatsapp_message "
        "where business_id = %s and conversation_id is not null and duplicate_of is null "
        "order by sent_at, id",
        business_id,
    )


def insert_random(connection: Connection, business_id: int, generator: random.Random) -> None:
    """Inserts the messages of a business."""
    for number in range(150):
        inbound = generator.random() < 0.5
        person = f"050000000{generator.randrange(6)}"
        address = generator.choice([person, person, f"+972{person[1:]}", "1234567890-1@g.us", "x"])
        sent_at = datetime(2026, 3, 20, tzinfo=UTC) + timedelta(
            minutes=15 * generator.randrange(1500)
        )
        message = insert(
            connection,
            business_id,
            generator.choice(INBOUND if inbound else OUTBOUND),
            address=address,
            body=f"message {number}",
            source=generator.choice(SOURCES),
            status=None if inbound else generator.choice([None, None, "sent", *NOT_SENT]),
            sent_at=sent_at,
        )
        if generator.random() < 0.1 and message.conversation_id:
            insert(connection, business_id, message.direction, address=address,
                   sent_at=sent_at + timedelta(hours=1), duplicate_of=message.id)  # fmt: skip


def is_inbound(message: Any) -> bool:
    return bool(message.side == "inbound")


def is_sent(message: Any) -> bool:
    return message.side == "outbound" and message.status not in NOT_SENT


def is_answer(message: Any) -> bool:
    return is_sent(message) and source_of(message) != "automation"


def source_of(message: Any) -> str:
    return (message.source or "").lower() or "unknown"


def last_sent(thread: list[Any], is_counted: Callable[[Any], bool] = is_sent) -> int:
    """Position of the business's last message, -1 without one."""
    return max((i for i, m in enumerate(thread) if is_counted(m)), default=-1)


def open_time(start: datetime, end: datetime) -> timedelta:
    """Opening hours between two moments on the business's clock, day by day."""
    since, until = (at.astimezone(ZONE).replace(tzinfo=None) for at in (start, end))
    total = timedelta()
    for number in range((until.date() - since.date()).days + 1):
        day = since.date() + timedelta(days=number)
        for opens, closes in HOURS.get(day.isoweekday(), []):
            overlap = min(until, datetime.combine(day, closes)) - max(
                since, datetime.combine(day, opens)
            )
            total += max(overlap, timedelta())
    return total


def test_conversation_tells_last_times_and_what_waits(world: World) -> None:
    found = {row.conversation_id: row for row in world.view("crm_conversation")}
    assert set(found) == {m.conversation_id for m in world.messages} | set(world.people)
    for conversation_id, row in found.items():
        thread = world.thread(conversation_id)
        inbound = [m for m in thread if is_inbound(m)]
        sent = [m for m in thread if is_sent(m)]
        assert row.first_message_at == (thread[0].sent_at if thread else None)
        assert row.last_message_at == (thread[-1].sent_at if thread else None)
        assert row.last_inbound_at == (inbound[-1].sent_at if inbound else None)
        assert row.last_outbound_at == (sent[-1].sent_at if sent else None)
        assert row.reply_address == (
            inbound[-1].from_number or inbound[-1].to_number if inbound else row.identifiers[0]
        )
        assert row.service_window_until == (
            inbound[-1].sent_at + timedelta(hours=24) if inbound else None
        )
        assert row.unanswered == sum(map(is_inbound, thread[last_sent(thread, is_answer) + 1 :]))
        mark = rows(
            world.connection,
            "select sent_at, message_id from onethread.conversation_read where conversation_id = "
            "%s",
            conversation_id,
        )
        assert row.unread == sum((m.sent_at, m.id) > mark[0] if mark else True for m in inbound)
    named = [row for row in found.values() if row.lead_id]
    assert [row.display_name for row in named] == ["Lead One"]


def test_unanswered_person_waits_since_the_first_message_without_an_answer(world: World) -> None:
    expected = {}
    for conversation_id in world.people:
        thread = world.thread(conversation_id)
        if waiting := [m for m in thread[last_sent(thread, is_answer) + 1 :] if is_inbound(m)]:
            expected[conversation_id] = waiting[0]
    found = {row.conversation_id: row for row in world.view("crm_unanswered")}
    assert set(found) == set(expected)
    now = scalar(world.connection, "select now()")
    for conversation_id, row in found.items():
        asked = expected[conversation_id]
        assert (row.message_id, row.waiting_since) == (asked.id, asked.sent_at)
        assert row.waiting_time == now - asked.sent_at


def list_answers(world: World) -> list[tuple[Any, ...]]:
    """The rows of crm_response_time that Python makes of the threads, oldest first."""
    expected = []
    for conversation_id in world.people:
        asked, is_first = None, True
        for message in world.thread(conversation_id):
            if is_inbound(message):
                asked = asked or message
            elif is_answer(message) and asked:
                expected.append(
                    (
                        message.sent_at,
                        message.id,
                        conversation_id,
                        asked.id,
                        asked.sent_at,
                        source_of(message),
                        message.sent_at.astimezone(ZONE).date(),
                        message.sent_at - asked.sent_at,
                        open_time(asked.sent_at, message.sent_at),
                        is_first,
                    )
                )
                asked, is_first = None, False
    return sorted(expected)


def list_found(connection: Connection, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
    """The same, of what a query found."""
    return sorted(
        (r.answered_at, r.message_id, r.conversation_id, r.asked_message_id, r.asked_at, r.source,
         r.day, r.response_time, r.response_open_time, r.is_first)
        for r in rows(connection, query, *parameters)
    )  # fmt: skip


OF_A_TIME = "select * from onethread.list_response_times(%s, %s, %s)"


def test_response_time_is_that_of_each_answer(world: World) -> None:
    expected = list_answers(world)
    assert len(expected) > 5
    view = "select * from crm_response_time where business_id = %s"
    assert list_found(world.connection, view, world.business_id) == expected
    ever = [world.business_id, "-infinity", "infinity"]
    assert list_found(world.connection, OF_A_TIME, *ever) == expected


def test_response_times_of_some_days_are_those_of_the_whole_thread(world: World) -> None:
    """What was asked, or answered, may be older than the days."""
    generator = random.Random(len(world.messages))
    for _ in range(3):
        change_random(world, generator)
        expected = list_answers(world)
        for hours in (1, 30, 200):
            since = generator.choice(world.messages).sent_at
            until = since + timedelta(hours=hours)
            found = list_found(world.connection, OF_A_TIME, world.business_id, since, until)
            assert found == [answer for answer in expected if since <= answer[0] < until]


def change_random(world: World, generator: random.Random) -> None:
    """Joins two people, or not for long; moves, deletes, fails some messages; one comes late."""
    connection, business_id = world.connection, world.business_id
    # An undone join says that they are two people: it cannot be made again.
    one, other = generator.sample([i for i in world.people if i not in world.parted], 2)
    merge = "select onethread.merge_conversations(%s, %s, %s, 'test')"
    merge_id = scalar(connection, merge, business_id, one, other)
    some = generator.sample(world.messages, 12)
    for change, changed in (
        ("update whatsapp_message set sent_at = sent_at + interval '7 hours'", some[:3]),
        ("update whatsapp_message set status = 'failed'", some[3:6]),
        ("update whatsapp_message set source = 'automation'", some[6:9]),
        ("delete from whatsapp_message", some[9:]),
    ):
        connection.execute(
            f"{change} where business_id = %s and id = any (%s)",
            [business_id, [message.id for message in changed]],
        )
    if generator.random() < 0.5:
        connection.execute("select onethread.undo_merge(%s, %s)", [business_id, merge_id])
        world.parted |= {one, other}
    insert(connection, business_id, "in", address="0500000003", sent_at=some[0].sent_at)
    world.messages = read_messages(connection, business_id)


@pytest.mark.parametrize("condition", ["true", "day >= '2026-03-27' and day < '2026-03-30'"])
def test_daily_activity_counts_messages_and_people(world: World, condition: str) -> None:
    expected: dict[tuple[date, str], list[Any]] = defaultdict(list)
    for message in world.messages:
        day = message.sent_at.astimezone(ZONE).date()
        if message.status not in NOT_SENT and (
            condition == "true" or date(2026, 3, 27) <= day < date(2026, 3, 30)
        ):
            expected[day, source_of(message)].append(message)
    found = rows(
        world.connection,
        f"select * from crm_daily_activity where business_id = %s and {condition}",
        world.business_id,
    )
    assert {(r.day, r.source): (r.messages_in, r.messages_out, r.people) for r in found} == {
        key: (
            sum(map(is_inbound, messages)),
            sum(map(is_sent, messages)),
            len({m.conversation_id for m in messages}),
        )
        for key, messages in expected.items()
    }


@pytest.mark.parametrize("seed", range(3))
def test_open_time_is_that_of_each_day(connection: Connection, world: World, seed: int) -> None:
    """Also over several weeks and over the shift of the clock on 27 March 2026."""
    generator = random.Random(seed)
    for length in (0, 1, 60, 24 * 60, 7 * 24 * 60, 23 * 24 * 60):
        start = datetime(2026, 3, 10, tzinfo=UTC) + timedelta(minutes=generator.randrange(60_000))
        end = start + timedelta(minutes=length + generator.randrange(2) * 13)
        got = scalar(
            connection, "select onethread.open_time(%s, %s, %s)", world.business_id, start, end
        )
        assert got == open_time(start, end), (start, end)
    assert (
        scalar(connection, "select onethread.open_time(%s, now(), 'infinity')", world.business_id)
        is None
    )


def test_days_are_listed_when_a_time_is_absurd(connection: Connection, business_id: int) -> None:
    for sent_at in ("-infinity", "0001-01-01 BC", "2026-01-01", "2026-01-01", "9999-01-01",
                    "infinity"):  # fmt: skip
        connection.execute(
            "insert into whatsapp_message (business_id, direction, from_number, sent_at) "
            "values (%s, 'in', '0501234567', %s)",
            [business_id, sent_at],
        )
    days = rows(
        connection,
        "select d.day::text, d.misdated from onethread.list_active_days(%s, 'UTC') as d",
        business_id,
    )
    today = scalar(connection, "select (now() at time zone 'UTC')::date::text")
    assert [tuple(day) for day in days] == [("2026-01-01", []), (today, [])]
    assert [
        tuple(row)
        for row in rows(
            connection,
            "select day::text, messages_in from crm_daily_activity where business_id = %s",
            business_id,
        )
    ] == [("2026-01-01", 2), (today, 4)]
    rows(connection, "select message_id from crm_response_time where business_id = %s", business_id)


def test_two_leads_see_the_thread_when_both_claim_the_person(
    connection: Connection, business_id: int
) -> None:
    first = add_lead(connection, business_id, "0501234567", "First")
    one = insert(connection, business_id, "in", address="0501234567", body="one")
    second = add_lead(connection, business_id, "+972501234567", "Second")
    named = insert(connection, business_id, "in", address="0507654321", lead_id=second, body="two")
    assert (
        scalar(
            connection,
            "select lead_id from whatsapp_conversation where id = %s",
            one.conversation_id,
        )
        == first
    )
    query = "select message_id from crm_lead_timeline where lead_id = %s and business_id = %s"
    of_first = {row.message_id for row in rows(connection, query, first, business_id)}
    of_second = {row.message_id for row in rows(connection, query, second, business_id)}
    assert one.id in of_first
    assert {one.id, named.id} <= of_second


def test_merge_is_told_when_conversations_are_joined_and_parted(
    connection: Connection, business_id: int
) -> None:
    lead = add_lead(connection, business_id, "0501234567", "First")
    one = insert(connection, business_id, "in", address="0501234567")
    two = insert(connection, business_id, "in", address="123456789012345@lid")
    merge = scalar(
        connection, "select onethread.merge_conversations(%s, %s, %s, 'same voice')",
        business_id, one.conversation_id, two.conversation_id,
    )  # fmt: skip
    timeline = rows(
        connection, "select entry, body from crm_lead_timeline where lead_id = %s", lead
    )
    assert sorted(row.entry for row in timeline) == ["merged", "message", "message"]
    assert any("same voice" in (row.body or "") for row in timeline)
    connection.execute("select onethread.undo_merge(%s, %s)", [business_id, merge])
    changes = rows(
        connection,
        "select change, reason, id from crm_identity_change where business_id = %s "
        "and conversation_id = %s and other_conversation_id = %s order by changed_at",
        business_id, one.conversation_id, two.conversation_id,
    )  # fmt: skip
    assert changes == [("merged", "same voice", merge), ("merge undone", "same voice", merge)]


def test_identifiers_and_conflicts_are_told(connection: Connection, business_id: int) -> None:
    insert(connection, business_id, "in", address="111111111111111@lid",
           contact_aliases=["+972501234567"])  # fmt: skip
    insert(connection, business_id, "in", address="222222222222222@lid",
           contact_aliases=["+972501234567"])  # fmt: skip
    changes = {row.change for row in rows(connection, "select * from crm_identity_change")}
    assert {"identifier", "passed on", "conflict"} <= changes


def test_column_has_comment_when_the_view_is_the_crms(connection: Connection) -> None:
    missing = rows(
        connection,
        "select c.relname, a.attname from pg_class c "
        "inner join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 "
        f"where c.relkind = 'v' and c.relnamespace in {OUR_SCHEMAS} "
        "and (c.relname ~ '^crm_' or c.relname in ('unlinked_message', 'thread_integrity')) "
        "and col_description(c.oid, a.attnum) is null",
    )
    assert missing == []
