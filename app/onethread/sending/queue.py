"""Takes due messages from the queue, sends them, and notes what became of each."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg

from onethread.database.tenant import business_rows
from onethread.errors import ServerUnreachable
from onethread.sending.sender import SendDelayed, Sender, SendRefused

MAX_ATTEMPTS = 8
# Longer than a provider may take to answer: then nobody else has the message meanwhile.
LEASE_SECONDS = 300
_PAUSE_SECONDS = 0.5
_FIRST_DELAY = 15
_LONGEST_DELAY = 3600

Connect = Callable[[], psycopg.Connection[Any]]

_CLAIM = """
select m.id, m.send_attempts, m.provider, m.kind, m.body, w.kind as address_kind, w.value as address
from onethread.claim_queued_messages(%s, 1, make_interval(secs => %s)) as m
left join lateral onethread.whatsapp_identifier(
  m.to_number, onethread.address_region(m.business_id, m.provider, m.to_number)) as w on true
"""


@dataclass
class SendResult:
    """How many messages went where."""

    sent: int = 0
    delayed: int = 0
    """To be tried again later."""
    failed: int = 0


def send_queued(connect: Connect, business_id: int, senders: Mapping[str, Sender]) -> SendResult:
    """Sends what is due, one after the other, until nothing is.

    Args:
        connect: gives the connection, in autocommit: a claim is committed before the provider is
            called. Asked again when it was lost.
        senders: by provider; a message goes through its own, else through the first that reaches
            its address.
    """
    result = SendResult()
    while row := _claim(connect(), business_id):
        try:
            sender = _choose(senders, row)
            provider_id = sender.send(row["address_kind"], row["address"], row["body"])
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
        else:
            _note(
                connect,
                business_id,
                "select onethread.note_sent_message(%s, %s, %s, %s)",
                [business_id, row["id"], row["send_attempts"], provider_id],
            )
            result.sent += 1
    return result


def _claim(connection: psycopg.Connection[Any], business_id: int) -> dict[str, Any] | None:
    rows = business_rows(connection, business_id, _CLAIM, [business_id, LEASE_SECONDS])
    return rows[0] if rows else None


def _choose(senders: Mapping[str, Sender], row: dict[str, Any]) -> Sender:
    if row["address_kind"] is None:
        raise SendRefused("the address identifies nobody")
    if row["kind"] != "text" or not row["body"]:
        raise SendRefused("only text can be sent")
    own = senders.get(row["provider"] or "")
    for sender in [own] if own else senders.values():
        if row["address_kind"] in sender.kinds:
            return sender
    raise SendRefused(f"no provider is configured that can write to a {row['address_kind']}")


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
        "select onethread.note_failed_message("
        "%s, %s, %s, %s, clock_timestamp() + make_interval(secs => %s))",
        [business_id, row["id"], row["send_attempts"], reason, retry_seconds],
    )


def _note(connect: Connect, business_id: int, query: str, parameters: list[Any]) -> None:
    """Notes an outcome, however often it takes while the lease lasts: the provider has the message,
    and what is not noted is sent again. A note that was taken, but not acknowledged, changes
    nothing the second time."""
    deadline = time.monotonic() + LEASE_SECONDS
    while True:
        try:
            business_rows(connect(), business_id, query, parameters)
            return
        except (psycopg.OperationalError, psycopg.InterfaceError, ServerUnreachable):
            if time.monotonic() >= deadline:
                raise
            time.sleep(_PAUSE_SECONDS)
