"""Times that cannot be: nothing hangs, nothing is lost, and none of them is stored."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from tests.conftest import Connection, add_business, insert
from tests.sql.query import message as message_row
from tests.sql.query import rows, scalar

# What other languages cannot read, or nothing of ours is older than.
UNREADABLE = ("0001-01-01 00:00+00", "1969-12-31 23:59+00", "-infinity", "infinity", "55874-01-01")
# Readable, and yet nobody sent a message then: a clock that was never set, one that runs ahead.
IMPOSSIBLE = (
    "1970-01-01 00:00+00",
    "2008-12-31 23:59:59.999999+00",
    (datetime.now(UTC) + timedelta(hours=25)).isoformat(),
    "9999-01-01 00:00+00",
)
ABSURD = UNREADABLE + IMPOSSIBLE
SEND_AFTER = {
    "infinity": 9999,
    "55874-01-01": 9999,
    IMPOSSIBLE[1]: 2008,
    IMPOSSIBLE[2]: datetime.fromisoformat(IMPOSSIBLE[2]).year,
    IMPOSSIBLE[3]: 9999,
}
PHONE, LID, GROUP = "+972501234567", "871000000000001@lid", "120363020000000001@g.us"


@pytest.fixture(autouse=True)
def _impatient(connection: Connection) -> None:
    """What hangs is an error here, not a test run that never ends."""
    connection.execute("set local statement_timeout = '20s'")


def copy(connection: Connection, table: str, columns: str, *records: tuple[Any, ...]) -> None:
    """Stores rows as a bulk loader does."""
    with connection.cursor().copy(f"copy {table} ({columns}) from stdin") as stream:
        for record in records:
            stream.write_row(record)


@pytest.mark.parametrize("is_known", [True, False])
@pytest.mark.parametrize("address", [PHONE, LID, GROUP])
@pytest.mark.parametrize("way", ["insert", "copy"])
def test_message_arrives_now_when_it_says_a_time_that_cannot_be(
    connection: Connection, business_id: int, way: str, address: str, is_known: bool
) -> None:
    if is_known:
        insert(connection, business_id, "inbound", address=address)
    for sent_at in ABSURD:
        if way == "insert":
            insert(connection, business_id, "inbound", address=address, sent_at=sent_at)
        else:
            copy(
                connection,
                "whatsapp_message",
                "business_id, direction, from_number, sent_at",
                (business_id, "inbound", address, sent_at),
            )
    stored = rows(
        connection,
        "select conversation_id, sent_at = created_at and sent_at = now() from whatsapp_message "
        "where business_id = %s",
        business_id,
    )
    assert len(stored) == len(ABSURD) + is_known
    assert len({row[0] for row in stored}) == 1
    assert stored[0][0] is not None
    assert {row[1] for row in stored} == {True}


@pytest.mark.parametrize("columns", [{"contact_aliases": [LID]}, {"lead_id": 1}, {}])
def test_message_is_linked_when_the_long_way_meets_such_a_time(
    connection: Connection, business_id: int, columns: dict[str, Any]
) -> None:
    if "lead_id" in columns:
        columns = {
            "lead_id": scalar(
                connection, "insert into lead (business_id) values (%s) returning id", business_id
            )
        }
    made = [
        insert(connection, business_id, "inbound", address=PHONE, sent_at=sent_at, **columns)
        for sent_at in ABSURD
    ]
    assert len({message.conversation_id for message in made}) == 1
    assert made[0].conversation_id is not None


def test_other_times_of_a_message_can_be_read_when_they_are_absurd(
    connection: Connection, business_id: int
) -> None:
    for absurd in ABSURD:
        message = insert(
            connection,
            business_id,
            "outbound",
            address=PHONE,
            created_at=absurd,
            sent_at=absurd,
            send_after=absurd,
        )
        assert message.created_at == message.sent_at == scalar(connection, "select now()")
        # Whoever holds a message back for good goes on holding it back.
        assert message.send_after.year == SEND_AFTER.get(absurd, 1970)


@pytest.mark.parametrize("absurd", ABSURD, ids=range(len(ABSURD)))
def test_time_of_arrival_is_kept_when_an_update_says_a_time_that_cannot_be(
    connection: Connection, business_id: int, absurd: str
) -> None:
    message = insert(
        connection, business_id, "inbound", address=PHONE, created_at="2026-01-01 10:00+00"
    )
    connection.execute(
        "update whatsapp_message set sent_at = %s, created_at = %s where id = %s",
        [absurd, absurd, message.id],
    )
    stored = message_row(connection, message.id)
    assert stored.conversation_id == message.conversation_id
    assert stored.sent_at == stored.created_at == message.created_at


@pytest.mark.parametrize(
    "sent_at",
    [
        "2009-01-01 00:00+00",
        "2019-05-05 12:00+00",
        (datetime.now(UTC) + timedelta(hours=23)).isoformat(),
    ],
    ids=["first", "history", "ahead"],
)
@pytest.mark.parametrize("way", ["insert", "copy", "update"])
def test_time_is_kept_when_it_can_be(
    connection: Connection, business_id: int, way: str, sent_at: str
) -> None:
    """History has its own times, and a sender's clock may be ahead."""
    if way == "copy":
        columns = "business_id, direction, from_number, sent_at"
        values = (business_id, "inbound", PHONE, sent_at)
        copy(connection, "whatsapp_message", columns, values)
    else:
        given = {"sent_at": sent_at} if way == "insert" else {}
        insert(connection, business_id, "inbound", address=PHONE, **given)
    if way == "update":
        connection.execute(
            "update whatsapp_message set sent_at = %s where business_id = %s",
            [sent_at, business_id],
        )
    query = "select sent_at = %s::timestamptz from whatsapp_message where business_id = %s"
    assert scalar(connection, query, sent_at, business_id)


def test_message_is_sent_when_it_is_sent_though_it_was_written_long_before(
    connection: Connection, business_id: int
) -> None:
    """A scheduled one; and so it is restored."""
    for sent_at in ("2026-03-01 10:00+00", None):
        message = insert(
            connection,
            business_id,
            "outbound",
            address=PHONE,
            created_at="2026-01-01 10:00+00",
            **({"sent_at": sent_at} if sent_at else {}),
        )
        if sent_at is None:
            connection.execute(
                "update whatsapp_message set sent_at = now() where id = %s", [message.id]
            )
        stored = message_row(connection, message.id)
        assert stored.sent_at > stored.created_at + timedelta(days=50)


def test_messages_stand_as_they_came_when_their_times_cannot_be(
    connection: Connection, business_id: int
) -> None:
    """Delivered in one batch, each of them, and each again: nothing is lost, nothing twice."""
    for _ in range(2):
        connection.execute(
            "insert into whatsapp_message "
            "(business_id, direction, from_number, body, provider_message_id, sent_at) "
            "select %s, 'inbound', %s, t.place, 'A' || t.place, t.sent_at::timestamptz "
            "from unnest(%s::text[]) with ordinality as t (sent_at, place) order by t.place "
            "on conflict do nothing",
            [business_id, PHONE, list(ABSURD)],
        )
    conversation_id = scalar(
        connection, "select conversation_id from whatsapp_message where business_id = %s limit 1",
        business_id,
    )  # fmt: skip
    thread = rows(
        connection, "select body from onethread.list_thread(%s, %s)", business_id, conversation_id
    )
    assert [row.body for row in thread] == [str(place) for place in range(len(ABSURD), 0, -1)]


def test_mark_of_the_backfill_is_gone_when_a_row_is_inserted_with_it(
    connection: Connection, business_id: int
) -> None:
    """A dump of a database that was not back-filled yet, restored into this one."""
    insert(connection, business_id, "inbound", address=PHONE)
    message = insert(
        connection,
        business_id,
        "inbound",
        address=PHONE,
        sent_at="1970-01-01 00:00+00",
        created_at="2026-01-01 10:00+00",
        is_backfill_pending=True,
    )
    assert not message.is_backfill_pending
    assert message.sent_at == message.created_at


@pytest.mark.parametrize("way", ["insert", "copy", "update"])
def test_evidence_holds_from_the_beginning_when_it_is_older_than_time(
    connection: Connection, business_id: int, way: str
) -> None:
    for number, absurd in enumerate(ABSURD):
        a, b = f"+97250111110{number}", f"87200000000000{number}@lid"
        values = (business_id, a, b, "same", absurd)
        columns = "business_id, a, b, relation, observed_at"
        if way == "copy":
            copy(connection, "whatsapp_identity_evidence", columns, values)
        else:
            time = absurd if way == "insert" else "2026-01-01"
            connection.execute(
                f"insert into whatsapp_identity_evidence ({columns}) values (%s, %s, %s, %s, %s)",
                [*values[:4], time],
            )
        if way == "update":
            connection.execute(
                "update whatsapp_identity_evidence set observed_at = %s "
                "where business_id = %s and observed_at = '2026-01-01'",
                [absurd, business_id],
            )
        first = insert(connection, business_id, "inbound", address=a)
        assert insert(connection, business_id, "inbound", address=b).conversation_id == (
            first.conversation_id
        )
    times = rows(
        connection,
        "select case observed_at when 'epoch' then 'beginning' when created_at then 'now' end, "
        "applied_at is not null from whatsapp_identity_evidence where business_id = %s order by id",
        business_id,
    )
    beginning, now = ("beginning", True), ("now", True)
    assert times == [beginning] * 3 + [now] * 2 + [beginning] + [now] * 3


def test_restored_evidence_is_kept_when_its_times_cannot_be(
    connection: Connection, business_id: int
) -> None:
    connection.execute(
        "insert into whatsapp_identity_evidence "
        "(business_id, a, b, relation, observed_at, a_at, b_at, applied_at, created_at) "
        "values (%s, 'x', 'y', 'merged', '-infinity', '-infinity', 'infinity', 'infinity', "
        "'-infinity')",
        [business_id],
    )
    [row] = rows(
        connection,
        "select observed_at = 'epoch' as a, a_at = 'epoch' as b, b_at < '9999-12-31' as c, "
        "applied_at < '9999-12-31' as d, created_at = now() as e from whatsapp_identity_evidence "
        "where business_id = %s",
        business_id,
    )
    assert row == (True,) * 5


@pytest.mark.parametrize("way", ["insert", "copy", "update"])
def test_event_happened_now_when_it_says_a_time_that_cannot_be(
    connection: Connection, business_id: int, way: str
) -> None:
    message = insert(
        connection, business_id, "outbound", address=PHONE, provider_message_id="3EB0AA"
    )
    for number, absurd in enumerate(ABSURD):
        columns = "business_id, kind, provider_message_id, provider_event_id, address, occurred_at"
        time = "2026-01-01" if way == "update" else absurd
        values = (business_id, "read", "3EB0AA", str(number), PHONE, time)
        for _ in range(2):  # a provider repeats itself: the same event each time
            if way == "copy" and not number:
                copy(connection, "whatsapp_message_event", columns, values)
                break
            connection.execute(
                f"insert into whatsapp_message_event ({columns}) "
                "values (%s, %s, %s, %s, %s, %s) on conflict do nothing",
                values,
            )
        if way == "update":
            connection.execute(
                "update whatsapp_message_event set occurred_at = %s "
                "where business_id = %s and occurred_at = '2026-01-01'",
                [absurd, business_id],
            )
    assert rows(
        connection,
        "select occurred_at = now() as is_now, occurred_at = created_at as is_same, is_time_known "
        "from whatsapp_message_event where business_id = %s",
        business_id,
    ) == [(True, True, False)] * len(ABSURD)
    assert scalar(
        connection,
        "select s.status from onethread.list_thread(%s, %s) s",
        business_id,
        message.conversation_id,
    ) == "read"  # fmt: skip


def test_search_for_an_owner_ends_when_there_is_none(
    connection: Connection, business_id: int
) -> None:
    """Whoever asks for a time before all time; the loop ends by itself."""
    insert(connection, business_id, "inbound", address=PHONE, contact_aliases=[LID])
    with pytest.raises(psycopg.errors.SerializationFailure, match="nobody has phone"):
        connection.execute(
            "select onethread.resolve_conversation(%s, null, "
            "array[onethread.read_address(%s, null)], '-infinity', 'test')",
            [business_id, PHONE],
        )


def test_every_time_of_ours_is_held_by_a_check(connection: Connection) -> None:
    """Of all tables but the four that may be a CRM's: any language can read what is stored."""
    unchecked = rows(
        connection,
        """
        select c.oid::regclass::text, a.attname
        from pg_class c
        inner join pg_attribute a
          on a.attrelid = c.oid and a.attnum > 0 and a.atttypid = 'timestamptz'::regtype
        where c.relnamespace in ('public'::regnamespace, 'onethread'::regnamespace)
          and c.relkind = 'r'
          and c.relname not in ('business', 'lead', 'whatsapp_conversation', 'whatsapp_message')
          and not exists (
            select
            from pg_constraint k
            where k.conrelid = c.oid
              and k.contype = 'c'
              and a.attnum = any (k.conkey)
              and pg_get_constraintdef(k.oid) ~ '1970-01-01'
              and pg_get_constraintdef(k.oid) ~ '9999-12-31'
          )
        """,
    )
    assert unchecked == []


def test_identity_is_refused_when_its_time_cannot_be(connection: Connection) -> None:
    business_id = add_business(connection)
    for absurd in UNREADABLE:
        with pytest.raises(psycopg.errors.CheckViolation), connection.transaction():
            connection.execute(
                "insert into whatsapp_identity (business_id, kind, value, match_value, valid_from) "
                "values (%s, 'lid', '871000000000001', '871000000000001', %s)",
                [business_id, absurd],
            )


def test_hours_until_midnight_are_counted_to_the_end_of_the_day(
    connection: Connection, business_id: int
) -> None:
    """00:00, which every language can read, is the end of the day; 24:00, which few can, is not."""
    insert_hours = "insert into onethread.business_hour values (%s, 1, '20:00', %s)"
    connection.execute(insert_hours, [business_id, "00:00"])
    monday, tuesday = "2026-03-02 21:00+00", "2026-03-03 10:00+00"
    query = "select onethread.open_time(%s, %s, %s)::text"
    assert scalar(connection, query, business_id, monday, tuesday) == "03:00:00"
    assert scalar(connection, query, business_id, monday, "2026-03-23 21:00+00") == "12:00:00"
    for closes_at in ("24:00", "19:00", "20:00"):
        with pytest.raises(psycopg.errors.CheckViolation), connection.transaction():
            connection.execute(insert_hours, [business_id, closes_at])
