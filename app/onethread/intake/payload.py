"""A payload of a provider: what its adapter reads out of it, and why it cannot read the rest."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from typing import Any

from onethread.errors import PayloadError
from onethread.model.message import Message
from onethread.providers import PROVIDERS, ProviderResult

# Real payloads are some ten levels deep; far below what Python's recursion can take.
MAX_DEPTH = 200

PROVIDER_NAMES = tuple(sorted(PROVIDERS))

NOT_JSON = "not valid JSON"
TOO_DEEP = "nested too deeply"


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
        return len(self.read.messages) + len(self.read.events) + len(self.read.evidence)


def read_payload(provider: str, text: str, reject_id: int | None = None) -> Payload:
    """One payload, as a webhook brings it or a reject has kept it.

    An array is read element by element: the one that cannot be read does not keep the others out.
    """
    payload = Payload(provider, raw=text, reject_id=reject_id)
    document = parse_json(text)
    if document is None:
        payload.reasons.append(NOT_JSON)
    elif is_too_deep(document[0]):
        payload.reasons.append(TOO_DEEP)
    else:
        [value] = document
        for element in value if isinstance(value, list) and value else [value]:
            _read_into(payload, element)
    return payload


def read_document(provider: str, value: Any, origin: str, raw: str | None = None) -> Payload:
    """A payload that is one JSON value, not nested too deeply; an array is none."""
    payload = Payload(provider, raw=raw, value=value if raw is None else None, origin=origin)
    _read_into(payload, value)
    return payload


def parse_json(text: str) -> tuple[Any] | None:
    """The JSON value in a tuple of one (null is a value too), or None when it is not JSON."""
    try:
        return (json.loads(text),)
    except (ValueError, RecursionError):
        return None


def is_too_deep(value: Any) -> bool:
    """Whether the value is nested deeper than MAX_DEPTH: Python's recursion takes only so much."""
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for item in level
            if isinstance(item, dict | list)
            for child in (item.values() if isinstance(item, dict) else item)
        ]
        if not level:
            return False
    return True


def _read_into(payload: Payload, value: Any) -> None:
    """Adds what the adapter reads; one that falls over has not read it: nothing is lost."""
    if payload.provider not in PROVIDERS:
        payload.reasons.append(f"unknown provider {payload.provider!r}")
        return
    try:
        read = PROVIDERS[payload.provider](value)
        read.messages = [_with_id(message) for message in read.messages]
    except PayloadError as error:
        payload.reasons.append(str(error))
    except Exception as error:
        payload.reasons.append(f"the adapter failed: {type(error).__name__}: {error}")
    else:
        payload.read.add(read)


def _with_id(message: Message) -> Message:
    """The message, with a digest of what the provider sent for an id if the provider gave none:
    delivered again it must be one message too."""
    if message.provider_message_id is not None:
        return message
    content = json.dumps(message.payload, sort_keys=True)
    digest = hashlib.sha256(content.encode()).hexdigest()
    return replace(message, provider_message_id=f"sha256:{digest}")
