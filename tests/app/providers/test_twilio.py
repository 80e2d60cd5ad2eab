"""Twilio: what each event becomes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.app.providers.reading import events, parties, read

PROVIDER = "twilio"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("hidden_number", [("inbound", "whatsapp:IL.50000000000000001", None, None)]),
        ("image", [("inbound", "whatsapp:+972521110001", None, None)]),
        ("message", [("inbound", "whatsapp:+972521110001", None, None)]),
        ("sms", []),
        ("status", []),
        ("status_failed", []),
        ("status_queued", []),
        ("variant", [("inbound", "whatsapp:+5511987650001", ["+551187650001"], None)]),
    ],
)
def test_messages_have_their_parties_when_read(name: str, expected: list[Any]) -> None:
    assert parties(read(PROVIDER, name)) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("status", [("read", "SM05", "whatsapp:+972521110001", "outbound", False, None)]),
        (
            "status_failed",
            [("failed", "SM06", "whatsapp:+972521110001", "outbound", True, "63016")],
        ),
    ],
)
def test_events_are_about_their_message_when_read(name: str, expected: list[Any]) -> None:
    assert events(read(PROVIDER, name)) == expected


@pytest.mark.parametrize(
    ("name", "expected"), [("sms", {"sms": 1}), ("status_queued", {"status queued": 1})]
)
def test_rest_is_counted_when_read(name: str, expected: dict[str, int]) -> None:
    assert dict(read(PROVIDER, name).ignored) == expected
