"""Writing messages, their events and evidence, many at once. The database does the rest."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

import psycopg
from psycopg.rows import scalar_row

from onethread.database.retry import retry_conflicts
from onethread.messages.batches import (
    BATCH_SIZE,
    InsertResult,
    insert_batch,
    insert_rows,
    json_array,
    list_batches,
)
from onethread.messages.statements import (
    FILL_PLACEHOLDERS,
    INSERT_EVENTS,
    INSERT_EVIDENCE,
    INSERT_MESSAGES,
    INSERT_NAMES,
    LIST_DIFFERENT,
    Row,
    message_row,
    record_row,
)
from onethread.model.contact_name import ContactName
from onethread.model.evidence import Evidence
from onethread.model.message import Message
from onethread.model.message_event import MessageEvent

# What may be one of WhatsApp's own message ids: the others need not be looked at.
_GATEWAY_ID = re.compile(r"[0-9A-F]{6,255}")


def insert_message(
    connection: psycopg.Connection[Any], business_id: int, message: Message
) -> dict[str, Any] | None:
    """Inserts one message.

    Returns:
        {id, conversation_id, identity_id} of the row (conversation_id None: unlinked), or None
        when this delivery of the message is already stored.

    Raises:
        UnknownBusiness: there is no such business.
        psycopg.Error: the row is refused (a lead that does not exist, ...).
    """
    row = message_row(message)
    rows = insert_batch(connection, business_id, INSERT_MESSAGES, [json.dumps(row)])
    if not rows:
        _compare_with_stored(connection, business_id, [row])
    return rows[0] if rows else None


def insert_messages(
    connection: psycopg.Connection[Any],
    business_id: int,
    messages: Sequence[Message],
    batch_size: int = BATCH_SIZE,
) -> InsertResult:
    """Inserts messages in batches, each one statement and, in autocommit, one transaction.

    A message that the database refuses does not keep the others out. A duplicate of a placeholder
    fills it.
    """
    rows = [message_row(message) for message in messages]
    result = insert_rows(connection, business_id, INSERT_MESSAGES, rows, batch_size)
    if result.duplicates:
        result.different = _compare_with_stored(connection, business_id, rows)
    return result


def insert_events(
    connection: psycopg.Connection[Any],
    business_id: int,
    events: Sequence[MessageEvent],
    batch_size: int = BATCH_SIZE,
) -> InsertResult:
    """Inserts message events as insert_messages() does messages; repeated ones are duplicates."""
    rows = [record_row(event) for event in events]
    return insert_rows(connection, business_id, INSERT_EVENTS, rows, batch_size)


def insert_evidence(
    connection: psycopg.Connection[Any],
    business_id: int,
    evidence: Sequence[Evidence],
    batch_size: int = BATCH_SIZE,
) -> InsertResult:
    """Inserts statements about who is whom; the database applies them as they go in."""
    rows = [record_row(statement) for statement in evidence]
    return insert_rows(connection, business_id, INSERT_EVIDENCE, rows, batch_size)


def insert_names(
    connection: psycopg.Connection[Any],
    business_id: int,
    names: Sequence[ContactName],
    batch_size: int = BATCH_SIZE,
) -> InsertResult:
    """Keeps what people and groups are called; what is known already is a duplicate."""
    rows = [record_row(name) for name in names]
    return insert_rows(connection, business_id, INSERT_NAMES, rows, batch_size)


def learn_from_copies(
    connection: psycopg.Connection[Any], business_id: int, messages: Iterable[Message]
) -> None:
    """Lets the database learn from messages that a gateway delivered under two names.

    To be called when they are committed: of two copies that two sessions insert at once, neither
    session sees the other's before.
    """
    # Where the gateway told both names, or writes of a group, there is nothing to learn.
    lone = (m for m in messages if m.contact_aliases is None and m.participant is None)
    ids = sorted({m.provider_message_id or "" for m in lone})
    ids = [message_id for message_id in ids if _GATEWAY_ID.fullmatch(message_id)]
    if not ids:
        return

    def run() -> None:
        connection.execute("select onethread.learn_from_copies(%s, %s)", [business_id, ids])

    retry_conflicts(connection, business_id, run)


def _compare_with_stored(
    connection: psycopg.Connection[Any], business_id: int, rows: list[Row]
) -> list[int]:
    """Fills stored messages that say nothing; returns the positions of rows that say otherwise."""
    texts = [json.dumps(row) for row in rows]
    different: list[int] = []
    for start, end in list_batches(texts, BATCH_SIZE):
        parameters = {"business_id": business_id, "rows": json_array(texts[start:end])}
        positions = retry_conflicts(
            connection, business_id, partial(_compare_batch, connection, parameters)
        )
        different += [start + position for position in positions]
    return different


def _compare_batch(connection: psycopg.Connection[Any], parameters: dict[str, Any]) -> list[int]:
    with connection.cursor(row_factory=scalar_row) as cursor:
        cursor.execute(FILL_PLACEHOLDERS, parameters)
        return cursor.execute(LIST_DIFFERENT, parameters).fetchall()
