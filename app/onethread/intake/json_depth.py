"""How deep a JSON value is nested: Python's recursion takes only so much."""

from __future__ import annotations

from typing import Any

# Real payloads are some ten levels deep; far below what Python's recursion can take.
MAX_DEPTH = 200


def is_too_deep(value: Any) -> bool:
    """Whether the value is nested deeper than MAX_DEPTH."""
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
