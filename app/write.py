"""Writing messages: one, or many at once. The database decides the conversation."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import dict_row

from app.business import unknown_business
from app.message import Message

BATCH_SIZE = 1000
MAX_TRIES = 8

# Another session met the same new people in the opposite order: the same statement, run again,
# finds them.
_RETRYABLE = (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure)

# The row, not the server or the network, is at fault: others of the batch may still go in.
_ROW_ERRORS = (psycopg.DataError, psycopg.IntegrityError)

_COLUMN_TYPES = {
    "contact_aliases": "text[]",
    "lead_id": "bigint",
    "media": "jsonb",
    "payload": "jsonb",
    "send_after": "timestamptz",
    "sent_at": "timestamptz",
}
_COLUMNS = [column.name for column in fields(Message)]
_COLUMN_DEFINITIONS = ", ".join(f"{name} {_COLUMN_TYPES.get(name, 'text')}" for name in _COLUMNS)

# Ids are drawn in the order in which the messages came (they break ties of sent_at), rows are
# inserted in the order of the people they name (not of the spellings), so that two batches meet
# the same new people in the same order.
_INSERT = f"""
with incoming as materialized (
  select nextval('public.whatsapp_message_id_seq') as id, m.*
  from rows from (
    jsonb_to_recordset(%(messages)s::jsonb)
      as ({_COLUMN_DEFINITIONS}, address text)
  ) with ordinality as m
)
insert into public.whatsapp_message (
  id, business_id, {", ".join(name for name in _COLUMNS if name != "sent_at")}, sent_at
)
select
  i.id, %(business_id)s, {", ".join(f"i.{name}" for name in _COLUMNS if name != "sent_at")},
  coalesce(i.sent_at, now())
from incoming i
left join lateral public.whatsapp_identifier(
  i.address,
  case when strpos(i.address, '@') = 0
    then public.address_region(%(business_id)s, i.provider, i.address) end
) as w on true
order by
  w.kind collate "C", public.identifier_match_value(w.kind, w.value) collate "C", i.address, i.id
on conflict do nothing
returning id, conversation_id, identity_id
"""


@dataclass
class InsertResult:
    """What became of the messages handed to insert_messages()."""

    inserted: int = 0
    duplicates: int = 0
    """Deliveries of a message that is already stored; nothing was written for them."""
    unlinked: int = 0
    """Inserted messages whose address identifies nobody (view unlinked_message)."""
    rejected: list[tuple[int, str]] = field(default_factory=list)
    """(position in the input, reason) of messages that the database refused."""


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
    rows = _insert(connection, business_id, [message])
    return rows[0] if rows else None


def insert_messages(
    connection: psycopg.Connection[Any],
    business_id: int,
    messages: Sequence[Message],
    batch_size: int = BATCH_SIZE,
) -> InsertResult:
    """Inserts messages in batches, each one statement and, in autocommit, one transaction.

    A message that the database refuses does not keep the others out.
    """
    result = InsertResult()
    for start in range(0, len(messages), batch_size):
        _insert_batch(connection, business_id, messages[start : start + batch_size], start, result)
    return result


def _insert_batch(
    connection: psycopg.Connection[Any],
    business_id: int,
    batch: Sequence[Message],
    position: int,
    result: InsertResult,
) -> None:
    try:
        rows = _insert(connection, business_id, batch)
    except _ROW_ERRORS as error:
        if len(batch) == 1:
            result.rejected.append((position, str(error).splitlines()[0]))
            return
        half = len(batch) // 2
        _insert_batch(connection, business_id, batch[:half], position, result)
        _insert_batch(connection, business_id, batch[half:], position + half, result)
        return
    result.inserted += len(rows)
    result.duplicates += len(batch) - len(rows)
    result.unlinked += sum(row["conversation_id"] is None for row in rows)


def _insert(
    connection: psycopg.Connection[Any], business_id: int, batch: Sequence[Message]
) -> list[dict[str, Any]]:
    if not -(2**63) <= business_id < 2**63:
        raise unknown_business(business_id)
    parameters = {
        "business_id": business_id,
        "messages": json.dumps([_row(message) for message in batch]),
    }
    for last_try in _tries(connection):
        try:
            with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
                return cursor.execute(_INSERT, parameters).fetchall()
        except psycopg.errors.ForeignKeyViolation as error:
            if error.diag.constraint_name == "whatsapp_message_business_fkey":
                raise unknown_business(business_id) from error
            raise
        except _RETRYABLE:
            if last_try:
                raise
            time.sleep(random.uniform(0.005, 0.1))  # noqa: S311  # not for secrets
    raise AssertionError("unreachable: the last try returns or raises")


def _tries(connection: psycopg.Connection[Any]) -> Iterator[bool]:
    """One try inside somebody else's transaction (it is theirs to repeat), else several."""
    own_transaction = connection.info.transaction_status == TransactionStatus.IDLE
    count = MAX_TRIES if own_transaction else 1
    return (attempt == count - 1 for attempt in range(count))


def _row(message: Message) -> dict[str, Any]:
    row = {name: _storable(getattr(message, name)) for name in _COLUMNS}
    row["address"] = _storable(message.address)
    return row


def storable_text(text: str) -> str:
    """The text as PostgreSQL can store it, so that a message is kept.

    Text there has no NUL and no half of a surrogate pair; they become U+FFFD.
    """
    raw = text.replace("\0", "\ufffd").encode("utf-8", "surrogatepass")
    return raw.decode("utf-8", "replace")


def _storable(value: Any) -> Any:
    """A value that PostgreSQL can store as text or jsonb."""
    if isinstance(value, str):
        return storable_text(value)
    if isinstance(value, dict):
        return {_storable(str(key)): _storable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return value
