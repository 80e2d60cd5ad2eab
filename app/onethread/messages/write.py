"""Writing messages, their events and evidence, many at once. The database does the rest."""

from __future__ import annotations

import json
import random
import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, TypeVar

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import dict_row, scalar_row

from onethread.database.business import unknown_business
from onethread.database.tenant import business_transaction
from onethread.model.evidence import Evidence
from onethread.model.message import PLACEHOLDER, UNSUPPORTED, Message
from onethread.model.message_event import MessageEvent

_Result = TypeVar("_Result")

BATCH_SIZE = 1000
MAX_TRIES = 8

# Another session met the same people in the opposite order: the same statement, run again, finds
# them.
_RETRYABLE = (
    psycopg.errors.LockNotAvailable,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
)

# The first try gives way soon: two transactions with several people each may wait in a circle, and
# the server looks for one only after a second. Whoever gave way comes again one at a time, waiting
# as long as it takes: all that is in its way are first tries, and they give way.
_FIRST_TRY = "select set_config('lock_timeout', '250ms', true)"
_LATER_TRY = "select pg_advisory_xact_lock(hashtextextended('onethread.retry', %s))"

# The row, not the server or the network, is at fault: others of the batch may still go in.
_ROW_ERRORS = (psycopg.DataError, psycopg.IntegrityError)

# What may be one of WhatsApp's own message ids: the others need not be looked at.
_GATEWAY_ID = re.compile(r"[0-9A-F]{6,255}")

_COLUMN_TYPES = {
    "contact_aliases": "text[]",
    "is_from_business": "boolean",
    "lead_id": "bigint",
    "media": "jsonb",
    "observed_at": "timestamptz",
    "occurred_at": "timestamptz",
    "payload": "jsonb",
    "send_after": "timestamptz",
    "sent_at": "timestamptz",
}


def _names(record: type) -> list[str]:
    return [column.name for column in fields(record)]


def _definitions(record: type) -> str:
    return ", ".join(f"{name} {_COLUMN_TYPES.get(name, 'text')}" for name in _names(record))


_MESSAGE_COLUMNS = ", ".join(name for name in _names(Message) if name != "sent_at")
_MESSAGE_VALUES = ", ".join(f"i.{name}" for name in _names(Message) if name != "sent_at")

# Ids are drawn in the order in which the messages came (they break ties of sent_at), rows are
# inserted in the order of the people they name (not of the spellings), so that two batches meet
# the same new people in the same order.
_INSERT_MESSAGES = f"""
with incoming as materialized (
  select nextval('public.whatsapp_message_id_seq') as id, m.*
  from rows from (
    jsonb_to_recordset(%(rows)s::jsonb)
      as ({_definitions(Message)}, address text)
  ) with ordinality as m
)
insert into public.whatsapp_message (id, business_id, {_MESSAGE_COLUMNS}, sent_at)
select
  i.id, %(business_id)s, {_MESSAGE_VALUES},
  coalesce(i.sent_at, now())
from incoming i
left join lateral onethread.read_address(
  i.address,
  case when strpos(i.address, '@') = 0
    then onethread.address_region(%(business_id)s, i.provider, i.address) end
) as w on true
order by
  w.kind collate "C", w.match_value collate "C", i.address, i.id
on conflict do nothing
returning id, conversation_id, identity_id
"""

_SAME_IN_COPIES = ("direction", "participant", "provider", "provider_message_id")
_FILLED_COLUMNS = [name for name in _names(Message) if name not in (*_SAME_IN_COPIES, "sent_at")]

# Each row beside the message that is stored under its id in its conversation: that of any of its
# names, for its phone may be somebody else's by now.
_STORED_MESSAGES = f"""
rows from (
  jsonb_to_recordset(%(rows)s::jsonb)
    as ({_definitions(Message)}, address text)
) with ordinality as i
cross join lateral unnest(array[i.address] || i.contact_aliases) as n (name)
cross join lateral onethread.whatsapp_identifier(
  n.name, onethread.address_region(%(business_id)s, i.provider, n.name)
) as w
inner join public.whatsapp_identity y
  on y.business_id = %(business_id)s
  and y.kind = w.kind
  and y.scope = onethread.identifier_scope(w.kind, w.value)
  and y.match_value = onethread.identifier_match_value(w.kind, w.value)
  and y.valid_until is null
inner join public.whatsapp_message s
  on s.business_id = y.business_id
  and s.conversation_id = y.conversation_id
  and s.provider_message_id = i.provider_message_id
  and length(s.provider_message_id) <= 255
  and s.direction = i.direction
  and s.participant is not distinct from i.participant
  and s.provider = i.provider
  and s.duplicate_of is null
"""

# The first message that says more fills the one that says nothing.
_FILL_PLACEHOLDERS = f"""
update public.whatsapp_message m
set {", ".join(f"{name} = f.{name}" for name in _FILLED_COLUMNS)},
  sent_at = coalesce(f.sent_at, m.sent_at)
from (
  select distinct on (s.id) s.id as stored_id, i.*
  from {_STORED_MESSAGES}
  where i.kind <> '{PLACEHOLDER}'
  order by s.id, i.kind = '{UNSUPPORTED}', i.ordinality
) as f
where m.business_id = %(business_id)s
  and m.id = f.stored_id
  and m.kind in ('{PLACEHOLDER}', '{UNSUPPORTED}')
  and m.kind <> f.kind
"""

_LIST_DIFFERENT = f"""
select distinct i.ordinality::int - 1 as position
from {_STORED_MESSAGES}
where i.kind not in ('{PLACEHOLDER}', '{UNSUPPORTED}')
  and (i.kind <> s.kind or i.body is distinct from s.body)
order by position
"""

_EVENT_COLUMNS = ", ".join(name for name in _names(MessageEvent) if name != "occurred_at")

# Two batches that hold the same events meet at the unique index in one order.
_INSERT_EVENTS = f"""
insert into public.whatsapp_message_event (
  business_id, {_EVENT_COLUMNS}, is_time_known, occurred_at
)
select
  %(business_id)s, {_EVENT_COLUMNS}, occurred_at is not null, coalesce(occurred_at, now())
from rows from (
  jsonb_to_recordset(%(rows)s::jsonb) as ({_definitions(MessageEvent)})
) with ordinality
order by provider_message_id collate "C", kind collate "C", occurred_at, ordinality
on conflict do nothing
returning id
"""

_INSERT_EVIDENCE = f"""
insert into public.whatsapp_identity_evidence (
  business_id, a, b, relation, source, observed_at
)
select %(business_id)s, a, b, relation, source, coalesce(observed_at, now())
from rows from (
  jsonb_to_recordset(%(rows)s::jsonb) as ({_definitions(Evidence)})
) with ordinality
order by least(a, b) collate "C", greatest(a, b) collate "C", observed_at, ordinality
on conflict do nothing
returning id
"""


@dataclass
class InsertResult:
    """What became of the rows handed to insert_messages(), insert_events(), insert_evidence()."""

    inserted: int = 0
    duplicates: int = 0
    """Deliveries of what is already stored; nothing was written for them."""
    unlinked: int = 0
    """Inserted messages whose address identifies nobody (view unlinked_message)."""
    rejected: list[tuple[int, str]] = field(default_factory=list)
    """(position in the input, reason) of rows that the database refused."""
    different: list[int] = field(default_factory=list)
    """Positions of the duplicates that say something else than the message stored under their id:
    two messages that were given one id."""


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
    row = _message_row(message)
    rows = _insert(connection, business_id, _INSERT_MESSAGES, [row])
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
    rows = [_message_row(message) for message in messages]
    result = _insert_rows(connection, business_id, _INSERT_MESSAGES, rows, batch_size)
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
    rows = [_row(event) for event in events]
    return _insert_rows(connection, business_id, _INSERT_EVENTS, rows, batch_size)


def insert_evidence(
    connection: psycopg.Connection[Any],
    business_id: int,
    evidence: Sequence[Evidence],
    batch_size: int = BATCH_SIZE,
) -> InsertResult:
    """Inserts statements about who is whom; the database applies them as they go in."""
    rows = [_row(statement) for statement in evidence]
    return _insert_rows(connection, business_id, _INSERT_EVIDENCE, rows, batch_size)


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
    connection: psycopg.Connection[Any], business_id: int, rows: list[dict[str, Any]]
) -> list[int]:
    """Fills stored messages that say nothing; returns the positions of rows that say otherwise."""
    parameters = {"business_id": business_id, "rows": json.dumps(rows)}

    def run() -> list[int]:
        with connection.cursor(row_factory=scalar_row) as cursor:
            cursor.execute(_FILL_PLACEHOLDERS, parameters)
            return cursor.execute(_LIST_DIFFERENT, parameters).fetchall()

    return retry_conflicts(connection, business_id, run)


def retry_conflicts(
    connection: psycopg.Connection[Any], business_id: int, run: Callable[[], _Result]
) -> _Result:
    """Runs it in a transaction about the business, again when another's writes got in its way.

    Inside somebody else's transaction there is one try: it is theirs to repeat.
    """
    if connection.info.transaction_status != TransactionStatus.IDLE:
        with business_transaction(connection, business_id):
            return run()
    for tries_left in reversed(range(MAX_TRIES)):
        try:
            with business_transaction(connection, business_id):
                if tries_left == MAX_TRIES - 1:
                    connection.execute(_FIRST_TRY)
                else:
                    connection.execute(_LATER_TRY, [business_id])
                return run()
        except _RETRYABLE:
            if not tries_left:
                raise
            time.sleep(random.uniform(0.005, 0.1))  # noqa: S311  # not for secrets
    raise AssertionError("the last try returns or raises")


def _insert_rows(
    connection: psycopg.Connection[Any],
    business_id: int,
    query: str,
    rows: list[dict[str, Any]],
    batch_size: int,
) -> InsertResult:
    result = InsertResult()
    for start in range(0, len(rows), batch_size):
        batch = rows[start : start + batch_size]
        _insert_batch(connection, business_id, query, batch, start, result)
    return result


def _insert_batch(
    connection: psycopg.Connection[Any],
    business_id: int,
    query: str,
    batch: list[dict[str, Any]],
    position: int,
    result: InsertResult,
) -> None:
    try:
        rows = _insert(connection, business_id, query, batch)
    except _ROW_ERRORS as error:
        if len(batch) == 1:
            result.rejected.append((position, str(error).splitlines()[0]))
            return
        half = len(batch) // 2
        _insert_batch(connection, business_id, query, batch[:half], position, result)
        _insert_batch(connection, business_id, query, batch[half:], position + half, result)
        return
    result.inserted += len(rows)
    result.duplicates += len(batch) - len(rows)
    result.unlinked += sum(row.get("conversation_id", 0) is None for row in rows)


def _insert(
    connection: psycopg.Connection[Any], business_id: int, query: str, batch: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    if not -(2**63) <= business_id < 2**63:
        raise unknown_business(business_id)
    parameters = {"business_id": business_id, "rows": json.dumps(batch)}

    def run() -> list[dict[str, Any]]:
        with connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(query, parameters).fetchall()

    try:
        return retry_conflicts(connection, business_id, run)
    except psycopg.errors.ForeignKeyViolation as error:
        if (error.diag.constraint_name or "").endswith("_business_fkey"):
            raise unknown_business(business_id) from error
        raise


def _row(record: Message | MessageEvent | Evidence) -> dict[str, Any]:
    return {name: _storable(getattr(record, name)) for name in _names(type(record))}


def _message_row(message: Message) -> dict[str, Any]:
    return _row(message) | {"address": _storable(message.address)}


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
