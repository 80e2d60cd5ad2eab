"""Several sessions meet the same new person at the same moment."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from tests.concurrency.sessions import (
    SESSIONS,
    Connection,
    assert_one_each,
    count_states,
    create_business,
    run_together,
    run_until_blocked,
)
from tests.conftest import insert

ROUNDS = 40

Columns = dict[str, Any]


def _phone(person: int) -> str:
    return f"501{person:06d}"


def _spellings(person: int) -> list[Columns]:
    digits = _phone(person)
    return [
        {"address": f"0{digits}"},
        {"address": f"+972 {digits[:2]}-{digits[2:5]}-{digits[5:]}"},
        {"address": f"972{digits}:7@s.whatsapp.net"},
        {"address": f"972{digits}@c.us"},
        {"address": f"972{digits}", "provider": "meta_cloud"},
        {"address": f"0{digits[:2]}-{digits[2:]}"},
        {"address": f"00972{digits}"},
        {"address": f"whatsapp:+972{digits}"},
    ]


def _aliases(person: int) -> list[Columns]:
    phone = f"972{_phone(person)}@s.whatsapp.net"
    lid = f"77{person:012d}@lid"
    bsuid = f"IL.{person:012d}"
    return [
        {"address": lid, "contact_aliases": [phone]},
        {"address": phone, "contact_aliases": [lid]},
        {"address": bsuid, "contact_aliases": [lid, phone]},
        {"address": phone, "contact_aliases": [bsuid, lid]},
        {"address": lid, "contact_aliases": [phone, bsuid]},
        {"address": phone, "contact_aliases": [lid, bsuid]},
        {"address": bsuid, "contact_aliases": [phone, lid]},
        {"address": phone},
    ]


def _brazilian(person: int) -> list[Columns]:
    digits = f"98{person:06d}"
    return [
        {"address": f"55119{digits}@s.whatsapp.net"},
        {"address": f"5511{digits}@s.whatsapp.net"},
        {"address": f"+55 11 9{digits[:4]}-{digits[4:]}"},
        {"address": f"+55 11 {digits[:4]}-{digits[4:]}"},
        {"address": f"55119{digits}", "provider": "meta_cloud"},
        {"address": f"5511{digits}", "provider": "meta_cloud"},
        {"address": f"(11) 9{digits}"},
        {"address": f"5511{digits}@c.us"},
    ]


@pytest.mark.parametrize(
    ("region", "columns_of"),
    [("IL", _spellings), ("IL", _aliases), ("BR", _brazilian)],
    ids=["spellings", "aliases in opposite orders", "Brazilian ninth digit"],
)
def test_sessions_share_one_conversation_when_they_meet_a_new_person_at_once(
    database: str, region: str, columns_of: Any
) -> None:
    business_id = create_business(database, region)

    def write(session: int) -> Any:
        def work(connection: Connection, person: int) -> None:
            # Who writes which form changes with the round, and so does who comes first.
            columns = columns_of(person)[(session + person) % SESSIONS]
            direction = "inbound" if (session + person) % 3 else "outbound"
            insert(connection, business_id, direction, body=str(person), **columns)

        return work

    errors = run_together(database, [write(n) for n in range(SESSIONS)], ROUNDS)

    assert errors == []
    assert_one_each(database, business_id, ROUNDS, ROUNDS * SESSIONS)


def test_aliases_do_not_deadlock_when_there_are_many_in_different_orders(database: str) -> None:
    business_id = create_business(database)

    def write(session: int) -> Any:
        def work(connection: Connection, person: int) -> None:
            insert(
                connection,
                business_id,
                "inbound",
                body=str(person),
                address=f"0{_phone(person)}",
                contact_aliases=[f"88{person:06d}{n:06d}@lid" for n in _rotated(session)],
            )

        return work

    errors = run_together(database, [write(n) for n in range(SESSIONS)], ROUNDS)

    assert errors == []
    assert_one_each(database, business_id, ROUNDS, ROUNDS * SESSIONS)


def _rotated(session: int, length: int = 24) -> list[int]:
    start = session * length // SESSIONS
    numbers = [*range(start, length), *range(start)]
    return numbers if session % 2 else numbers[::-1]


def test_second_message_waits_and_joins_when_the_first_is_not_committed(database: str) -> None:
    business_id = create_business(database)

    def write(connection: Connection, spelling: int) -> None:
        columns = _spellings(1)[spelling]
        insert(connection, business_id, "inbound", body="1", **columns)

    with psycopg.connect(database) as first:
        write(first, 0)
        errors = run_until_blocked(database, lambda connection: write(connection, 1), first.commit)

    assert errors == []
    assert_one_each(database, business_id, 1, 2)


def test_second_message_makes_the_conversation_when_the_first_rolls_back(database: str) -> None:
    business_id = create_business(database)

    def write(connection: Connection, spelling: int) -> None:
        columns = _spellings(1)[spelling]
        insert(connection, business_id, "inbound", body="1", **columns)

    with psycopg.connect(database) as first:
        write(first, 0)
        errors = run_until_blocked(
            database, lambda connection: write(connection, 1), first.rollback
        )

    assert errors == []
    assert_one_each(database, business_id, 1, 1)


def test_writer_gets_40001_or_succeeds_when_its_snapshot_is_repeatable_read(
    database: str,
) -> None:
    business_id = create_business(database)

    def write(session: int) -> Any:
        def work(connection: Connection, person: int) -> None:
            with connection.transaction():
                connection.execute("set transaction isolation level repeatable read")
                connection.execute("select 1")
                columns = _spellings(person)[(session + person) % SESSIONS]
                insert(connection, business_id, "inbound", body=str(person), **columns)

        return work

    errors = run_together(database, [write(n) for n in range(SESSIONS)], ROUNDS)

    assert count_states(errors, "40001") == len(errors), errors
    assert_one_each(database, business_id, ROUNDS, ROUNDS * SESSIONS - len(errors))


def test_writer_never_splits_when_its_snapshot_is_older_than_the_conversation(
    database: str,
) -> None:
    business_id = create_business(database)
    with (
        psycopg.connect(database) as old,
        psycopg.connect(database, autocommit=True) as other,
    ):
        old.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        old.execute("select count(*) from whatsapp_identity")
        insert(other, business_id, "inbound", body="1", address=f"0{_phone(1)}")

        with pytest.raises(psycopg.errors.SerializationFailure):
            insert(old, business_id, "inbound", body="1", address=f"+972{_phone(1)}")
        old.rollback()
        insert(old, business_id, "inbound", body="1", address=f"+972{_phone(1)}")
        old.commit()

    assert_one_each(database, business_id, 1, 2)


def test_thread_is_the_one_that_a_trigger_of_the_crm_is_making_when_its_person_writes(
    database: str,
) -> None:
    """Inside a trigger its conversation is not adopted: it has the name, and no identity."""
    business_id = create_business(database)
    with psycopg.connect(database) as crm:
        crm.execute(
            """
            create table ticket (id bigint);
            create function open_thread() returns trigger language plpgsql as $$
            begin
              insert into public.whatsapp_conversation (business_id, canonical_key)
              select b.id, 'phone:' || b.id || ':+972501234567' from public.business b;
              return null;
            end $$;
            create trigger open_thread after insert on ticket
            for each row execute function open_thread();
            """
        )
        crm.commit()
        crm.execute("insert into ticket values (1)")

        def write(connection: Connection) -> None:
            for _ in range(2):
                insert(connection, business_id, "inbound", address="972501234567@s.whatsapp.net")

        assert run_until_blocked(database, write, crm.commit) == []
        assert crm.execute(
            "select count(*), count(distinct m.conversation_id), count(distinct c.id) "
            "from whatsapp_conversation c left join whatsapp_message m on m.conversation_id = c.id"
        ).fetchone() == (2, 1, 1)
        assert crm.execute("select * from thread_integrity").fetchall() == []
