"""Baileys 6.7 and 7: what each event becomes."""

from __future__ import annotations

from typing import Any

import pytest

from onethread.providers.baileys import read_payload
from tests.providers.reading import events, load, pairs, parties, read

PROVIDER = "baileys"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("broadcast", [("inbound", "111111111110001@lid", ["972521110001@s.whatsapp.net"], None)]),
        ("contacts_update_picture", []),
        ("contacts_upsert", []),
        ("edit", []),
        (
            "group",
            [
                (
                    "inbound",
                    "120363000000000001@g.us",
                    ["972521110001@s.whatsapp.net"],
                    "111111111110001:5@lid",
                )
            ],
        ),
        ("group_participants", []),
        ("group_sent", [("outbound", "120363000000000001@g.us", None, None)]),
        ("history", [("inbound", "111111111110001@lid", None, None)]),
        ("history_receipt", [("outbound", "111111111110001@lid", None, None)]),
        ("lid_mapping", []),
        ("phone_number_share", []),
        ("presence", []),
        ("reaction", []),
        ("reaction_upsert", []),
        ("receipt", []),
        ("revoke", []),
        ("sent_with_own_names", [("outbound", "111111111110001@lid", None, None)]),
        (
            "story",
            [
                (
                    "inbound",
                    "status@broadcast",
                    ["972521110001@s.whatsapp.net"],
                    "111111111110001@lid",
                )
            ],
        ),
        ("update", []),
        ("v67", [("inbound", "111111111110001@lid", ["972521110001@s.whatsapp.net"], None)]),
        ("v7", [("inbound", "111111111110001@lid", ["972521110001@s.whatsapp.net"], None)]),
        ("wrapped", [("inbound", "111111111110001@lid", ["972521110001@s.whatsapp.net"], None)]),
    ],
)
def test_messages_have_their_parties_when_read(name: str, expected: list[Any]) -> None:
    assert parties(read(PROVIDER, name)) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("edit", [("edited", "3EB01", "111111111110001@lid", "inbound", False, "corrected")]),
        ("reaction", [("reaction", "3EB03", "111111111110001@lid", "outbound", False, None)]),
        (
            "reaction_upsert",
            [("reaction", "3EB03", "111111111110001@lid", "outbound", False, "👍")],
        ),
        (
            "receipt",
            [
                ("delivered", "3EB05", "120363000000000001@g.us", "outbound", False, None),
                ("read", "3EB05", "120363000000000001@g.us", "outbound", False, None),
            ],
        ),
        ("revoke", [("revoked", "3EB03", "111111111110001@lid", "outbound", True, None)]),
        (
            "update",
            [
                ("read", "3EB03", "111111111110001@lid", "outbound", False, None),
                ("revoked", "3EB01", "111111111110001@lid", "inbound", False, None),
            ],
        ),
        ("update_without_side", [("delivered", "3EB03", None, None, False, None)]),
    ],
)
def test_events_are_about_their_message_when_read(name: str, expected: list[Any]) -> None:
    assert events(read(PROVIDER, name)) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("contacts_upsert", [("111111111110001@lid", "972521110001@s.whatsapp.net")]),
        ("edit", [("111111111110001@lid", "972521110001@s.whatsapp.net")]),
        ("group", [("111111111110001:5@lid", "972521110001@s.whatsapp.net")]),
        (
            "group_participants",
            [
                ("111111111110001@lid", "972521110001@s.whatsapp.net"),
                ("111111111110002@lid", "972521110002@s.whatsapp.net"),
            ],
        ),
        (
            "history",
            [
                ("111111111110002@lid", "972521110002@s.whatsapp.net"),
                ("972521110001@s.whatsapp.net", "111111111110001@lid"),
                ("111111111110001@lid", "972521110001@s.whatsapp.net"),
            ],
        ),
        ("history_receipt", [("111111111110001@lid", "972521110001@s.whatsapp.net")]),
        ("lid_mapping", [("111111111110001@lid", "972521110001@s.whatsapp.net")]),
        ("phone_number_share", [("111111111110001@lid", "972521110001@s.whatsapp.net")]),
        ("story", [("111111111110001@lid", "972521110001@s.whatsapp.net")]),
        ("call", [("111111111110001@lid", "972521110001@s.whatsapp.net")]),
        ("member_tag", [("111111111110001@lid", "972521110001@s.whatsapp.net")]),
        ("stub", [("111111111110001@lid", "972521110001@s.whatsapp.net")]),
    ],
)
def test_pairs_are_evidence_when_read(name: str, expected: list[Any]) -> None:
    assert pairs(read(PROVIDER, name)) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("contacts_update_picture", {"contacts.update": 1}),
        ("history", {"mapping": 1, "chat": 1}),
        ("presence", {"presence.update": 1}),
        ("call", {"call": 1}),
        ("chats_delete", {"chats.delete": 1}),
        ("stub", {"stub": 1}),
    ],
)
def test_rest_is_counted_when_read(name: str, expected: dict[str, int]) -> None:
    assert dict(read(PROVIDER, name).ignored) == expected


def test_sender_name_is_left_out_when_it_is_the_owners() -> None:
    assert read(PROVIDER, "v7").messages[0].sender_name == "Avi"
    assert read(PROVIDER, "sent_with_own_names").messages[0].sender_name is None


def test_both_are_kept_when_an_id_comes_twice() -> None:
    payload = load(PROVIDER, "v7")
    payload["data"]["messages"] *= 2
    assert [m.provider_message_id for m in read_payload(payload).messages] == ["3EB01", "3EB01"]


@pytest.mark.parametrize("value", [None, "null", "undefined", "", "<LID>"])
def test_alias_is_absent_when_it_is_a_placeholder(value: Any) -> None:
    payload = load(PROVIDER, "v7")
    payload["data"]["messages"][0]["key"]["remoteJidAlt"] = value
    assert read_payload(payload).messages[0].contact_aliases is None


def test_body_is_kept_when_somebody_writes_null() -> None:
    payload = load(PROVIDER, "v7")
    payload["data"]["messages"][0]["message"] = {"conversation": "null"}
    assert read_payload(payload).messages[0].body == "null"


def test_group_maps_nobody_when_its_chat_carries_a_pair() -> None:
    named = {name for pair in pairs(read(PROVIDER, "history")) for name in pair}
    assert "972521110005@s.whatsapp.net" not in named


def test_receipt_names_no_phone_when_the_chat_does() -> None:
    payload = load(PROVIDER, "history_receipt")
    chat = payload["data"]["conversations"][0]
    chat["pnJid"] = "972521110007@s.whatsapp.net"
    assert pairs(read_payload(payload)) == [(chat["id"], chat["pnJid"])]


def test_receipt_is_no_pair_when_it_names_a_lid() -> None:
    payload = load(PROVIDER, "history_receipt")
    message = payload["data"]["conversations"][0]["messages"][0]["message"]
    message["userReceipt"] = [{"userJid": "111111111110009@lid"}]
    assert pairs(read_payload(payload)) == []
