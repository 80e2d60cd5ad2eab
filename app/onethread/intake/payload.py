"""A payload of a provider: what its adapter reads out of it, and why it cannot read the rest."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from onethread.errors import PayloadError
from onethread.intake.credentials import without_credentials
from onethread.intake.halves import halves
from onethread.intake.nesting import empty_deep_parts, is_too_deep, parse_json
from onethread.intake.wrapping import unwrap
from onethread.model.message import Message
from onethread.model.message_event import MessageEvent
from onethread.providers import PROVIDERS, ProviderResult

PROVIDER_NAMES = tuple(sorted(PROVIDERS))

NOT_JSON = "not valid JSON"
NO_PAYLOAD = "a payload that is nested too deeply"
"""What is not read of a message or event that is kept without its payload."""


@dataclass
class Payload:
    """What a provider sent, and what an adapter reads out of it."""

    provider: str
    read: ProviderResult = field(default_factory=ProviderResult)
    """What is read."""
    reasons: list[str] = field(default_factory=list)
    """Why it, or a part of it, cannot be read."""
    raw: str | None = None
    """The text as it came; None: it is an element of an array, and `value` is what it says."""
    value: Any = None
    origin: str = "webhook"
    """Where it came from, as a reject says it."""
    reject_id: int | None = None
    """Of the reject that it was, when it is tried again."""

    @property
    def text(self) -> str:
        """The whole of it, JSON or not."""
        return json.dumps(self.value) if self.raw is None else self.raw

    @property
    def row_count(self) -> int:
        """How many rows it is worth."""
        return self.read.row_count


def read_payload(provider: str, text: str, reject_id: int | None = None) -> Payload:
    """One payload, as a webhook brings it or a reject has kept it.

    An array is read element by element: the one that cannot be read does not keep the others out.
    """
    payload = Payload(provider, raw=without_credentials(text), reject_id=reject_id)
    document = parse_json(payload.text)
    if document is None:
        payload.reasons.append(NOT_JSON)
    else:
        [value] = document
        for element in value if isinstance(value, list) and value else [value]:
            _read_into(payload, element)
    return payload


def read_document(provider: str, value: Any, origin: str, raw: str | None = None) -> Payload:
    """A payload that is one JSON value; an array is none."""
    payload = Payload(provider, raw=raw, value=value if raw is None else None, origin=origin)
    _read_into(payload, value)
    return payload


def _read_into(payload: Payload, value: Any) -> None:
    """Adds what the adapter reads; what it cannot read keeps nothing else out."""
    if payload.provider not in PROVIDERS:
        payload.reasons.append(f"unknown provider {payload.provider!r}")
        return
    for inner in unwrap(value):
        _read_unwrapped(payload, inner)


def _read_unwrapped(payload: Payload, value: Any) -> None:
    is_deep = is_too_deep(value)
    if is_deep:
        empty_deep_parts(value)
    read = ProviderResult()
    payload.reasons += dict.fromkeys(_read_apart(payload.provider, value, read))
    payload.reasons += [f"not read, and holds messages: {name}" for name in read.unopened]
    if is_deep:
        read.messages = [_without_deep_payload(row, read) for row in read.messages]
        read.events = [_without_deep_payload(row, read) for row in read.events]
    payload.read.add(read)


def _read_apart(provider: str, value: Any, read: ProviderResult) -> list[str]:
    """Adds what the adapter reads to `read`; returns why it could not read the rest.

    Where the adapter falls over it is asked about each half, down to the message that it cannot
    read: that one harms no neighbour.
    """
    try:
        result = PROVIDERS[provider](value)
        result.messages = [_with_id(message) for message in result.messages]
    except PayloadError as error:
        return [str(error)]
    except Exception as error:
        return [
            reason for half in halves(value) for reason in _read_apart(provider, half, read)
        ] or [f"the adapter failed: {type(error).__name__}: {error}"]
    read.add(result)
    return []


_Row = TypeVar("_Row", Message, MessageEvent)


def _without_deep_payload(row: _Row, read: ProviderResult) -> _Row:
    if not is_too_deep(row.payload):
        return row
    read.unread[NO_PAYLOAD] += 1
    return replace(row, payload=None)


def _with_id(message: Message) -> Message:
    """The message, with a digest of what the provider sent for an id if the provider gave none:
    delivered again it must be one message too."""
    if message.provider_message_id is not None:
        return message
    content = json.dumps(message.payload, sort_keys=True)
    digest = hashlib.sha256(content.encode()).hexdigest()
    return replace(message, provider_message_id=f"sha256:{digest}")
