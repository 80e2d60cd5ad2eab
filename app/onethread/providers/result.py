"""What an adapter makes of one payload, and how it reads the values of a JSON payload."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from onethread.model.contact_name import ContactName
from onethread.model.evidence import Evidence
from onethread.model.message import Message
from onethread.model.message_event import MessageEvent

_PLACEHOLDER = re.compile(r"<[A-Z][A-Z0-9_ ]*>")
_MESSAGE_LISTS = ("messages", "message_echoes", "statuses")
_DEEPEST_MESSAGES = 10
_NULLS = ("", "null", "undefined", "none", "[object object]")


@dataclass
class ProviderResult:
    """What a payload says: messages, what happened to messages, who is whom, and the rest."""

    messages: list[Message] = field(default_factory=list)
    events: list[MessageEvent] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)
    names: list[ContactName] = field(default_factory=list)
    """What people and groups are called, beside the names that stand on messages."""
    ignored: Counter[str] = field(default_factory=Counter)
    """What is known to make none of these (calls, presence, ...), counted by its name."""
    unread: Counter[str] = field(default_factory=Counter)
    """What may matter and makes none of these (an event nobody has heard of, a poll's vote),
    counted by its name; the payload is kept."""
    unopened: Counter[str] = field(default_factory=Counter)
    """What nobody has heard of, and holds messages, echoes or statuses: somebody wrote something
    that is not stored. Counted by its name; the payload is rejected."""

    def objects(self, value: Any) -> list[Mapping[str, Any]]:
        """The JSON objects in a JSON array (or the one object there is instead of an array); what
        is neither, though something is there, is counted as malformed."""
        if value is None:
            return []
        found = value if isinstance(value, list) else [value]
        objects = items(found)
        absent = sum(item is None for item in found)
        if malformed := len(found) - len(objects) - absent:
            self.unread["malformed"] += malformed
        return objects

    def add(self, other: ProviderResult) -> None:
        """Adds what another payload says."""
        self.messages += other.messages
        self.events += other.events
        self.evidence += other.evidence
        self.names += other.names
        for counts, more in (
            (self.ignored, other.ignored),
            (self.unread, other.unread),
            (self.unopened, other.unopened),
        ):
            if more:  # hardly ever
                counts += more

    @property
    def row_count(self) -> int:
        """How many rows it becomes."""
        return len(self.messages) + len(self.events) + len(self.evidence) + len(self.names)

    @property
    def has_rows(self) -> bool:
        """Whether anything of it becomes a row."""
        return self.row_count > 0

    def count(self, name: str, known: Collection[str], told: Any = None) -> None:
        """Counts what makes no row: as ignored if it is one of those known for that.

        Args:
            told: what it says, of which nothing is read.
        """
        if name in known:
            self.ignored[name] += 1
        else:
            (self.unopened if holds_messages(told) else self.unread)[name] += 1

    def count_if_empty(self, name: str) -> None:
        """Counts the payload by this name when nothing came of it: none is lost silently."""
        counted = self.ignored.total() + self.unread.total() + self.unopened.total()
        if not (self.has_rows or counted):
            self.unread[name] += 1


def text(value: Any) -> str | None:
    """What somebody wrote, if it is more than nothing; "null" is a word that people write."""
    if isinstance(value, int) and not isinstance(value, bool):
        return _digits_of(value)
    return value if isinstance(value, str) and value.strip() else None


def identifier(value: Any) -> str | None:
    """An address, id or name; None for the placeholders that stand for an absent one."""
    name = text(value)
    if name is None:
        return None
    bare = name.strip()
    is_placeholder = bare.lower() in _NULLS or (bare[0] == "<" and _PLACEHOLDER.fullmatch(bare))
    return None if is_placeholder else name


def _digits_of(value: int) -> str | None:
    try:
        return str(value)
    except ValueError:  # more digits than Python converts
        return None


def mapping(value: Any) -> Mapping[str, Any]:
    """The value if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: Any) -> list[Mapping[str, Any]]:
    """The JSON objects in a JSON array; empty for anything else."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def as_list(value: Any) -> list[Any]:
    """The value if it is a JSON array, else an empty one."""
    return value if isinstance(value, list) else []


def holds_messages(value: Any) -> bool:
    """Whether there are messages, echoes or statuses somewhere in a JSON value, by their names."""
    level = [value]
    for _ in range(_DEEPEST_MESSAGES):
        objects = [item for item in level if isinstance(item, dict)]
        if any(items(item.get(name)) for item in objects for name in _MESSAGE_LISTS):
            return True
        level = [child for item in objects for child in item.values()]
        level += [child for item in level if isinstance(item, list) for child in item]
        if not level:
            break
    return False


def first(value: Mapping[str, Any], *names: str) -> Any:
    """The first of these fields that is there and not null: libraries spell fields differently."""
    for name in names:
        if (found := value.get(name)) is not None:
            return found
    return None


def long_of(value: Mapping[str, Any]) -> int | None:
    """A 64-bit number in two halves, {low, high, unsigned}; None when it is none."""
    try:
        return (int(value.get("high") or 0) << 32) | (int(value["low"]) & 0xFFFFFFFF)
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def time_of(value: Any) -> datetime | None:
    """A time as gateways write it: seconds, milliseconds or microseconds since 1970 (a number, a
    string or a protobuf long), or ISO 8601 with a time zone. None when it is no time."""
    if isinstance(value, Mapping):
        value = long_of(value)
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and "-" in value[1:] and ":" in value:
        return _iso_time(value)
    try:
        seconds = float(value)
        for _ in range(2):  # microseconds, milliseconds
            if seconds > 1e11:  # in seconds that is the year 5138
                seconds /= 1000
        return datetime.fromtimestamp(seconds, UTC) if seconds > 0 else None
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def _iso_time(value: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(value)
        # Go writes an absent time as the year 1.
        return time if time.tzinfo is not None and time.year > 1970 else None
    except (ValueError, OverflowError):
        return None
