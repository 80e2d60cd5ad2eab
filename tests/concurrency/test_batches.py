"""Many new people in one statement or transaction."""

from __future__ import annotations

import random

import psycopg
import pytest

from onethread.messages.write import insert_messages
from onethread.model.message import Message
from tests.concurrency.sessions import (
    SESSIONS,
    Connection,
    Work,
    assert_one_each,
    count,
    create_business,
    run_together,
    run_until_blocked,
)

PEOPLE = 60
ROUNDS = 3
COPIED_PEOPLE = 20_000


def _spelling(person: int, session: int) -> str:
    digits = f"50{person:07d}"
    return [f"0{digits}", f"+972{digits}", f"972{digits}@c.us", f"972{digits}@s.whatsapp.net"][
        session % 4
    ]


def test_all_rows_are_in_when_batches_of_the_same_new_people_overlap(database: str) -> None:
    business_id = create_business(database)

    def write(session: int) -> Work:
        shuffler = random.Random(session)  # a fixed order, not a secret

        def work(connection: Connection, round_number: int) -> None:
            people = list(range(round_number * PEOPLE, (round_number + 1) * PEOPLE))
            shuffler.shuffle(people)
            messages = [
                Message(
                    direction="inbound",
                    from_number=_spelling(person, session + person),
                    body=str(person),
                    provider_message_id=f"{person}-{session}",
                )
                for person in people
            ]
            result = insert_messages(connection, business_id, messages)
            assert (result.inserted, result.unlinked, result.rejected) == (PEOPLE, 0, [])

        return work

    errors = run_together(database, [write(n) for n in range(SESSIONS)], ROUNDS)

    assert errors == []
    assert_one_each(database, business_id, PEOPLE * ROUNDS, PEOPLE * ROUNDS * SESSIONS)


def test_batch_gives_way_when_it_waits_in_a_circle(database: str) -> None:
    """Long before the server would look for a deadlock, and the other one never notices."""
    business_id = create_business(database)
    insert = (
        "insert into whatsapp_message (business_id, direction, from_number, body)"
        " values (%s, 'inbound', %s, %s)"
    )
    results = []

    def write_both(connection: Connection) -> None:
        connection.execute("set deadlock_timeout = '1h'")
        messages = [
            Message(direction="inbound", from_number=_spelling(person, 1), body=str(person))
            for person in (1, 2)
        ]
        results.append(insert_messages(connection, business_id, messages))

    with psycopg.connect(database) as other:
        other.execute("set deadlock_timeout = '1h'")
        other.execute("set statement_timeout = '30s'")
        other.execute(insert, [business_id, _spelling(2, 1), "2"])

        def close_the_circle() -> None:
            other.execute(insert, [business_id, _spelling(1, 1), "1"])
            other.commit()

        assert run_until_blocked(database, write_both, close_the_circle) == []

    assert [(result.inserted, result.unlinked) for result in results] == [(2, 0)]
    assert_one_each(database, business_id, people=2, messages=4)


@pytest.mark.slow
def test_copy_succeeds_when_it_brings_thousands_of_new_people(database: str) -> None:
    business_id = create_business(database)
    with psycopg.connect(database) as connection:
        with connection.cursor().copy(
            "copy whatsapp_message (business_id, direction, from_number) from stdin"
        ) as copy:
            for person in range(COPIED_PEOPLE):
                copy.write_row((business_id, "inbound", f"+97250{person:07d}"))
        row = connection.execute(
            "select (select count(*) from pg_locks where pid = pg_backend_pid()),"
            " seq_tup_read + idx_tup_fetch"
            " from pg_stat_xact_user_tables where relname = 'whatsapp_identity'"
        ).fetchone()

    assert count(database, "whatsapp_conversation", business_id) == COPIED_PEOPLE
    assert count(database, "whatsapp_message", business_id) == COPIED_PEOPLE
    assert row is not None
    locks, rows_read = row
    assert locks < 200  # They do not grow with the people,
    assert rows_read < 50 * COPIED_PEOPLE  # and what each one costs does not either.
