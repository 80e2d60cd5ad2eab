"""What an adapter makes of one payload."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from app.evidence import Evidence
from app.message import Message
from app.message_event import MessageEvent


@dataclass
class ProviderResult:
    """What a payload says: messages, what happened to messages, who is whom, and the rest."""

    messages: list[Message] = field(default_factory=list)
    events: list[MessageEvent] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)
    ignored: Counter[str] = field(default_factory=Counter)
    """What makes none of these (calls, presence, ...), counted by its name."""


def text(value: Any) -> str | None:
    """A non-empty string; None for anything else, also for the placeholders that stand for null."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or value.strip() in ("", "null", "undefined", "None"):
        return None
    return value


def mapping(value: Any) -> Mapping[str, Any]:
    """The value if it is a JSON object, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def items(value: Any) -> list[Mapping[str, Any]]:
    """The JSON objects in a JSON array; empty for anything else."""
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def unix_time(value: Any) -> datetime | None:
    """Seconds since 1970, as a number, a string or a protobuf long; None when it is no time."""
    if isinstance(value, Mapping):  # {low, high, unsigned}: a 64-bit number in two halves
        try:
            value = (int(value.get("high") or 0) << 32) | (int(value["low"]) & 0xFFFFFFFF)
        except (KeyError, TypeError, ValueError, OverflowError):
            return None
    try:
        return datetime.fromtimestamp(float(value), UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None
