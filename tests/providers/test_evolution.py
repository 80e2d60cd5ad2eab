"""Evolution API: what each event becomes."""

from __future__ import annotations

from typing import Any

import pytest

from onethread.providers.evolution import read_payload
from tests.providers.reading import events, load, pairs, parties, read

PROVIDER = "evolution"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("contacts", []),
        ("delete", []),
        ("deleted", []),
        ("edited", []),
        ("qrcode", []),
        ("send", [("outbound", "972521110001@s.whatsapp.net", None, None)]),
        ("update", []),
        ("v22_lid", [("inbound", "111111111110001@lid", None, None)]),
        (
            "v230_replaced",
            [("inbound", "972521110001@s.whatsapp.net", ["111111111110001@lid"], None)],
        ),
        ("v230_sent", [("outbound", "111111111110001@lid", None, None)]),
        ("v233_alt", [("inbound", "111111111110001@lid", ["972521110001@s.whatsapp.net"], None)]),
        ("v237", [("inbound", "972521110001@s.whatsapp.net", None, None)]),
    ],
)
def test_messages_have_their_parties_when_read(name: str, expected: list[Any]) -> None:
    assert parties(read(PROVIDER, name)) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("delete", [("revoked", "3EB01", "111111111110001@lid", "inbound", False, None)]),
        ("deleted", [("revoked", "3EB06", "111111111110001@lid", "outbound", True, None)]),
        ("edited", [("edited", "3EB01", None, None, False, "corrected")]),
        ("update", [("read", "3EB06", "111111111110001@lid", "outbound", False, None)]),
        ("edited_delete", [("revoked", "3EB01", None, None, False, None)]),
        (
            "send_update",
            [("edited", "3EB06", "111111111110001@lid", "outbound", True, "corrected")],
        ),
        (
            "update_cloud",
            [("delivered", "wamid.A", "972521110001@s.whatsapp.net", "outbound", False, None)],
        ),
        (
            "update_edited",
            [("edited", "3EB01", "111111111110001@lid", "inbound", False, "corrected")],
        ),
    ],
)
def test_events_are_about_their_message_when_read(name: str, expected: list[Any]) -> None:
    assert events(read(PROVIDER, name)) == expected


@pytest.mark.parametrize("name", ["call", "group_participants"])
def test_pairs_are_evidence_when_read(name: str) -> None:
    assert pairs(read(PROVIDER, name)) == [("111111111110001@lid", "972521110001@s.whatsapp.net")]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("contacts", {"contacts.update": 1}),
        ("qrcode", {"qrcode.updated": 1}),
        ("call", {"call": 1}),
        ("chats_delete", {"chats.delete": 1}),
        ("edited_setting", {"messages.edited": 1}),
    ],
)
def test_rest_is_counted_when_read(name: str, expected: dict[str, int]) -> None:
    assert dict(read(PROVIDER, name).ignored) == expected


def test_rest_is_unread_when_it_may_matter() -> None:
    result = read(PROVIDER, "unknown")
    assert (dict(result.unread), result.has_rows) == ({"never.heard.of": 1}, False)


def test_envelope_sender_is_nobody_when_it_is_the_own_number() -> None:
    for name in ("v22_lid", "v233_alt", "send", "v230_sent"):
        message = read(PROVIDER, name).messages[0]
        own = "97237000100@s.whatsapp.net"
        assert own not in (message.address, *(message.contact_aliases or []))


def test_edit_names_nobody_when_the_key_may_hold_the_own_lid() -> None:
    payload = load(PROVIDER, "edited")
    payload["data"]["key"]["remoteJid"] = "222222222220000@lid"
    assert events(read_payload(payload)) == [("edited", "3EB01", None, None, False, "corrected")]
