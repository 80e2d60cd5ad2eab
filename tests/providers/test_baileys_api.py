"""baileys-api: what each event becomes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.providers.reading import pairs, parties, read

PROVIDER = "baileys_api"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("connection", []),
        ("message", [("inbound", "111111111110001@lid", ["972521110001@s.whatsapp.net"], None)]),
        ("presence", []),
    ],
)
def test_messages_have_their_parties_when_read(name: str, expected: list[Any]) -> None:
    assert parties(read(PROVIDER, name)) == expected


@pytest.mark.parametrize(
    ("name", "expected"), [("presence", [("111111111110001@lid", "972521110001@s.whatsapp.net")])]
)
def test_pairs_are_evidence_when_read(name: str, expected: list[Any]) -> None:
    assert pairs(read(PROVIDER, name)) == expected


@pytest.mark.parametrize(("name", "expected"), [("connection", {"connection.update": 1})])
def test_rest_is_counted_when_read(name: str, expected: dict[str, int]) -> None:
    assert dict(read(PROVIDER, name).ignored) == expected
