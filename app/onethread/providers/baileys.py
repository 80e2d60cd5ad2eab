"""Baileys 6.7 and 7: events of a linked-device gateway, as {event, data} or bare."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from onethread.errors import PayloadError
from onethread.providers.baileys_events import NOTICES, READERS
from onethread.providers.baileys_message import read_message
from onethread.providers.result import ProviderResult, identifier


def read_payload(payload: Any) -> ProviderResult:
    """Reads one event: {event, data}, a bare messages.upsert, or a bare message.

    Raises:
        PayloadError: it is none of these.
    """
    return read_baileys(payload, "baileys")


def read_baileys(payload: Any, provider: str) -> ProviderResult:
    """Reads one event for a gateway that hands on Baileys' events as they are."""
    if not isinstance(payload, Mapping):
        raise PayloadError("not a Baileys event: it is not a JSON object")
    event = identifier(payload.get("event")) or "messages.upsert"
    data = payload.get("data", payload) if "event" in payload else payload
    result = ProviderResult()
    if event == "messages.upsert":
        _read_upsert(data, result, provider)
    elif event in READERS:
        for raw in result.objects(data):
            READERS[event](raw, result, provider, event)
    else:
        result.count(event, NOTICES, data)
    result.count_if_empty(event)
    return result


def _read_upsert(data: Any, result: ProviderResult, provider: str) -> None:
    messages = data.get("messages") if isinstance(data, Mapping) else data
    if isinstance(data, Mapping) and "key" in data:
        messages = [data]
    if not isinstance(messages, list):
        raise PayloadError("not a Baileys event: there is no list 'messages' and no 'key'")
    for message in result.objects(messages):
        read_message(message, result, provider)
