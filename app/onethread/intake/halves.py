"""A payload in two, each with a part of its messages: how the one that cannot be read is found."""

from __future__ import annotations

from typing import Any

# Meta's history is the deepest: entry, 0, changes, 0, value, history, 0, threads, 0, messages.
_MAX_LEVELS = 10

# What the others refer to: both halves need it.
_SHARED = "contacts"

Path = tuple[str | int, ...]


def halves(value: Any) -> list[Any]:
    """Two copies of the value that share nothing of its outermost arrays of objects but the
    contacts; none when there is nothing to part."""
    arrays = _outermost_arrays(value)
    if sum(len(array) for array in arrays.values()) < 2:
        return []
    path = max(arrays, key=lambda each: len(arrays[each]))
    middle = len(arrays[path]) // 2
    first = _with(value, path, arrays[path][:middle])
    second = _with(value, path, arrays[path][middle:])
    for other in arrays:
        if other != path:
            second = _with(second, other, [])
    return [first, second]


def _outermost_arrays(value: Any) -> dict[Path, list[Any]]:
    """The arrays of objects, with their paths, on the first level where there are two objects."""
    level: list[tuple[Path, Any]] = [((), value)]
    for _ in range(_MAX_LEVELS):
        arrays = {path: item for path, item in level if _is_array_of_objects(path, item)}
        if sum(len(array) for array in arrays.values()) > 1:
            return arrays
        level = [
            ((*path, step), child)
            for path, item in level
            for step, child in (item.items() if isinstance(item, dict) else enumerate(item))
            if isinstance(child, dict | list)
        ]
    return {}


def _is_array_of_objects(path: Path, item: Any) -> bool:
    is_array = isinstance(item, list) and all(isinstance(element, dict) for element in item)
    return is_array and path[-1:] != (_SHARED,)


def _with(value: Any, path: Path, part: list[Any]) -> Any:
    """A copy of the value that has this part at the path."""
    if not path:
        return part
    copy = value.copy()
    copy[path[0]] = _with(value[path[0]], path[1:], part)
    return copy
