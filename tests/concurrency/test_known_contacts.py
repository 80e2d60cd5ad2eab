"""Writers to people who are known already, and a conversation that changes under them."""

from __future__ import annotations

import random

import psycopg

from tests.concurrency.sessions import (
    SESSIONS,
    Connection,
    Work,
    assert_one_each,
    count,
    create_business,
    read_conversations,
    run_together,
    run_until_blocked,
)
from tests.conftest import insert

CONTACTS = 100
ROUNDS = 5


def _phone(person: int) -> str:
    return f"+97250100{person:04d}"


def test_no_deadlock_when_transactions_write_to_known_people_in_any_order(database: str) -> None:
    business_id = create_business(database)
    with psycopg.connect(database) as connection:
        for person in range(CONTACTS):
            insert(
                connection,
                business_id,
                "inbound",
                body=str(person),
                address=_phone(person),
                contact_aliases=[f"77{person:012d}@lid"],
            )

    def write(session: int) -> Work:
        shuffler = random.Random(session)  # a fixed order, not a secret

        def work(connection: Connection, _: int) -> None:
            people = list(range(CONTACTS))
            shuffler.shuffle(people)
            with connection.transaction():
                for person in people:
                    insert(
                        connection,
                        business_id,
                        shuffler.choice(["inbound", "outbound"]),
                        body=str(person),
                        address=shuffler.choice([_phone(person), f"77{person:012d}@lid"]),
                        contact_aliases=shuffler.choice([None, [_phone(person)]]),
                    )

        return work

    errors = run_together(database, [write(n) for n in range(SESSIONS)], ROUNDS)

    assert errors == []
    assert_one_each(database, business_id, CONTACTS, CONTACTS * (1 + ROUNDS * SESSIONS))


def test_message_waits_and_follows_when_its_identity_moves_to_another_conversation(
    database: str,
) -> None:
    business_id = create_business(database)
    with psycopg.connect(database, autocommit=True) as connection:
        kept = insert(connection, business_id, "inbound", body="kept", address=_phone(1))
        moved = insert(connection, business_id, "inbound", body="moved", address=_phone(2))

    def write(connection: Connection) -> None:
        insert(connection, business_id, "inbound", body="late", address=_phone(2))

    with psycopg.connect(database) as merge:
        merge.execute(
            "update whatsapp_identity set conversation_id = %s where business_id = %s and id = %s",
            [kept.conversation_id, business_id, moved.identity_id],
        )
        errors = run_until_blocked(database, write, merge.commit)

    assert errors == []
    assert read_conversations(database, business_id)["late"] == [kept.conversation_id]


def test_move_waits_when_a_message_of_that_identity_is_not_committed(database: str) -> None:
    """The other half: a merge that moves messages next sees the one that came before it."""
    business_id = create_business(database)
    with psycopg.connect(database, autocommit=True) as connection:
        kept = insert(connection, business_id, "inbound", body="kept", address=_phone(1))
        moved = insert(connection, business_id, "inbound", body="moved", address=_phone(2))

    def merge(connection: Connection) -> None:
        with connection.transaction():
            connection.execute(
                "update whatsapp_identity set conversation_id = %s "
                "where business_id = %s and id = %s",
                [kept.conversation_id, business_id, moved.identity_id],
            )
            connection.execute(
                "update whatsapp_message set conversation_id = %s "
                "where business_id = %s and conversation_id = %s",
                [kept.conversation_id, business_id, moved.conversation_id],
            )

    with psycopg.connect(database) as writer:
        insert(writer, business_id, "inbound", body="early", address=_phone(2))
        errors = run_until_blocked(database, merge, writer.commit)

    assert errors == []
    conversations = read_conversations(database, business_id)
    assert conversations["early"] == conversations["moved"] == [kept.conversation_id]
    assert count(database, "whatsapp_message", business_id) == 3
