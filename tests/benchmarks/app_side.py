"""The baseline in Python: an application that finds the conversation itself.

Written as it is usually written, and correctly: a unique key, one transaction, the driver's own
prepared statements.
"""

from __future__ import annotations

from typing import Any

import phonenumbers
import psycopg

from tests.benchmarks.people import BODY, Message, new_message_id


def insert_message(connection: psycopg.Connection[Any], message: Message, region: str) -> None:
    """Normalizes the address, finds or creates the conversation, notes its activity, inserts."""
    phone = _normalize(message.address, region)
    with connection.transaction():
        row = connection.execute(
            "select id from app_side.conversation where business_id = %s and phone = %s",
            [message.business_id, phone],
        ).fetchone()
        row = row or _create_conversation(connection, message.business_id, phone)
        connection.execute(
            "update app_side.conversation set last_message_at = now() where id = %s", row
        )
        connection.execute(
            """
            insert into app_side.whatsapp_message (
              business_id, direction, from_number, body, provider_message_id, conversation_id
            )
            values (%s, 'inbound', %s, %s, %s, %s)
            """,
            [message.business_id, message.address, BODY, new_message_id(), *row],
        )


def _create_conversation(
    connection: psycopg.Connection[Any], business_id: int, phone: str
) -> tuple[int]:
    connection.execute(
        "insert into app_side.conversation (business_id, phone) values (%s, %s) "
        "on conflict do nothing",
        [business_id, phone],
    )
    [row] = connection.execute(
        "select id from app_side.conversation where business_id = %s and phone = %s",
        [business_id, phone],
    ).fetchall()
    return (int(row[0]),)


def _normalize(address: str, region: str) -> str:
    user, _, server = address.partition("@")
    number = phonenumbers.parse(f"+{user}" if server else user, region)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
