"""Text as PostgreSQL can store it, and counts as people read them."""

from __future__ import annotations

from datetime import datetime
from typing import Any


def storable_text(text: str) -> str:
    """The text as PostgreSQL can store it, so that a message is kept.

    Text there has no NUL and no half of a surrogate pair; they become U+FFFD.
    """
    raw = text.replace("\0", "\ufffd").encode("utf-8", "surrogatepass")
    return raw.decode("utf-8", "replace")


def storable_value(value: Any) -> Any:
    """A value that PostgreSQL can store as text or jsonb."""
    if isinstance(value, str):
        return storable_text(value)
    if isinstance(value, dict):
        return {storable_value(str(key)): storable_value(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [storable_value(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return value


def count_of(count: int, singular: str, plural: str = "") -> str:
    """1 message, 2 messages, 1,000 messages."""
    return f"{count:,} {singular if count == 1 else plural or f'{singular}s'}"
