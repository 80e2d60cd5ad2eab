"""Takes due messages from the queue, sends them, and notes what became of each."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg

from onethread.database.tenant import business_rows
from onethread.database.text import storable_text
from onethread.errors import ServerUnreachable
from onethread.sending.sender import SendDelayed, Sender, SendRefused, SendUnconfirmed

MAX_ATTEMPTS = 8
# Longer than a provider may take to answer: then nobody else has the message meanwhile.
LEASE_SECONDS = 300
_PAUSE_SECONDS = 0.5
_FIRST_DELAY = 15
_LONGEST_DELAY = 3600

Connect = Callable[[], psycopg.Connection[Any]]

_CLAIM = """
select (c.message).id, (c.message).send_attempts, (c.message).kind, (c.message).body,
  (c.message).media, c.failure,
  w.kind as address_kind, w.value as address
from onethread.claim_answers(%s, 1, make_interval(secs => %s), %s, %s, %s) as c
left join lateral onethread.whatsapp_identifier(
  (c.message).to_number,
  onethread.address_region(
    (c.message).business_id, (c.message).provider, (c.message).to_number)) as w on true
"""
_COUNT_WAITING = """
select count(*) as waiting
from public.whatsapp_message m
where m.business_id = %s
  and m.status = 'queued'
  and m.duplicate_of is null
  and onethread.is_unsent(m.direction, m.status::text)
  and onethread.is_due(m)
  -- Not what only waits for its turn: an earlier one of its thread is on its way, or tried again.
  and not exists (
    select
    from public.whatsapp_message earlier
    where earlier.business_id = m.business_id
      and earlier.conversation_id = m.conversation_id
      and earlier.status in ('queued', 'sending')
      and earlier.duplicate_of is null
      and earlier.send_attempts > 0
      and earlier.id < m.id
  )
"""


@dataclass
class SendResult:
    """How many messages went where."""

    sent: int = 0
    unconfirmed: int = 0
    """Of those sent: handed to the provider, and no id came back."""
    delayed: int = 0
    """To be tried again later."""
    failed: int = 0
    waiting: int = 0
    """Due, and left in the queue: no sender here has their provider, kind of address or number."""


def send_queued(connect: Connect, business_id: int, senders: Mapping[str, Sender]) -> SendResult:
    """Sends what is due, one after the other, until nothing is.

    Args:
        connect: gives the connection, in autocommit: a claim is committed before the provider is
            called. Asked again when it was lost.
        senders: by provider; each gets the messages of its provider, or of none, that it can
            deliver.
    """
    result = SendResult()
    while any(
        _send_next(connect, business_id, provider, sender, result)
        for provider, sender in senders.items()
    ):
        pass
    [left] = business_rows(connect(), business_id, _COUNT_WAITING, [business_id])
    result.waiting = left["waiting"]
    return result


def _send_next(
    connect: Connect, business_id: int, provider: str, sender: Sender, result: SendResult
) -> bool:
    """Sends one message of this sender's; False: there is none."""
    own_number = sender.own_number
    claim = [business_id, LEASE_SECONDS, provider, sorted(sender.kinds), own_number]
    rows = business_rows(connect(), business_id, _CLAIM, claim)
    for row in rows:
        if row["failure"] is None:
            _deliver(connect, business_id, sender, row, result)
        else:
            result.failed += 1
    return bool(rows)


def _deliver(
    connect: Connect, business_id: int, sender: Sender, row: dict[str, Any], result: SendResult
) -> None:
    """Hands a claimed message to the provider and notes what came of it."""
    try:
        address = (row["address_kind"], row["address"])
        template = _template(row)
        if template is not None:
            provider_id = sender.send_template(*address, template)
        elif row["kind"] == "text" and row["body"]:
            provider_id = sender.send(*address, row["body"])
        else:
            raise SendRefused("only text and templates can be sent")
        _note(connect, business_id, row, "note_sent_message", storable_text(provider_id))
        result.sent += 1
    except SendRefused as refusal:
        _note_failed(connect, business_id, row, str(refusal), None)
        result.failed += 1
    except SendDelayed as delay:
        if row["send_attempts"] >= MAX_ATTEMPTS:
            reason = f"{delay} (tried {row['send_attempts']} times)"
            _note_failed(connect, business_id, row, reason, None)
            result.failed += 1
        else:
            seconds = max(delay.retry_after or 0, _backoff(row["send_attempts"]))
            _note_failed(connect, business_id, row, str(delay), seconds)
            result.delayed += 1
    except (psycopg.OperationalError, psycopg.InterfaceError, ServerUnreachable):
        raise
    except Exception as error:
        # Whatever it is, the request has left: to send it again may be to send it twice.
        reason = str(error) if isinstance(error, SendUnconfirmed) else type(error).__name__
        _note_unconfirmed(connect, business_id, row, reason)
        result.sent += 1
        result.unconfirmed += 1


def _template(row: dict[str, Any]) -> dict[str, Any] | None:
    """What queue_message() was told to send in place of the body."""
    media = row["media"] if row["kind"] == "template" else None
    template = media.get("template") if isinstance(media, dict) else None
    return template if isinstance(template, dict) else None


def _backoff(attempt: int) -> float:
    """Seconds to wait after this attempt: 15, 30, 60, ... up to an hour."""
    return float(min(_FIRST_DELAY * 2 ** (attempt - 1), _LONGEST_DELAY))


def _note_failed(
    connect: Connect,
    business_id: int,
    row: dict[str, Any],
    reason: str,
    retry_seconds: float | None,
) -> None:
    _note(
        connect,
        business_id,
        row,
        "note_failed_message",
        storable_text(reason),
        "clock_timestamp() + make_interval(secs => %s)",
        retry_seconds,
    )


def _note_unconfirmed(connect: Connect, business_id: int, row: dict[str, Any], reason: str) -> None:
    """Notes that a message was sent; what the database refuses even so does not end the process:
    the lease runs out, and the claims are counted."""
    try:
        _note(connect, business_id, row, "note_unconfirmed_message", storable_text(reason))
    except (psycopg.OperationalError, psycopg.InterfaceError, ServerUnreachable):
        raise
    except psycopg.Error as error:
        lines = str(error).splitlines() or [type(error).__name__]
        print(f"onethread: message {row['id']}: {lines[0]}", file=sys.stderr, flush=True)


def _note(
    connect: Connect,
    business_id: int,
    row: dict[str, Any],
    function: str,
    said: str,
    more: str = "",
    *parameters: Any,
) -> None:
    """Notes an outcome, however often it takes while the lease lasts: the provider has the message,
    and what is not noted is sent again. A note that was taken, but not acknowledged, changes
    nothing the second time."""
    query = f"select onethread.{function}(%s, %s, %s, %s{', ' if more else ''}{more})"
    values = [business_id, row["id"], row["send_attempts"], said, *parameters]
    deadline = time.monotonic() + LEASE_SECONDS
    while True:
        try:
            business_rows(connect(), business_id, query, values)
            return
        except (psycopg.OperationalError, psycopg.InterfaceError, ServerUnreachable):
            if time.monotonic() >= deadline:
                raise
            time.sleep(_PAUSE_SECONDS)
