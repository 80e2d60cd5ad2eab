"""Twilio: what each event becomes."""

from __future__ import annotations

from typing import Any

import pytest

from onethread.providers.twilio import read_payload
from tests.providers.reading import events, load, pairs, parties, read

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
        (
            "channel_metadata",
            [("inbound", "whatsapp:+972521110002", ["IL.50000000000000002"], None)],
        ),
        (
            "external_user_id",
            [("inbound", "whatsapp:+972521110001", ["IL.50000000000000001"], None)],
        ),
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
        (
            "status_user_id",
            [("delivered", "SM05", "whatsapp:+972521110001", "outbound", False, None)],
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


@pytest.mark.parametrize(
    ("name", "expected"),
    [("status_unknown", {"status teleported": 1})],
)
def test_rest_is_unread_when_it_may_matter(name: str, expected: dict[str, int]) -> None:
    result = read(PROVIDER, name)
    assert (dict(result.unread), result.has_rows) == (expected, False)


def test_status_is_evidence_when_it_names_the_user_id() -> None:
    assert pairs(read(PROVIDER, "status_user_id")) == [("+972521110001", "IL.50000000000000001")]


def test_name_is_found_when_only_the_metadata_has_it() -> None:
    assert read(PROVIDER, "channel_metadata").messages[0].sender_name == "Bat"


def test_message_of_a_conversation_is_its_authors() -> None:
    [message] = read("twilio", "conversation_message").messages
    assert (message.address, message.body) == ("whatsapp:+972521110007", "This is the referral")
    assert message.media == {
        "sid": "ME01", "filename": "referral.pdf", "mimetype": "application/pdf", "size": 20480,
    }  # fmt: skip


@pytest.mark.parametrize("changed", [{"Author": "agent"}, {"Source": "SDK"}, {"Author": None}])
def test_message_of_a_conversation_is_unread_when_its_author_is_not_a_customer(
    changed: dict[str, Any],
) -> None:
    result = read_payload(load("twilio", "conversation_message") | changed)
    assert not result.messages and result.unread == {"onMessageAdded": 1}
