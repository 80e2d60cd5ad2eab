"""Takes due messages from the queue, sends them, and notes what became of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import dict_row

from app.sending.sender import SendDelayed, Sender, SendRefused

MAX_ATTEMPTS = 8
# Longer than a provider may take to answer: then nobody else has the message meanwhile.
LEASE_SECONDS = 300
_FIRST_DELAY = 15
_LONGEST_DELAY = 3600

_CLAIM = """
select m.id, m.send_attempts, m.provider, m.kind, m.body, w.kind as address_kind, w.value as address
from public.claim_queued_messages(%s, 1, make_interval(secs => %s)) as m
left join lateral public.whatsapp_identifier(
  m.to_number, public.address_region(m.business_id, m.provider, m.to_number)) as w on true
"""


@dataclass
class SendResult:
    """How many messages went where."""

    sent: int = 0
    delayed: int = 0
    """To be tried again later."""
    failed: int = 0


def send_queued(
    connection: psycopg.Connection[Any], business_id: int, senders: Mapping[str, Sender]
) -> SendResult:
    """Sends what is due, one after the other, until nothing is.

    Args:
        connection: in autocommit: a claim is committed before the provider is called.
        senders: by provider; a message goes through its own, else through the first that reaches
            its address.
    """
    result = SendResult()
    while row := _claim(connection, business_id):
        try:
            sender = _choose(senders, row)
            provider_id = sender.send(row["address_kind"], row["address"], row["body"])
        except SendRefused as refusal:
            _note_failed(connection, business_id, row, str(refusal), None)
            result.failed += 1
        except SendDelayed as delay:
            if row["send_attempts"] >= MAX_ATTEMPTS:
                reason = f"{delay} (tried {row['send_attempts']} times)"
                _note_failed(connection, business_id, row, reason, None)
                result.failed += 1
            else:
                seconds = max(delay.retry_after or 0, _backoff(row["send_attempts"]))
                _note_failed(connection, business_id, row, str(delay), seconds)
                result.delayed += 1
        else:
            connection.execute(
                "select public.note_sent_message(%s, %s, %s, %s)",
                [business_id, row["id"], row["send_attempts"], provider_id],
            )
            result.sent += 1
    return result


def _claim(connection: psycopg.Connection[Any], business_id: int) -> dict[str, Any] | None:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(_CLAIM, [business_id, LEASE_SECONDS]).fetchone()


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
    connection: psycopg.Connection[Any],
    business_id: int,
    row: dict[str, Any],
    reason: str,
    retry_seconds: float | None,
) -> None:
    connection.execute(
        "select public.note_failed_message("
        "%s, %s, %s, %s, clock_timestamp() + make_interval(secs => %s))",
        [business_id, row["id"], row["send_attempts"], reason, retry_seconds],
    )
