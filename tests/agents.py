"""What agents do beside the messages, and what must be true of it afterwards."""

from __future__ import annotations

from typing import Any

import psycopg

from tests.conftest import insert

Connection = psycopg.Connection[Any]


def add_crm_tables(connection: Connection) -> None:
    """Notes follow a join; of settings there is one a conversation."""
    key = (
        "foreign key (business_id, conversation_id) "
        "references whatsapp_conversation (business_id, id)"
    )
    connection.execute(
        f"""
        create schema crm;
        create table crm.note (business_id bigint, id bigserial primary key,
          conversation_id bigint not null, body text, {key});
        create index on crm.note (business_id, conversation_id);
        create table crm.setting (business_id bigint, conversation_id bigint, body text,
          primary key (business_id, conversation_id), {key})
        """
    )


def find_conversation(connection: Connection, business_id: int, address: str) -> int | None:
    """Whom we know by this address."""
    row = connection.execute(
        "select onethread.find_conversation(%s, %s)", [business_id, address]
    ).fetchone()
    return row[0] if row else None


def mark_read(connection: Connection, business_id: int, conversation_id: int) -> None:
    """Reads a thread to its end."""
    connection.execute(
        "select onethread.mark_read(m.business_id, m.conversation_id, m.id) "
        "from (select * from whatsapp_message where business_id = %s and conversation_id = %s "
        "order by sent_at desc, id desc limit 1) m",
        [business_id, conversation_id],
    )


def take_notes(
    connection: Connection, business_id: int, conversation_id: int, **bodies: str
) -> None:
    """Writes these bodies into a CRM's tables, each into the one that it is named after."""
    for table, body in bodies.items():
        connection.execute(
            f"insert into crm.{table} (business_id, conversation_id, body) "
            "values (%s, %s, %s) on conflict do nothing",
            [business_id, conversation_id, body],
        )


def queue_answer(
    connection: Connection, business_id: int, address: str, body: str, **columns: Any
) -> None:
    """An answer that is to be sent."""
    insert(connection, business_id, "outbound", to_number=address, body=body, status="queued",
           **columns)  # fmt: skip


def say_two_people(connection: Connection, business_id: int, pair: list[int | None]) -> bool:
    """Says so, where there are two conversations to say it of."""
    if None in pair or pair[0] == pair[1]:
        return False
    connection.execute(
        "select onethread.declare_different(%s, %s, %s, 'hammer')", [business_id, *pair]
    )
    return True


def list_notes(connection: Connection, business_id: int) -> list[tuple[str, int]]:
    """Bodies of the CRM's rows, and the conversations where they are now."""
    return connection.execute(
        "select body, onethread.find_conversation_by_id(business_id, conversation_id) "
        "from crm.note where business_id = %(id)s union all "
        "select body, onethread.find_conversation_by_id(business_id, conversation_id) "
        "from crm.setting where business_id = %(id)s",
        {"id": business_id},
    ).fetchall()


def count_stray_marks(connection: Connection, business_id: int) -> int:
    """Read marks that are at no message of their thread."""
    [[astray]] = connection.execute(
        "select count(*) from onethread.conversation_read r where r.business_id = %s "
        "and not exists (select from whatsapp_message m where m.business_id = r.business_id "
        "and m.conversation_id = r.conversation_id and m.id = r.message_id)",
        [business_id],
    ).fetchall()
    return int(astray)


def count_answered_questions(connection: Connection, business_id: int) -> int:
    """Open conflicts about what a human has answered."""
    [[count]] = connection.execute(
        "select count(*) from onethread.whatsapp_identity_conflict "
        "where business_id = %s and settled_at is null "
        "and reason = 'somebody said that they are two people'",
        [business_id],
    ).fetchall()
    return int(count)
