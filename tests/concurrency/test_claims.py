"""A claim and a proof about the same two, or the same claim twice, at the same moment."""

from __future__ import annotations

import threading

import psycopg
import pytest

from tests.concurrency.sessions import Connection, Work, create_business, run_together
from tests.conftest import insert
from tests.sql.histories import WRONG_QUESTIONS

ROUNDS = 30


def _pair(number: int) -> tuple[str, str]:
    return f"8700{number:010d}@lid", f"+97252{number:07d}"


def _say(business_id: int, weight: str) -> Work:
    def work(connection: Connection, number: int) -> None:
        connection.execute(
            "insert into whatsapp_identity_evidence (business_id, a, b, relation, source, weight) "
            "values (%s, %s, %s, 'same', %s, %s) on conflict do nothing",
            [business_id, *_pair(number), weight, weight],
        )

    return work


@pytest.mark.parametrize(
    ("weights", "threads", "questions"),
    [
        (["claimed", "attested"], 1, 0),
        (["claimed", "claimed", "attested", "attested"], 1, 0),
        (["claimed", "claimed", "claimed"], 2, 1),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, list) else str(each),
)
def test_proof_joins_and_claim_asks_whoever_is_first(
    database: str, weights: list[str], threads: int, questions: int
) -> None:
    business_id = create_business(database)
    with psycopg.connect(database, autocommit=True) as connection:
        for number in range(ROUNDS):
            for address in _pair(number):
                insert(connection, business_id, "inbound", address=address, body=str(number))
    errors = run_together(database, [_say(business_id, weight) for weight in weights], ROUNDS)

    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("select onethread.apply_pending_evidence(%s)", [business_id])
        found = connection.execute(
            "select count(distinct m.conversation_id), count(distinct k.id) "
            "from whatsapp_message m left join onethread.whatsapp_identity_conflict k "
            "on k.business_id = m.business_id and k.settled_at is null and m.conversation_id in "
            "(k.first_conversation_id, k.second_conversation_id) "
            "where m.business_id = %s group by m.body",
            [business_id],
        ).fetchall()
        violations = connection.execute("select * from thread_integrity").fetchall()
        wrong_questions = connection.execute(WRONG_QUESTIONS, [business_id]).fetchall()
    assert errors == []
    assert found == [(threads, questions)] * ROUNDS
    assert violations == []
    assert wrong_questions == []


@pytest.mark.parametrize("is_claim_first", [True, False], ids=["claim first", "contact first"])
def test_nothing_is_asked_when_the_thread_gets_an_account_of_its_own_meanwhile(
    database: str, is_claim_first: bool
) -> None:
    """Who writes first from another account, which is the phone's, is not who is claimed."""
    business_id = create_business(database)
    claimed, phone = _pair(1)

    def claim(connection: Connection) -> None:
        _say(business_id, "claimed")(connection, 1)

    def write(connection: Connection) -> None:
        insert(connection, business_id, "inbound", address=_pair(2)[0], contact_aliases=[phone])

    first, second = (claim, write) if is_claim_first else (write, claim)
    with psycopg.connect(database) as one, psycopg.connect(database) as other:
        for address in (claimed, phone):
            insert(one, business_id, "inbound", address=address)
        one.commit()
        first(one)
        thread = threading.Thread(target=lambda: (second(other), other.commit()))
        thread.start()
        thread.join(
            0.5
        )  # It waits for the other, or does not: the counts must be right either way.
        one.commit()
        thread.join()
        one.execute("select onethread.apply_pending_evidence(%s)", [business_id])
        assert one.execute(WRONG_QUESTIONS, [business_id]).fetchall() == []
        assert one.execute("select * from thread_integrity").fetchall() == []
