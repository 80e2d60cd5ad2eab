"""A lead and the first messages of its person arrive at the same moment."""

from __future__ import annotations

import psycopg

from tests.concurrency.sessions import (
    SESSIONS,
    Connection,
    Work,
    assert_one_each,
    create_business,
    run_together,
    run_until_blocked,
)
from tests.conftest import insert

ROUNDS = 60


def _phone(person: int, account: int = 0) -> str:
    return f"50{account + 1}{person:06d}"


def _insert_lead(connection: Connection, business_id: int, person: int) -> None:
    connection.execute(
        "insert into lead (business_id, name, phone) values (%s, %s, %s)",
        [business_id, str(person), f"0{_phone(person)}"],
    )


def _leads_without_conversation(database: str, business_id: int) -> list[str]:
    """Names of the leads whose person's messages are not in the lead's conversation."""
    with psycopg.connect(database) as connection:
        rows = connection.execute(
            "select l.name from lead l where business_id = %s and not exists ("
            " select from whatsapp_message m"
            " inner join whatsapp_conversation c"
            "  on c.business_id = m.business_id and c.id = m.conversation_id"
            " where m.business_id = l.business_id and m.body = l.name and c.lead_id = l.id"
            "  and c.canonical_key = onethread.canonical_key(l.business_id, l.id, null, null))",
            [business_id],
        ).fetchall()
    return [name for (name,) in rows]


def test_conversation_has_the_lead_when_both_appear_at_once(database: str) -> None:
    business_id = create_business(database)

    def add_lead(connection: Connection, person: int) -> None:
        _insert_lead(connection, business_id, person)

    def write(address: str) -> Work:
        def work(connection: Connection, person: int) -> None:
            insert(
                connection,
                business_id,
                "inbound",
                body=str(person),
                address=address.format(_phone(person)),
            )

        return work

    works = [add_lead, write("0{}"), write("+972{}"), write("972{}@c.us")]
    errors = run_together(database, works, ROUNDS)

    assert errors == []
    assert_one_each(database, business_id, ROUNDS, ROUNDS * 3)
    assert _leads_without_conversation(database, business_id) == []


def test_conversation_has_the_lead_when_the_first_messages_of_a_known_lead_are_at_once(
    database: str,
) -> None:
    business_id = create_business(database)
    with psycopg.connect(database) as connection:
        for person in range(ROUNDS):
            _insert_lead(connection, business_id, person)

    def write(session: int) -> Work:
        def work(connection: Connection, person: int) -> None:
            address = ["0{}", "+972{}", "972{}@c.us"][session % 3].format(_phone(person))
            insert(connection, business_id, "outbound", body=str(person), address=address)

        return work

    errors = run_together(database, [write(n) for n in range(SESSIONS)], ROUNDS)

    assert errors == []
    assert_one_each(database, business_id, ROUNDS, ROUNDS * SESSIONS)
    assert _leads_without_conversation(database, business_id) == []


def test_lead_waits_and_takes_the_conversation_when_the_message_is_not_committed(
    database: str,
) -> None:
    business_id = create_business(database)
    with psycopg.connect(database) as writer:
        insert(writer, business_id, "inbound", body="1", address=f"+972{_phone(1)}")
        errors = run_until_blocked(
            database,
            lambda connection: _insert_lead(connection, business_id, 1),
            writer.commit,
        )

    assert errors == []
    assert_one_each(database, business_id, 1, 1)
    assert _leads_without_conversation(database, business_id) == []


def test_message_waits_and_gets_the_lead_when_the_lead_is_not_committed(database: str) -> None:
    business_id = create_business(database)

    def write(connection: Connection) -> None:
        insert(connection, business_id, "inbound", body="1", address=f"+972{_phone(1)}")

    with psycopg.connect(database) as crm:
        _insert_lead(crm, business_id, 1)
        errors = run_until_blocked(database, write, crm.commit)

    assert errors == []
    assert_one_each(database, business_id, 1, 1)
    assert _leads_without_conversation(database, business_id) == []


def test_one_conversation_when_new_phones_arrive_at_once_with_one_lead(database: str) -> None:
    business_id = create_business(database)
    with psycopg.connect(database) as connection:
        leads = [
            row[0]
            for row in connection.execute(
                "insert into lead (business_id, name) select %s, s.number::text "
                "from generate_series(0, %s) as s (number) order by s.number returning id",
                [business_id, ROUNDS - 1],
            )
        ]

    def write(account: int) -> Work:
        def work(connection: Connection, person: int) -> None:
            insert(
                connection,
                business_id,
                "outbound",
                body=str(person),
                lead_id=leads[person],
                address=f"0{_phone(person, account)}",
            )

        return work

    errors = run_together(database, [write(n) for n in range(SESSIONS)], ROUNDS)

    assert errors == []
    assert_one_each(database, business_id, ROUNDS, ROUNDS * SESSIONS)
    assert _leads_without_conversation(database, business_id) == []


def test_message_keeps_its_identity_when_the_lead_goes_at_the_first_message(database: str) -> None:
    """Deleting a lead releases its phone: the row that a first message may just have found."""
    business_id = create_business(database)
    rounds = 200
    with psycopg.connect(database) as connection:
        for person in range(rounds):
            _insert_lead(connection, business_id, person)

    def delete_lead(connection: Connection, person: int) -> None:
        connection.execute(
            "delete from lead where business_id = %s and name = %s", [business_id, str(person)]
        )

    def write(connection: Connection, person: int) -> None:
        insert(connection, business_id, "inbound", body=str(person), address=f"0{_phone(person)}")

    errors = run_together(database, [delete_lead, write], rounds)

    assert errors == []
    with psycopg.connect(database) as connection:
        [(linked,)] = connection.execute(
            "select count(*) from whatsapp_message m"
            " inner join whatsapp_identity i"
            "  on i.business_id = m.business_id and i.id = m.identity_id"
            "  and i.conversation_id = m.conversation_id"
            " where m.business_id = %s",
            [business_id],
        ).fetchall()
    assert linked == rounds
