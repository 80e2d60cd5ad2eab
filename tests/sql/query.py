"""Short questions that the SQL tests ask."""

from __future__ import annotations

from typing import Any

from psycopg.rows import namedtuple_row

from tests.conftest import Connection


def scalar(connection: Connection, query: str, *parameters: Any) -> Any:
    """The first column of the first row, or None without rows."""
    row = connection.execute(query, parameters).fetchone()
    return None if row is None else row[0]


def rows(connection: Connection, query: str, *parameters: Any) -> list[Any]:
    """All rows, with attributes by column name."""
    with connection.cursor(row_factory=namedtuple_row) as cursor:
        return cursor.execute(query, parameters).fetchall()


def message(connection: Connection, message_id: int) -> Any:
    """A message as it is stored now."""
    return rows(connection, "select * from whatsapp_message where id = %s", message_id)[0]


def conversation(connection: Connection, conversation_id: int) -> Any:
    """A conversation as it is stored now."""
    return rows(connection, "select * from whatsapp_conversation where id = %s", conversation_id)[0]


def unlinked_reason(connection: Connection, message_id: int) -> str | None:
    """Why a message is in no thread; None when the view does not list it."""
    reason: str | None = scalar(
        connection, "select reason from unlinked_message where id = %s", message_id
    )
    return reason


def add_lead(
    connection: Connection, business_id: int, phone: str | None = None, name: str | None = None
) -> int:
    """Inserts a lead; returns its id."""
    return int(
        scalar(
            connection,
            "insert into lead (business_id, phone, name) values (%s, %s, %s) returning id",
            business_id,
            phone,
            name,
        )
    )


def add_own_number(connection: Connection, business_id: int, kind: str, value: str) -> None:
    """Makes an address one of the business's own."""
    connection.execute(
        "insert into business_number (business_id, kind, value) values (%s, %s, %s)",
        [business_id, kind, value],
    )
