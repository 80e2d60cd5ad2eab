"""Reads the fixtures of the adapters."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from onethread.providers import PROVIDERS, ProviderResult

FIXTURES = Path(__file__).parent.parent / "fixtures"


def load(provider: str, name: str) -> Any:
    """The payload of a fixture."""
    return json.loads((FIXTURES / provider / f"{name}.json").read_text("utf-8"))


def load_all(provider: str) -> list[Any]:
    """The payloads of all fixtures of a provider."""
    return [load(provider, path.stem) for path in sorted((FIXTURES / provider).glob("*.json"))]


def read(provider: str, name: str) -> ProviderResult:
    """What the adapter makes of a fixture."""
    return PROVIDERS[provider](load(provider, name))


def parties(result: ProviderResult) -> list[tuple[Any, ...]]:
    """(direction, counterpart, aliases, participant) of each message."""
    return [(m.direction, m.address, m.contact_aliases, m.participant) for m in result.messages]


def pairs(result: ProviderResult) -> list[tuple[str, str]]:
    """The identifiers of each piece of evidence that says same."""
    return [(e.a, e.b) for e in result.evidence if e.relation == "same"]


def events(result: ProviderResult) -> list[tuple[Any, ...]]:
    """(kind, message id, address, target's direction, by the business, body) of each event."""
    return [
        (
            e.kind,
            e.provider_message_id,
            e.address,
            e.target_direction,
            e.is_from_business,
            e.body,
        )
        for e in result.events
    ]
