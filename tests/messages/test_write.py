"""insert_message(), insert_messages(), insert_events() and insert_evidence()."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

import onethread
from onethread.database import retry
from onethread.errors import UnknownBusiness
from onethread.messages import write
from onethread.messages.batches import json_array
from onethread.messages.statements import (
    FILL_PLACEHOLDERS,
    LIST_DIFFERENT,
    message_row,
    row_text,
)
from onethread.model.evidence import Evidence
from onethread.model.message import Message
from onethread.model.message_event import MessageEvent
from tests.conftest import Connection, add_business

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def autocommit(database: str) -> Iterator[Connection]:
    """A connection as the app opens it, to a database with business 1."""
    with psycopg.connect(database, autocommit=True) as connection:
        add_business(connection)
        yield connection


def messages(count: int, people: int = 7) -> list[Message]:
    """Messages of several people, all sent in the same second."""
    return [
        Message(
            direction="inbound",
            from_number=f"+97252111{9 - n % people:04}",
            body=str(n),
            provider_message_id=f"m{n}",
            sent_at=NOON,
        )
        for n in range(count)
    ]


def test_ids_follow_the_order_given_when_sent_at_is_equal(autocommit: Connection) -> None:
    result = onethread.insert_messages(autocommit, 1, messages(100), batch_size=30)
    assert (result.inserted, result.duplicates, result.rejected) == (100, 0, [])
    rows = autocommit.execute("select body from whatsapp_message order by sent_at, id").fetchall()
    assert [int(row[0]) for row in rows] == list(range(100))
    thread = onethread.thread(autocommit, 1, "+972521110009")
    assert [int(row["body"]) for row in thread] == list(range(98, -1, -7))


def test_duplicates_are_counted_when_inserted_again(autocommit: Connection) -> None:
    batch = messages(10)
    onethread.insert_messages(autocommit, 1, batch)
    result = onethread.insert_messages(autocommit, 1, [*batch, *batch, *messages(11)[10:]])
    assert (result.inserted, result.duplicates) == (1, 20)
    assert onethread.insert_message(autocommit, 1, batch[0]) is None


@pytest.mark.parametrize("statement", [FILL_PLACEHOLDERS, LIST_DIFFERENT], ids=["fill", "compare"])
def test_duplicates_are_looked_up_one_by_one_when_statistics_know_nothing_of_so_many(
    autocommit: Connection, statement: str
) -> None:
    """As in the first import into a new database: never all of the business for each."""
    batch = messages(500, 100)
    onethread.insert_messages(autocommit, 1, batch)
    rows = json_array([row_text(message_row(message)) for message in batch])
    explained = autocommit.execute(
        f"explain (analyze, format json) {statement}", {"business_id": 1, "rows": rows}
    ).fetchone()
    assert explained is not None
    assert _rows_met(explained[0][0]["Plan"]) < 30 * len(batch)


def _rows_met(node: dict[str, Any]) -> float:
    """Rows that a plan went through, in all of its nodes."""
    found = node["Actual Rows"] + sum(
        n for key, n in node.items() if key.startswith("Rows Removed")
    )
    return float(node["Actual Loops"] * found + sum(map(_rows_met, node.get("Plans", []))))


def test_positions_are_those_given_when_rows_are_refused(autocommit: Connection) -> None:
    batch = messages(50)
    for position in (0, 17, 49):
        batch[position] = Message(direction="inbound", from_number="+972521110001", lead_id=404)
    result = onethread.insert_messages(autocommit, 1, batch, batch_size=20)
    assert result.inserted == 47
    assert [position for position, _ in result.rejected] == [0, 17, 49]
    rows = autocommit.execute("select body from whatsapp_message order by id").fetchall()
    assert [int(row[0]) for row in rows] == [n for n in range(50) if n not in (0, 17, 49)]


def test_message_is_unlinked_when_its_address_is_nobody(autocommit: Connection) -> None:
    result = onethread.insert_messages(autocommit, 1, [Message(direction="inbound", body="x")])
    assert (result.inserted, result.unlinked) == (1, 1)


def test_business_is_named_when_it_does_not_exist(autocommit: Connection) -> None:
    for business_id in (404, 0, -1, 2**63, 10**30):
        with pytest.raises(UnknownBusiness, match=str(business_id)):
            onethread.insert_message(autocommit, business_id, messages(1)[0])
        with pytest.raises(UnknownBusiness, match=str(business_id)):
            onethread.insert_messages(autocommit, business_id, messages(2))


def test_nothing_happens_when_there_is_no_message(autocommit: Connection) -> None:
    assert onethread.insert_messages(autocommit, 1, []).inserted == 0


PLACEHOLDER = Message(
    direction="outbound",
    to_number="+972501110001",
    kind="placeholder",
    provider="meta_cloud",
    provider_message_id="wamid.1",
)
UNSUPPORTED = replace(PLACEHOLDER, kind="unsupported")
EMPTY = replace(PLACEHOLDER, kind="unknown")
CONTENT = replace(
    PLACEHOLDER,
    to_number="972501110001",
    kind="image",
    body="The plan",
    media={"id": "M1"},
    sent_at=datetime(2026, 1, 5, 8, 0, tzinfo=UTC),
    payload={"type": "image"},
)


def shown(connection: Connection) -> list[tuple[object, ...]]:
    return connection.execute(
        "select to_number, kind, body, media, sent_at, payload from whatsapp_message order by id"
    ).fetchall()


@pytest.mark.parametrize(
    "batches",
    [
        [[PLACEHOLDER], [CONTENT]],
        [[PLACEHOLDER], [PLACEHOLDER, CONTENT, replace(CONTENT, body="Another")]],
        [[PLACEHOLDER, CONTENT]],
        [[CONTENT, PLACEHOLDER]],
        [[CONTENT], [PLACEHOLDER]],
        [[CONTENT], [replace(CONTENT, body="Another")]],
        [[UNSUPPORTED], [CONTENT]],
        [[UNSUPPORTED, PLACEHOLDER], [UNSUPPORTED, CONTENT]],
        [[PLACEHOLDER], [UNSUPPORTED, CONTENT]],
        [[CONTENT], [UNSUPPORTED]],
        [[EMPTY], [CONTENT]],
        [[replace(EMPTY, kind="errors")], [EMPTY], [CONTENT]],
        [[replace(EMPTY, kind="text", body="")], [PLACEHOLDER], [CONTENT]],
        [[PLACEHOLDER], [EMPTY], [CONTENT]],
        [[CONTENT], [EMPTY]],
    ],
)
def test_content_is_there_when_a_placeholder_came_too(
    autocommit: Connection, batches: list[list[Message]]
) -> None:
    for batch in batches:
        onethread.insert_messages(autocommit, 1, batch)
    assert shown(autocommit) == [
        (
            CONTENT.to_number,
            CONTENT.kind,
            CONTENT.body,
            CONTENT.media,
            CONTENT.sent_at,
            CONTENT.payload,
        )
    ]


def test_placeholder_keeps_what_the_content_does_not_say(autocommit: Connection) -> None:
    early = replace(
        PLACEHOLDER, body="Open it on the phone.", sender_name="Noa", sent_at=CONTENT.sent_at
    )
    onethread.insert_message(autocommit, 1, early)
    onethread.insert_message(autocommit, 1, EMPTY)
    onethread.insert_message(autocommit, 1, replace(CONTENT, sent_at=None))
    [row] = autocommit.execute(
        "select kind, body, sender_name, sent_at from whatsapp_message"
    ).fetchall()
    assert row == ("image", "The plan", "Noa", CONTENT.sent_at)


@pytest.mark.parametrize(
    "stored", [replace(EMPTY, body="a text"), replace(EMPTY, media={"id": "1"}), CONTENT]
)
def test_message_that_says_something_is_never_filled(
    autocommit: Connection, stored: Message
) -> None:
    onethread.insert_message(autocommit, 1, stored)
    before = shown(autocommit)
    onethread.insert_message(autocommit, 1, replace(CONTENT, kind="text", body="Pay me instead"))
    assert shown(autocommit) == before


def test_message_is_named_when_it_is_another_under_a_stored_id(autocommit: Connection) -> None:
    other = replace(CONTENT, body="Another")
    batch = [CONTENT, UNSUPPORTED, other, CONTENT, replace(other, provider_message_id="wamid.2")]
    for inserted in (2, 0):
        result = onethread.insert_messages(autocommit, 1, batch)
        assert (result.inserted, result.different) == (inserted, [2])


def test_placeholder_is_filled_when_the_phone_is_somebody_elses_by_now(
    autocommit: Connection,
) -> None:
    names = ["876019134910105@lid"]
    onethread.insert_messages(
        autocommit, 1, [replace(PLACEHOLDER, contact_aliases=names, sent_at=CONTENT.sent_at)]
    )
    autocommit.execute(
        "insert into whatsapp_identity_evidence (business_id, a, b, relation, observed_at) "
        "values (1, '+972501110001', '+972501110009', 'replaced', '2026-02-01')"
    )
    onethread.insert_message(autocommit, 1, replace(CONTENT, contact_aliases=names))
    assert [row[1] for row in shown(autocommit)] == ["image"]


@pytest.mark.parametrize(
    "other",
    [
        replace(CONTENT, to_number="972501110002"),
        replace(CONTENT, direction="inbound", from_number="972501110001", to_number=None),
        replace(CONTENT, provider="twilio"),
        replace(CONTENT, provider_message_id="wamid.2"),
    ],
)
def test_placeholder_stays_when_the_content_is_anothers(
    autocommit: Connection, other: Message
) -> None:
    onethread.insert_messages(autocommit, 1, [PLACEHOLDER])
    for _ in range(2):
        onethread.insert_messages(autocommit, 1, [other])
    assert shown(autocommit)[0][1] == "placeholder"


def fail_with_deadlock(connection: Connection, times: int) -> None:
    """Makes the first inserts end in a deadlock; a sequence outlives their rollback."""
    connection.execute("create sequence failures")
    connection.execute(
        f"""
        create function deadlock() returns trigger language plpgsql as $$
        begin
          if nextval('failures') <= {times} then
            raise exception 'deadlock' using errcode = 'deadlock_detected';
          end if;
          return null;
        end $$
        """
    )
    connection.execute(
        "create trigger deadlock before insert on whatsapp_message execute function deadlock()"
    )


def test_insert_is_tried_again_when_it_meets_a_deadlock(
    autocommit: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    fail_with_deadlock(autocommit, retry.MAX_TRIES - 1)
    assert onethread.insert_messages(autocommit, 1, messages(3)).inserted == 3


def test_deadlock_is_raised_when_tries_run_out(
    autocommit: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    fail_with_deadlock(autocommit, 10**6)
    with pytest.raises(psycopg.errors.DeadlockDetected):
        onethread.insert_message(autocommit, 1, messages(1)[0])
    assert autocommit.execute("select last_value from failures").fetchone() == (retry.MAX_TRIES,)


def test_deadlock_is_the_callers_when_the_transaction_is(autocommit: Connection) -> None:
    fail_with_deadlock(autocommit, 1)
    with pytest.raises(psycopg.errors.DeadlockDetected), autocommit.transaction():
        onethread.insert_message(autocommit, 1, messages(1)[0])
    assert autocommit.execute("select last_value from failures").fetchone() == (1,)


def test_order_is_kept_when_addresses_are_shuffled(autocommit: Connection) -> None:
    batch = messages(60, people=60)
    random.Random(5).shuffle(batch)
    onethread.insert_messages(autocommit, 1, batch)
    rows = autocommit.execute("select body from whatsapp_message order by id").fetchall()
    assert [row[0] for row in rows] == [message.body for message in batch]


def test_events_are_inserted_once_when_given_again(autocommit: Connection) -> None:
    events = [
        MessageEvent(kind=kind, provider_message_id="m1", occurred_at=at, payload={"a": 1})
        for kind in ("sent", "delivered")
        for at in (None, NOON)
    ]
    result = write.insert_events(autocommit, 1, [*events, *events], batch_size=3)
    assert (result.inserted, result.duplicates, result.rejected) == (4, 4, [])
    rows = autocommit.execute(
        "select occurred_at from whatsapp_message_event where is_time_known"
    ).fetchall()
    assert rows == [(NOON,), (NOON,)]
    with pytest.raises(UnknownBusiness):
        write.insert_events(autocommit, 404, events)


def test_event_is_refused_alone_when_its_kind_is_unknown(autocommit: Connection) -> None:
    events = [
        MessageEvent(kind=kind, provider_message_id="x" * 300) for kind in ("sent", "bla", "read")
    ]
    result = write.insert_events(autocommit, 1, events)
    assert (result.inserted, [position for position, _ in result.rejected]) == (2, [1])


PAIR = Evidence(a="876019134910105@lid", b="+972521110001", source="test", observed_at=NOON)


def statements(connection: Connection) -> list[tuple[object, ...]]:
    """(keys, relation, source, observed_at, is it pending) of all evidence."""
    return connection.execute(
        "select a_key, b_key, relation, source, observed_at, applied_at is null "
        "from whatsapp_identity_evidence order by a_key, b_key"
    ).fetchall()


@pytest.mark.parametrize("is_first", [True, False])
def test_threads_are_one_when_evidence_is_inserted(autocommit: Connection, is_first: bool) -> None:
    if is_first:
        assert onethread.insert_evidence(autocommit, 1, [PAIR]).inserted == 1
    for address in (PAIR.a, PAIR.b):
        onethread.insert_message(
            autocommit, 1, Message(direction="inbound", from_number=address, sent_at=NOON)
        )
    if not is_first:
        assert onethread.insert_evidence(autocommit, 1, [PAIR]).inserted == 1
    assert onethread.find_conversation(autocommit, 1, PAIR.a) == onethread.find_conversation(
        autocommit, 1, PAIR.b
    )
    [statement] = statements(autocommit)
    keys = ("lid::876019134910105", "phone::+972521110001")
    assert statement == (*keys, "same", "test", NOON, False)


def test_statement_is_kept_once_with_its_earliest_time_when_it_is_repeated(
    autocommit: Connection,
) -> None:
    turned = replace(PAIR, a=PAIR.b, b=PAIR.a)
    later = replace(PAIR, observed_at=NOON + timedelta(days=1), source="later")
    earlier = replace(PAIR, observed_at=NOON - timedelta(days=1), source="earlier")
    unreadable = replace(PAIR, b="nobody")
    result = onethread.insert_evidence(autocommit, 1, [PAIR, turned, later, earlier, unreadable])
    assert (result.inserted, result.duplicates, result.rejected) == (2, 3, [])
    again = onethread.insert_evidence(autocommit, 1, [unreadable, earlier, turned])
    assert (again.inserted, again.duplicates) == (0, 3)
    [read, inert] = statements(autocommit)
    assert read[3:5] == ("earlier", NOON - timedelta(days=1))
    assert inert[:2] == (None, None)


def test_evidence_has_its_time_of_arrival_when_the_provider_gives_none(
    autocommit: Connection,
) -> None:
    onethread.insert_evidence(autocommit, 1, [replace(PAIR, observed_at=None)])
    [age] = autocommit.execute("select now() - observed_at from whatsapp_identity_evidence")
    assert timedelta() <= age[0] < timedelta(minutes=5)


def test_others_go_in_when_the_database_refuses_a_statement(autocommit: Connection) -> None:
    evidence = [replace(PAIR, b=f"+97252111{number:04}") for number in range(7)]
    evidence[3] = replace(PAIR, relation="guess")
    result = onethread.insert_evidence(autocommit, 1, evidence, batch_size=4)
    assert (result.inserted, [position for position, _ in result.rejected]) == (6, [3])


def test_business_of_evidence_is_named_when_it_does_not_exist(autocommit: Connection) -> None:
    with pytest.raises(UnknownBusiness, match="404"):
        onethread.insert_evidence(autocommit, 404, [PAIR])


def test_evidence_waits_when_somebody_holds_the_thread(
    autocommit: Connection, database: str
) -> None:
    """It is stored all the same, and applied later."""
    for address in (PAIR.a, PAIR.b):
        onethread.insert_message(
            autocommit, 1, Message(direction="inbound", from_number=address, sent_at=NOON)
        )
    with psycopg.connect(database) as holder:
        holder.execute("select from whatsapp_conversation for update")
        assert onethread.insert_evidence(autocommit, 1, [PAIR]).inserted == 1
        assert statements(autocommit)[0][5] is True
    [[pending]] = autocommit.execute("select onethread.apply_pending_evidence(1)").fetchall()
    assert pending == 0
    assert onethread.find_conversation(autocommit, 1, PAIR.a) == onethread.find_conversation(
        autocommit, 1, PAIR.b
    )
