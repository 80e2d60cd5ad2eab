"""JSON that is nested deeper than a program can follow: how deep, and without what is below."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

# Real payloads are some ten levels deep. A quote in a quote adds three, and a stranger can send any
# number of them.
MAX_DEPTH = 200

# What is below is not read. Deeper than MAX_DEPTH by more than the levels around a message, so that
# a message of which something is left out is one that is nested too deeply by itself.
_CUT_DEPTH = MAX_DEPTH + 100

_CONTAINERS = (dict, list)
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"|[][{}]', re.DOTALL)
_LONGEST_NUMBER = 1000


def parse_json(text: str) -> tuple[Any] | None:
    """The JSON value in a tuple of one (null is a value too), or None when it is not JSON.

    What is nested deeper than Python's parser goes is left out, and a number with more digits than
    it converts is a text.
    """
    for parse in (json.loads, _parse_patiently):
        try:
            return (parse(text),)
        except json.JSONDecodeError:
            return None
        except (ValueError, RecursionError):
            continue
    return None


def is_too_deep(value: Any) -> bool:
    """Whether the value is nested deeper than MAX_DEPTH."""
    return any(True for _ in _containers_below(value, MAX_DEPTH))


def empty_deep_parts(value: Any) -> None:
    """Empties what is so deep in the value that recursion could fail on it."""
    for container in _containers_below(value, _CUT_DEPTH):
        container.clear()


def _containers_below(value: Any, depth: int) -> Iterator[Any]:
    """The objects and arrays that lie so deep, level by level: no recursion."""
    level = [value] if isinstance(value, _CONTAINERS) else []
    for _ in range(depth):
        level = [
            child
            for item in level
            for child in (item.values() if isinstance(item, dict) else item)
            if isinstance(child, _CONTAINERS)
        ]
        if not level:
            break
    yield from level


def _parse_patiently(text: str) -> Any:
    return json.loads(_without_deep_parts(text), parse_int=_read_integer)


def _read_integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= _LONGEST_NUMBER else digits


def _without_deep_parts(text: str) -> str:
    """The text with null for each object or array deeper than _CUT_DEPTH."""
    parts: list[str] = []
    depth = done = start = 0
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token in ("[", "{"):
            depth += 1
            if depth == _CUT_DEPTH + 1:
                start = match.start()
        elif token in ("]", "}"):
            depth -= 1
            if depth == _CUT_DEPTH:
                parts += [text[done:start], "null"]
                done = match.end()
    return "".join([*parts, text[done : start if depth > _CUT_DEPTH else len(text)]])
