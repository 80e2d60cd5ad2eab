"""whatsmeow: what each event becomes."""

from __future__ import annotations

from typing import Any

import pytest

from onethread.providers.whatsmeow import read_payload
from tests.providers.reading import events, load, pairs, parties, read

PROVIDER = "whatsmeow"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "group",
            [
                (
                    "inbound",
                    "120363000000000001@g.us",
                    ["972521110001:4@s.whatsapp.net"],
                    "111111111110001:4@lid",
                )
            ],
        ),
        ("history", [("inbound", "111111111110001@lid", None, None)]),
        (
            "list_received",
            [("inbound", "111111111110001:4@lid", ["972521110001:4@s.whatsapp.net"], None)],
        ),
        ("list_sent", [("outbound", "1780000000@broadcast", None, None)]),
        ("message", [("inbound", "111111111110001@lid", ["972521110001:4@s.whatsapp.net"], None)]),
        ("presence", []),
        ("reaction", []),
        ("receipt", []),
        ("revoke", []),
        ("sent", [("outbound", "111111111110001@lid", ["972521110001@s.whatsapp.net"], None)]),
        ("history_receipt", [("outbound", "111111111110004@lid", None, None)]),
    ],
)
def test_messages_have_their_parties_when_read(name: str, expected: list[Any]) -> None:
    assert parties(read(PROVIDER, name)) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("reaction", [("reaction", "AC02", "111111111110001@lid", "outbound", False, "👍")]),
        (
            "receipt",
            [
                ("read", "AC02", "111111111110001@lid", "outbound", False, None),
                ("read", "AC08", "111111111110001@lid", "outbound", False, None),
            ],
        ),
        ("revoke", [("revoked", "AC01", "111111111110001@lid", "inbound", False, None)]),
        ("edit", [("edited", "AC01", "111111111110001@lid", "inbound", False, "corrected")]),
    ],
)
def test_events_are_about_their_message_when_read(name: str, expected: list[Any]) -> None:
    assert events(read(PROVIDER, name)) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("group", [("111111111110001:4@lid", "972521110001:4@s.whatsapp.net")]),
        (
            "history",
            [
                ("111111111110002@lid", "972521110002@s.whatsapp.net"),
                ("111111111110001@lid", "972521110001@s.whatsapp.net"),
            ],
        ),
        ("list_sent", [("111111111110001@lid", "972521110001@s.whatsapp.net")]),
        ("reaction", [("111111111110001@lid", "972521110001:4@s.whatsapp.net")]),
        ("receipt", [("111111111110001@lid", "972521110001@s.whatsapp.net")]),
        ("revoke", [("111111111110001@lid", "972521110001:4@s.whatsapp.net")]),
        ("call", [("111111111110001@lid", "972521110001@s.whatsapp.net")]),
        ("group_info", [("111111111110001@lid", "972521110001@s.whatsapp.net")]),
        ("history_receipt", [("111111111110004@lid", "972521110004@s.whatsapp.net")]),
        ("push_name", [("111111111110001@lid", "972521110001@s.whatsapp.net")]),
    ],
)
def test_pairs_are_evidence_when_read(name: str, expected: list[Any]) -> None:
    assert pairs(read(PROVIDER, name)) == expected


@pytest.mark.parametrize(("name", "expected"), [("presence", {"Presence": 1})])
def test_rest_is_counted_when_read(name: str, expected: dict[str, int]) -> None:
    assert dict(read(PROVIDER, name).ignored) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("unknown", {"NeverHeardOf": 1})],
)
def test_rest_is_unread_when_it_may_matter(name: str, expected: dict[str, int]) -> None:
    result = read(PROVIDER, name)
    assert (dict(result.unread), result.has_rows) == (expected, False)


@pytest.mark.parametrize(
    ("why", "said"),
    [({}, "decrypted"), ({"IsUnavailable": True, "UnavailableType": "view_once"}, "once")],
)
def test_message_is_a_placeholder_when_it_cannot_be_decrypted(
    why: dict[str, Any], said: str
) -> None:
    payload = load(PROVIDER, "message")
    [whole] = read_payload(payload).messages
    payload["type"] = "UndecryptableMessage"
    payload["event"] = {"Info": payload["event"]["Info"], **why}
    [message] = read_payload(payload).messages
    assert (message.kind, said in (message.body or "")) == ("placeholder", True)
    assert (message.address, message.provider_message_id, message.contact_aliases) == (
        whole.address, whole.provider_message_id, whole.contact_aliases,
    )  # fmt: skip


def test_parties_are_found_when_the_source_is_nested() -> None:
    payload = load(PROVIDER, "message")
    info = payload["event"]["Info"]
    names = ("Chat", "Sender", "SenderAlt", "IsFromMe", "IsGroup")
    info["MessageSource"] = {name: info.pop(name) for name in names}
    assert parties(read_payload(payload)) == parties(read(PROVIDER, "message"))


def test_envelope_is_opened_when_the_event_is_deep_inside() -> None:
    inner = load(PROVIDER, "message")["event"]
    payload = {"type": "RECEIVED", "event_type": "Message", "data": {"event": inner}}
    assert parties(read_payload(payload)) == parties(read(PROVIDER, "message"))
