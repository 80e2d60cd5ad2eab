"""What goes into an adapter comes out of it, whatever happened to the payload on its way: as a
message, as an event, counted as known to say nothing, or the payload is kept.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onethread.intake.payload import Payload, read_document
from onethread.model.message import Message
from onethread.model.message_event import MessageEvent
from onethread.providers import PROVIDERS
from tests.providers.reading import FIXTURES

Path = tuple[str | int, ...]

UNHEARD = "neverHeardOf"
_OTHERS: list[Any] = [None, "", 0, True, "x", UNHEARD, [], {}, ["x"], {"x": 1}, -1, 1e300]


def read(provider: str, value: Any) -> Payload:
    return read_document(provider, copy.deepcopy(value), "test")


def is_kept(payload: Payload) -> bool:
    """Whether the payload itself is stored, for a person or a later version to read."""
    return bool(payload.reasons or payload.read.unread)


def paths(value: Any, start: Path = ()) -> Iterator[Path]:
    """Every place in a JSON value."""
    if not isinstance(value, dict | list):
        return
    for step, child in value.items() if isinstance(value, dict) else enumerate(value):
        yield (*start, step)
        yield from paths(child, (*start, step))


def at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value


def is_carrier(value: Any, rows: list[Message | MessageEvent]) -> bool:
    """Whether one of the rows was made of it, which it keeps."""
    return any(value == row.payload for row in rows)


@cache
def examples(provider: str) -> list[tuple[str, list[Path]]]:
    """(payload, where its messages and events are) of the fixtures that are read whole."""
    found = []
    for file in sorted((FIXTURES / provider).glob("*.json")):
        value = json.loads(file.read_text("utf-8"))
        payload = read(provider, value)
        rows = [*payload.read.messages, *payload.read.events]
        carriers = [path for path in [(), *paths(value)] if is_carrier(at(value, path), rows)]
        if len(rows) == 1:
            carriers = carriers or [()]
        if len(carriers) == len(rows) > 0 and not is_kept(payload):
            found.append((json.dumps(value), carriers))
    return found


def mutate(value: Any, path: Path, how: str, other: Any) -> None:
    """Changes what is at a place."""
    parent, step = at(value, path[:-1]), path[-1]
    if how == "rename":
        parent[UNHEARD] = parent.pop(step)
    elif how == "delete":
        del parent[step]
    elif how == "wrap":
        parent[step] = {UNHEARD: parent[step]}
    else:
        parent[step] = copy.deepcopy(other)


# The neutral format has rows, and keeps nothing else of them.
@pytest.mark.parametrize("provider", sorted(PROVIDERS.keys() - {"onethread"}))
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_nothing_is_lost_when_a_payload_is_changed_anywhere(
    provider: str, data: st.DataObject
) -> None:
    text, carriers = data.draw(st.sampled_from(examples(provider)))
    value = json.loads(text)
    path = data.draw(st.sampled_from(list(paths(value))))
    ways = ["replace", "delete"]
    is_inside = any(path[: len(each)] == each and path != each for each in carriers)
    if isinstance(path[-1], str) and (is_inside or provider == "meta_cloud"):
        # Round a message only Meta's webhook names what it holds.
        ways += ["rename", "wrap"] if is_inside else ["rename"]
    how = data.draw(st.sampled_from(ways))
    mutate(value, path, how, data.draw(st.sampled_from(_OTHERS)))

    is_gone = how in ("replace", "delete")
    left = [each for each in carriers if not (is_gone and each[: len(path)] == path)]
    payload = read(provider, value)
    read_rows = len(payload.read.messages) + len(payload.read.events)
    accounted = read_rows + payload.read.ignored.total()
    assert is_kept(payload) or accounted >= len(left), (how, path, dict(payload.read.ignored))


def test_list_under_a_name_that_nobody_knows_is_unread() -> None:
    person = {"wa_id": "972521110001", "profile": {"name": "Noa"}}
    row = {"id": "wamid.1", "from": "972521110001"}
    value = {"contacts": [person], UNHEARD: [row]}
    payload = read("meta_cloud", {"field": "messages", "value": value})
    assert dict(payload.read.unread) == {f"messages {UNHEARD}": 1}
