"""A batch of payloads -> messages, events and evidence, in one transaction. Nothing is lost."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import psycopg

from onethread.database.failures import SERVER_FAILURES, describe_failure
from onethread.database.retry import retry_conflicts
from onethread.database.tenant import business_transaction
from onethread.errors import UnknownBusiness
from onethread.intake.payload import Payload
from onethread.intake.rejects import close_reject, keep_payload
from onethread.messages.batches import InsertResult
from onethread.messages.write import (
    insert_events,
    insert_evidence,
    insert_messages,
    insert_names,
    learn_from_copies,
)
from onethread.providers.result import ProviderResult
from onethread.providers.trust import has_history_names, with_claimed_names

log = logging.getLogger("onethread")

ANOTHER_MESSAGE = "another message has this id"
"""What is not read of a payload whose message is a second one under the id of a stored one."""

LOST_PAYLOAD = "a payload that cannot be stored"
"""What is not read of a message or event that is stored without its payload."""


@dataclass
class IntakeResult:
    """What became of payloads."""

    messages: int = 0
    duplicates: int = 0
    """Messages that were stored already."""
    unlinked: int = 0
    """Stored messages whose address identifies nobody (view unlinked_message)."""
    events: int = 0
    evidence: int = 0
    names: int = 0
    """Names of people and groups that were not known."""
    ignored: Counter[str] = field(default_factory=Counter)
    """What is known to say nothing, by its name."""
    unread: Counter[str] = field(default_factory=Counter)
    """What may matter and makes no row, by its name; the payload is kept for a version that reads
    it."""
    foreign: int = 0
    """Parts that are of accounts of other businesses; nothing of them is stored."""
    rejected: Counter[str] = field(default_factory=Counter)
    """Payloads that could not be processed, or not in full, by the reason; they are kept, open."""

    def add(self, other: IntakeResult) -> None:
        """Counts what became of other payloads too."""
        for count in fields(self):
            setattr(self, count.name, getattr(self, count.name) + getattr(other, count.name))


def store_payloads(
    connection: psycopg.Connection[Any], business_id: int, payloads: Sequence[Payload]
) -> IntakeResult:
    """Stores what the payloads say, or keeps them with the reason, before it returns.

    They go in in one transaction. When it fails, and the server is not to blame, each half is tried
    by itself, down to the payload that cannot go in: it is kept, and harms no neighbour.

    Raises:
        UnknownBusiness: there is no such business.
        psycopg.Error: one of SERVER_FAILURES; what has not gone in by then can come again.
    """
    if not payloads:
        return IntakeResult()

    def store(part: Sequence[Payload]) -> IntakeResult:
        return retry_conflicts(
            connection, business_id, lambda: _store(connection, business_id, part)
        )

    result = _run_by_halves(connection, business_id, payloads, store)
    result.add(learn(connection, business_id, payloads))
    return result


def learn(
    connection: psycopg.Connection[Any], business_id: int, payloads: Sequence[Payload]
) -> IntakeResult:
    """Lets the database learn from what is stored; counts what had to be kept over it.

    Raises:
        psycopg.Error: as store_payloads().
    """

    def run(part: Sequence[Payload]) -> IntakeResult:
        messages = [message for payload in part for message in payload.read.messages]
        learn_from_copies(connection, business_id, messages)
        return IntakeResult()

    return _run_by_halves(connection, business_id, payloads, run)


def _run_by_halves(
    connection: psycopg.Connection[Any],
    business_id: int,
    payloads: Sequence[Payload],
    run: Callable[[Sequence[Payload]], IntakeResult],
) -> IntakeResult:
    """Runs it on all; when that fails on each half; a single payload is kept instead."""
    try:
        return run(payloads)
    except (*SERVER_FAILURES, UnknownBusiness):
        raise
    except Exception as error:  # perhaps ours, but no payload must be lost over it
        if len(payloads) == 1:
            reasons = [*payloads[0].reasons, _blame(error)]
            with business_transaction(connection, business_id):
                keep_payload(connection, business_id, payloads[0], join_reasons(reasons))
            return IntakeResult(rejected=Counter([join_reasons(reasons)]))
    half = len(payloads) // 2
    result = _run_by_halves(connection, business_id, payloads[:half], run)
    result.add(_run_by_halves(connection, business_id, payloads[half:], run))
    return result


def _blame(error: Exception) -> str:
    if isinstance(error, psycopg.Error):
        return describe_failure(error)
    log.error("a payload could not be processed", exc_info=error)
    return f"{type(error).__name__}: {error}"


def _store(
    connection: psycopg.Connection[Any], business_id: int, payloads: Sequence[Payload]
) -> IntakeResult:
    """The work of one transaction. It changes no payload: it may be run again."""
    reasons = [list(payload.reasons) for payload in payloads]
    read = _read_as_trusted(connection, business_id, payloads)
    unread = [Counter(payload.read.unread) for payload in payloads]

    def insert(write: Callable[..., InsertResult], kind: str) -> InsertResult:
        rows = [(n, row) for n, each in enumerate(read) for row in getattr(each, kind)]
        inserted = write(connection, business_id, [row for _, row in rows])
        for position, reason in inserted.rejected:
            reasons[rows[position][0]].append(reason)
        for position in inserted.without_payload:
            unread[rows[position][0]][LOST_PAYLOAD] += 1
        for position in inserted.different:
            unread[rows[position][0]][ANOTHER_MESSAGE] += 1
        return inserted

    # Who is whom goes in first: the messages then find their conversation at once.
    evidence = insert(insert_evidence, "evidence")
    messages = insert(insert_messages, "messages")
    events = insert(insert_events, "events")
    names_told = insert(insert_names, "names")
    result = IntakeResult(
        messages=messages.inserted,
        duplicates=messages.duplicates,
        unlinked=messages.unlinked,
        events=events.inserted,
        evidence=evidence.inserted,
        names=names_told.inserted,
    )
    for payload, why, names in zip(payloads, reasons, unread, strict=True):
        _keep(connection, business_id, payload, why, names)
        result.ignored += payload.read.ignored
        result.unread += names
        if why:
            result.rejected[join_reasons(why)] += 1
    return result


def _read_as_trusted(
    connection: psycopg.Connection[Any], business_id: int, payloads: Sequence[Payload]
) -> list[ProviderResult]:
    """What the payloads say, with the weight that business.trust_mappings gives it."""
    read = [payload.read for payload in payloads]
    if any(map(has_history_names, read)):
        query = "select s.trust_mappings from public.business s where s.id = %s"
        row = connection.execute(query, [business_id]).fetchone()
        if row is not None and not row[0]:
            return list(map(with_claimed_names, read))
    return read


def _keep(
    connection: psycopg.Connection[Any],
    business_id: int,
    payload: Payload,
    reasons: list[str],
    unread: Counter[str] | None = None,
) -> None:
    """Keeps the payload if that is called for; closes the reject that it was if it is not."""
    if reasons:
        keep_payload(connection, business_id, payload, join_reasons(reasons))
    elif unread:
        keep_payload(connection, business_id, payload, name_unread(unread), is_unread=True)
    elif payload.reject_id is not None:
        close_reject(connection, business_id, payload.reject_id)


def name_unread(unread: Counter[str]) -> str:
    """The same of one that is stored but for these."""
    return f"not read: {', '.join(sorted(+unread))}"


def join_reasons(reasons: list[str]) -> str:
    """Why a payload is kept, in a line."""
    return "; ".join(reasons[:5])
