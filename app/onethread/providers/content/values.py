"""Single values of a stranger's JSON as words, numbers and lines; absent when they are none."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import Any

from onethread.providers.result import long_of

MOST_ITEMS = 100
"""Of a list (items, cards, options, lines) so many are shown."""
_LONGEST_WORDS = 10_000
_LONGEST_JSON = 200_000


def words(value: Any) -> str | None:
    """A text or a number as it is read, without the space around it."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = _digits(value)
    if not isinstance(value, str):
        return None
    return value.strip()[:_LONGEST_WORDS].strip() or None


def line(value: Any) -> str | None:
    """The words on one line."""
    return " ".join((words(value) or "").split()) or None


def lines(*values: Any) -> str | None:
    """The words below each other: those that are there, the same ones not twice in a row."""
    known: list[str] = []
    for text in islice(filter(None, map(words, values)), MOST_ITEMS + 20):
        if not known or known[-1] != text:
            known.append(text)
    return "\n".join(known) or None


def several(value: Any) -> list[Any]:
    """The first of a JSON array; empty for anything else."""
    return value[:MOST_ITEMS] if isinstance(value, list) else []


def present(**details: Any) -> dict[str, Any] | None:
    """The details that are there; None without any."""
    known = {name: value for name, value in details.items() if value not in (None, "", [], {})}
    return known or None


def number(value: Any) -> float | None:
    """A finite number, also as text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        known = float(value)
    except (ValueError, OverflowError):
        return None
    return known if math.isfinite(known) else None


def whole(value: Any) -> int | None:
    """A whole number, also as text or a 64-bit number in two halves."""
    if isinstance(value, bool):
        return None
    known = number(value) if not isinstance(value, Mapping) else long_of(value)
    return int(known) if known is not None and abs(known) < 2**63 else None


def decimal(value: Any, offset: Any = 1) -> str | None:
    """A number divided by its offset, as an amount is written: 30, 19.90."""
    known, divisor = _decimal(value), _decimal(offset)
    if known is None or not divisor:
        return None
    try:
        known = (known / divisor).quantize(Decimal("1.0000")).normalize()
    except InvalidOperation:
        return None
    places = max(-int(known.as_tuple().exponent), 0)
    return f"{known:.{2 if places == 1 else places}f}"


def _decimal(value: Any) -> Decimal | None:
    if isinstance(value, Mapping):
        value = long_of(value)
    text = words(value)
    try:
        known = Decimal(text) if text and len(text) < 30 else None
    except InvalidOperation:
        return None
    return known if known is not None and known.is_finite() and abs(known) < 10**18 else None


def parsed(value: Any) -> Any:
    """What JSON text says; the value itself when it is no text, None when it is no JSON."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value) if len(value) <= _LONGEST_JSON else None
    except (ValueError, RecursionError):
        return None


def first_words(values: Iterable[Any]) -> str | None:
    """The first that has words."""
    return next(filter(None, map(words, values)), None)


def _digits(value: int | float) -> str | None:
    try:
        if not math.isfinite(value):
            return None
        return str(int(value)) if value == int(value) and abs(value) < 1e15 else str(value)
    except (ValueError, OverflowError):  # more digits than Python converts
        return None
