"""Writing messages, their events and evidence, many at once. The database does the rest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from onethread.database.steps import Parts, Steps, call_in_parts
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
    row_text,
)
from onethread.model.contact_name import ContactName
from onethread.model.evidence import Evidence
from onethread.model.message import Message
from onethread.model.message_event import MessageEvent

LEARN_FROM_COPIES = "select onethread.learn_from_copies(%s, %s)"

# What may be one of WhatsApp's own message ids: the others need not be looked at.
_GATEWAY_ID = re.compile(r"[0-9A-F]{6,255}")


@call_in_parts
def insert_message(business_id: int, message: Message) -> Parts[dict[str, Any] | None]:
    """Inserts one message.

    Returns:
        {id, conversation_id, identity_id} of the row (conversation_id None: unlinked), or None
        when this delivery of the message is already stored.

    Raises:
        UnknownBusiness: there is no such business.
        psycopg.Error: the row is refused (a lead that does not exist, ...).
    """
    row = message_row(message)
    rows = yield from insert_batch(business_id, INSERT_MESSAGES, [row_text(row)])
    if not rows:
        yield from _compare_with_stored(business_id, [row])
        return None
    return {name: rows[0][name] for name in ("id", "conversation_id", "identity_id")}


@call_in_parts
def insert_messages(
    business_id: int,
    messages: Sequence[Message],
    batch_size: int = BATCH_SIZE,
) -> Parts[InsertResult]:
    """Inserts messages in batches, each one statement and, in autocommit, one transaction.

    A message that the database refuses does not keep the others out. A duplicate of a placeholder
    fills it.
    """
    rows = [message_row(message) for message in messages]
    result = yield from insert_rows(business_id, INSERT_MESSAGES, rows, batch_size)
    if result.duplicates:
        result.different = yield from _compare_with_stored(business_id, rows)
    return result


@call_in_parts
def insert_events(
    business_id: int,
    events: Sequence[MessageEvent],
    batch_size: int = BATCH_SIZE,
) -> Parts[InsertResult]:
    """Inserts message events as insert_messages() does messages; repeated ones are duplicates."""
    rows = [record_row(event) for event in events]
    return (yield from insert_rows(business_id, INSERT_EVENTS, rows, batch_size))


@call_in_parts
def insert_evidence(
    business_id: int,
    evidence: Sequence[Evidence],
    batch_size: int = BATCH_SIZE,
) -> Parts[InsertResult]:
    """Inserts statements about who is whom; the database applies them as they go in."""
    rows = [record_row(statement) for statement in evidence]
    return (yield from insert_rows(business_id, INSERT_EVIDENCE, rows, batch_size))


@call_in_parts
def insert_names(
    business_id: int,
    names: Sequence[ContactName],
    batch_size: int = BATCH_SIZE,
) -> Parts[InsertResult]:
    """Keeps what people and groups are called; what is known already is a duplicate."""
    rows = [record_row(name) for name in names]
    return (yield from insert_rows(business_id, INSERT_NAMES, rows, batch_size))


@call_in_parts
def learn_from_copies(business_id: int, messages: Iterable[Message]) -> Parts[None]:
    """Lets the database learn from messages that a gateway delivered under two names.

    To be called when they are committed: of two copies that two sessions insert at once, neither
    session sees the other's before.
    """
    ids = list_copied(messages)

    def learn() -> Steps[None]:
        yield LEARN_FROM_COPIES, [business_id, ids]

    if ids:
        yield learn


def list_copied(messages: Iterable[Message]) -> list[str]:
    """The ids of messages that may be there twice, and teach something then: not where the gateway
    told both names, or writes of a group."""
    lone = (m for m in messages if m.contact_aliases is None and m.participant is None)
    ids = sorted({m.provider_message_id or "" for m in lone})
    return [message_id for message_id in ids if _GATEWAY_ID.fullmatch(message_id)]


def _compare_with_stored(business_id: int, rows: list[Row]) -> Parts[list[int]]:
    """Fills stored messages that say nothing; returns the positions of rows that say otherwise."""
    texts = [row_text(row) for row in rows]
    different: list[int] = []
    for start, end in list_batches(texts, BATCH_SIZE):
        parameters = {"business_id": business_id, "rows": json_array(texts[start:end])}
        positions = yield partial(_compare_batch, parameters)
        different += [start + position for position in positions]
    return different


def _compare_batch(parameters: dict[str, Any]) -> Steps[list[int]]:
    yield FILL_PLACEHOLDERS, parameters
    rows = yield LIST_DIFFERENT, parameters
    return [row["position"] for row in rows]
