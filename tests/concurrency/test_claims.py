"""A claim and a proof about the same two, or the same claim twice, at the same moment."""

from __future__ import annotations

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
