"""Answers that are queued and sent while their people are joined, parted, and change numbers."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.concurrency.sessions import Connection, create_business, run_together, run_until_blocked
from tests.conftest import insert
from tests.sql.query import rows, scalar

P1, P2, BSUID = "+972501111111", "+972502222222", "IL.1001"
CLAIM = "select * from onethread.claim_queued_messages(%s, %s, '1 min')"


@pytest.fixture
def session(database: str) -> Iterator[Connection]:
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection


@pytest.fixture
def business_id(database: str) -> int:
    return create_business(database)


def asked(connection: Connection, business_id: int, address: str, **columns: Any) -> int:
    row = insert(connection, business_id, "inbound", from_number=address, **columns)
    return int(row.conversation_id)


def replace(connection: Connection, business_id: int, old: str, new: str) -> None:
    connection.execute(
        "insert into whatsapp_identity_evidence (business_id, a, b, relation, observed_at) "
        "values (%s, %s, %s, 'replaced', clock_timestamp())",
        [business_id, old, new],
    )


def answer(connection: Connection, business_id: int, conversation_id: int, **columns: Any) -> Any:
    columns = {"body": "Hello", "status": "queued"} | columns
    return insert(connection, business_id, "outbound", conversation_id=conversation_id, **columns)


@pytest.mark.parametrize("by_function", [True, False])
@pytest.mark.parametrize("address", [P1, P2])
def test_answer_queued_during_a_merge_stands_in_the_survivor(
    database: str, session: Connection, business_id: int, by_function: bool, address: str
) -> None:
    """Also when its address is not one of the thread's: then nothing else makes it wait."""
    one, two = (asked(session, business_id, each) for each in (P1, P2))

    def queue(connection: Connection) -> None:
        if by_function:
            connection.execute("select onethread.queue_message(%s, %s, 'x')", [business_id, two])
        else:
            answer(connection, business_id, two, to_number=address)

    with psycopg.connect(database) as human:
        human.execute(
            "select onethread.merge_conversations(%s, %s, %s, 'x')", [business_id, one, two]
        )
        errors = run_until_blocked(database, queue, human.commit)
    assert errors == []
    [row] = rows(session, "select * from whatsapp_message where status = 'queued'")
    assert row.conversation_id == one
    assert rows(session, "select * from thread_integrity") == []


def test_claim_waits_for_nobody_who_gives_the_number_away(
    database: str, session: Connection, business_id: int
) -> None:
    thread = asked(session, business_id, P1)
    row = answer(session, business_id, thread, to_number=P1)
    with psycopg.connect(database) as webhook:
        replace(webhook, business_id, P1, P2)
        session.execute("set lock_timeout = '2s'")
        assert rows(session, CLAIM, business_id, 10) == []
    [claimed] = rows(session, CLAIM, business_id, 10)
    assert (claimed.id, claimed.to_number, claimed.conversation_id) == (row.id, P2, thread)


def test_number_changes_after_the_claim_when_that_came_first(
    database: str, session: Connection, business_id: int
) -> None:
    thread = asked(session, business_id, P1)
    answer(session, business_id, thread, to_number=P1)
    with psycopg.connect(database) as sender:
        [claimed] = rows(sender, CLAIM, business_id, 10)
        assert claimed.to_number == P1
        errors = run_until_blocked(
            database,
            lambda connection: replace(connection, business_id, P1, P2),
            sender.commit,
        )
    assert errors == []
    session.execute(
        "select onethread.note_sent_message(%s, %s, 1, 'id')", [business_id, claimed.id]
    )
    [row] = rows(session, "select * from whatsapp_message where id = %s", claimed.id)
    assert (row.conversation_id, row.status) == (thread, "sent")
    assert rows(session, "select * from thread_integrity") == []


@pytest.mark.parametrize(
    "note",
    ["sent_message(%s, %s, 1, 'id')", "unconfirmed_message(%s, %s, 1, 'x')",
     "failed_message(%s, %s, 1, 'x', null)"],
)  # fmt: skip
def test_change_waits_until_it_is_written_what_became_of_an_answer(
    database: str, session: Connection, business_id: int, note: str
) -> None:
    """Else it is neither among what is to be sent nor among what was, and is left behind."""
    thread = asked(session, business_id, P1)
    row = answer(session, business_id, thread, to_number=P1)
    assert rows(session, CLAIM, business_id, 10) != []
    with psycopg.connect(database) as sender:
        sender.execute(f"select onethread.note_{note}", [business_id, row.id])
        errors = run_until_blocked(
            database,
            lambda connection: connection.execute(
                "insert into whatsapp_identity_evidence (business_id, a, b, relation, observed_at) "
                "values (%s, %s, %s, 'replaced', clock_timestamp() - interval '1 hour')",
                [business_id, P1, P2],
            ),
            sender.commit,
        )
    assert errors == []
    session.execute("select onethread.apply_pending_evidence(%s)", [business_id])
    assert rows(session, "select * from whatsapp_message where conversation_id is null") == []
    assert rows(session, "select * from thread_integrity") == []


@pytest.mark.parametrize("is_claimed_by_function", [True, False])
@pytest.mark.parametrize("is_taken_by_a_stranger", [True, False])
def test_answer_on_its_way_stays_when_its_number_was_anothers_before(
    database: str,
    session: Connection,
    business_id: int,
    is_claimed_by_function: bool,
    is_taken_by_a_stranger: bool,
) -> None:
    """A change is told of later than it was made: an answer left meanwhile."""
    thread = asked(session, business_id, P1)
    row = answer(session, business_id, thread, to_number=P1)
    if is_claimed_by_function:
        assert rows(session, CLAIM, business_id, 10) != []
    session.execute(
        "insert into whatsapp_identity_evidence (business_id, a, b, relation, observed_at) "
        "values (%s, %s, %s, 'replaced', clock_timestamp() - interval '1 hour')",
        [business_id, P1, P2],
    )
    if is_taken_by_a_stranger:
        assert asked(session, business_id, P1) != thread
    if is_claimed_by_function:
        session.execute(
            "select onethread.note_sent_message(%s, %s, 1, 'id')", [business_id, row.id]
        )
    else:
        session.execute("update whatsapp_message set status = 'sent' where id = %s", [row.id])
    assert rows(session, "select * from thread_integrity") == []
    # Nothing that is learned later takes it away.
    session.execute(
        "insert into whatsapp_identity_evidence (business_id, a, b, relation) "
        "values (%s, %s, %s, 'same')",
        [business_id, BSUID, P1],
    )
    [row] = rows(session, "select * from whatsapp_message where id = %s", row.id)
    assert (row.conversation_id, row.status, row.to_number) == (thread, "sent", P1)
    assert rows(session, "select * from thread_integrity") == []


def test_each_answer_is_sent_once_to_its_person_while_numbers_change(
    database: str, session: Connection, business_id: int
) -> None:
    """Four people, each with an account and a number that goes from one to the next."""
    numbers = itertools.count(1)
    phones = {person: f"+97250{next(numbers):07}" for person in range(4)}
    threads = {
        person: asked(session, business_id, f"IL.{person}00", contact_aliases=[phone])
        for person, phone in phones.items()
    }
    of_thread = {thread: person for person, thread in threads.items()}
    claimed: list[tuple[int, int, str]] = []

    def write(connection: Connection, number: int) -> None:
        person = number % 4
        answer(connection, business_id, threads[person], to_number=phones[person],
               body=str(person), send_after="2026-01-01")  # fmt: skip

    def change(connection: Connection, number: int) -> None:
        person = number % 4
        new = f"+97250{next(numbers):07}"
        old, phones[person] = phones[person], new
        replace(connection, business_id, old, new)
        # A stranger has the old one.
        asked(connection, business_id, old)

    def send(connection: Connection, number: int) -> None:
        for row in rows(connection, CLAIM, business_id, 3):
            owner = scalar(
                connection, "select onethread.find_conversation(%s, %s)",
                business_id, row.to_number,
            )  # fmt: skip
            claimed.append((row.id, row.conversation_id, row.body))
            # It may have passed on since; but never from somebody who was not this person.
            assert owner == row.conversation_id or row.to_number.startswith("+97250")
            connection.execute(
                "select onethread.note_sent_message(%s, %s, %s, %s)",
                [business_id, row.id, row.send_attempts, f"id{row.id}"],
            )

    errors = run_together(database, [write, change, send, send], rounds=25)
    assert [e for e in errors if not isinstance(e, psycopg.errors.LockNotAvailable)] == []
    session.execute("select onethread.apply_pending_evidence(%s)", [business_id])
    for number in range(100):
        send(session, number)
    assert len({message_id for message_id, _, _ in claimed}) == len(claimed) == 25
    for _, thread, body in claimed:
        assert of_thread[thread] == int(body)
    assert (
        rows(session, "select * from whatsapp_message where status in ('queued', 'failed')") == []
    )
    assert rows(session, "select * from thread_integrity where problem not like 'evidence%%'") == []
