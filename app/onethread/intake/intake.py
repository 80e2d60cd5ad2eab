"""One payload -> messages, events and evidence, in one transaction. Nothing of it is lost."""

from __future__ import annotations

import hashlib
import json
import logging
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

import psycopg

from onethread.database.business import check_business
from onethread.errors import PayloadError, UnknownBusiness
from onethread.intake.json_depth import is_too_deep
from onethread.intake.rejects import (
    ANOTHER_MESSAGE,
    ReplayResult,
    keep_reject,
    keep_unread,
    list_rejects,
    mark_reject,
)
from onethread.messages.write import (
    insert_events,
    insert_evidence,
    insert_messages,
    learn_from_copies,
    retry_conflicts,
)
from onethread.model.message import Message
from onethread.providers import PROVIDERS, ProviderResult

log = logging.getLogger("onethread")

# Errors of the server or of its schema, not of the payload: the sender should come again.
NOT_THE_PAYLOADS = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.errors.UndefinedTable,
    psycopg.errors.UndefinedColumn,
    psycopg.errors.UndefinedFunction,
    psycopg.errors.InsufficientPrivilege,
)


@dataclass
class Intake:
    """What became of one payload."""

    messages: int = 0
    events: int = 0
    evidence: int = 0
    duplicates: int = 0
    unlinked: int = 0
    ignored: Counter[str] = field(default_factory=Counter)
    unread: Counter[str] = field(default_factory=Counter)
    reasons: list[str] = field(default_factory=list)
    """Why it, or a part of it, could not be processed; it is kept whole then."""


def take_payload(
    connection: psycopg.Connection[Any], business_id: int, provider: str, payload: str
) -> Intake:
    """Processes a payload, or keeps it with the reason, before it returns.

    Raises:
        UnknownBusiness: there is no such business.
        psycopg.Error: one of NOT_THE_PAYLOADS; nothing was stored.
    """
    check_business(connection, business_id)
    intake, parsed = Intake(), None
    try:
        parsed, reasons = parse_payload(provider, payload)
        read = parsed
        intake = retry_conflicts(
            connection, business_id, lambda: _store(connection, business_id, read)
        )
        intake.reasons += reasons
    except NOT_THE_PAYLOADS:
        raise
    except psycopg.Error as error:
        intake.reasons.append(str(error).splitlines()[0])
    except PayloadError as error:
        intake.reasons.append(str(error))
    except UnknownBusiness:
        raise
    except Exception as error:  # ours, but the payload must not be lost over it
        log.exception("a payload could not be processed")
        intake.reasons.append(f"{type(error).__name__}: {error}")
    if intake.reasons:
        keep_reject(connection, business_id, provider, payload, "; ".join(intake.reasons[:5]))
    elif intake.unread:
        keep_unread(connection, business_id, provider, payload, intake.unread)
    if parsed is not None:
        learn_from_copies(connection, business_id, parsed.messages)
    return intake


def replay_rejects(
    connection: psycopg.Connection[Any], business_id: int | None, ids: list[int] | None
) -> ReplayResult:
    """Tries the open rejects again; those that go in are closed in the same transaction."""
    result = ReplayResult()
    after = 0
    while page := list_rejects(connection, business_id, ids, after):
        for reject in page:
            after = reject["id"]
            reasons = _replay(connection, reject)
            (result.still_rejected if reasons else result.resolved).append(reject["id"])
    return result


def _replay(connection: psycopg.Connection[Any], reject: dict[str, Any]) -> list[str]:
    business_id = reject["business_id"]
    try:
        parsed, unreadable = parse_payload(reject["provider"], reject["payload"])

        def run() -> list[str]:
            reasons = unreadable + _store(connection, business_id, parsed).reasons
            reason = "; ".join(reasons[:5]) or None
            mark_reject(connection, business_id, reject["id"], reason)
            return reasons

        reasons = retry_conflicts(connection, business_id, run)
        learn_from_copies(connection, business_id, parsed.messages)
        return reasons
    except NOT_THE_PAYLOADS:
        raise
    except Exception as error:
        known = isinstance(error, PayloadError | psycopg.Error)
        reason = (str(error) if known else repr(error)).splitlines()[0]
        mark_reject(connection, business_id, reject["id"], reason)
        return [reason]


def parse_payload(provider: str, payload: str) -> tuple[ProviderResult, list[str]]:
    """What an adapter reads out of the text of a payload, and why it cannot read some of it.

    An array is several payloads: the one that cannot be read does not keep the others out.

    Raises:
        PayloadError: it is not JSON, or nothing of it can be read.
    """
    if provider not in PROVIDERS:
        raise PayloadError(f"unknown provider {provider!r}")
    try:
        document = json.loads(payload)
    except (ValueError, RecursionError):
        raise PayloadError("not valid JSON") from None
    if is_too_deep(document):
        raise PayloadError("nested too deeply")
    if not isinstance(document, list) or not document:
        return read_document(provider, document), []

    whole, reasons = ProviderResult(), []
    for element in document:
        try:
            parsed = read_document(provider, element)
        except PayloadError as error:
            reasons.append(str(error))
            continue
        whole.messages += parsed.messages
        whole.events += parsed.events
        whole.evidence += parsed.evidence
        whole.ignored += parsed.ignored
        whole.unread += parsed.unread
    return whole, reasons


def read_document(provider: str, document: Any) -> ProviderResult:
    """The adapter's reading; an adapter that falls over is a PayloadError too: nothing is lost."""
    try:
        parsed = PROVIDERS[provider](document)
        parsed.messages = [_with_id(message) for message in parsed.messages]
        return parsed
    except PayloadError:
        raise
    except Exception as error:
        raise PayloadError(f"the adapter failed: {type(error).__name__}: {error}") from error


def _with_id(message: Message) -> Message:
    """The message, with a digest of what the provider sent for an id if the provider gave none:
    delivered again it must be one message too."""
    if message.provider_message_id is not None:
        return message
    content = json.dumps(message.payload, sort_keys=True)
    digest = hashlib.sha256(content.encode()).hexdigest()
    return replace(message, provider_message_id=f"sha256:{digest}")


def _store(connection: psycopg.Connection[Any], business_id: int, parsed: ProviderResult) -> Intake:
    evidence = insert_evidence(connection, business_id, parsed.evidence)
    messages = insert_messages(connection, business_id, parsed.messages)
    events = insert_events(connection, business_id, parsed.events)
    return Intake(
        messages=messages.inserted,
        events=events.inserted,
        evidence=evidence.inserted,
        duplicates=messages.duplicates,
        unlinked=messages.unlinked,
        ignored=parsed.ignored,
        unread=parsed.unread + Counter([ANOTHER_MESSAGE] * len(messages.different)),
        reasons=[
            reason for result in (messages, events, evidence) for _, reason in result.rejected
        ],
    )
