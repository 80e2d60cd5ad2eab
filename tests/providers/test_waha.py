"""WAHA: what each event becomes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from onethread.providers.waha import read_payload
from tests.providers.reading import events, load, pairs, parties, read

PROVIDER = "waha"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ack", []),
        ("ack_group", []),
        ("edited", []),
        ("gows", [("inbound", "111111111110001@lid", ["972521110001:3@s.whatsapp.net"], None)]),
        (
            "group",
            [
                (
                    "inbound",
                    "120363000000000001@g.us",
                    ["972521110001@s.whatsapp.net"],
                    "111111111110001@lid",
                )
            ],
        ),
        ("group_own", [("outbound", "120363000000000001@g.us", None, None)]),
        ("image", [("inbound", "972521110001@c.us", None, None)]),
        ("lid", []),
        ("lids", []),
        ("noweb", [("inbound", "111111111110001@lid", ["972521110001@s.whatsapp.net"], None)]),
        (
            "noweb_lying_suffix",
            [("inbound", "111111111110001@lid", ["972521110001@s.whatsapp.net"], None)],
        ),
        ("reaction", []),
        ("revoked", []),
        ("session", []),
        ("webjs_sent", [("outbound", "972521110001@c.us", None, None)]),
        ("copy_lid", [("inbound", "111111111110001@lid", None, None)]),
        ("copy_phone", [("inbound", "972521110001@c.us", None, None)]),
        ("without_id", [("inbound", "111111111110001@lid", None, None)]),
    ],
)
def test_messages_have_their_parties_when_read(name: str, expected: list[Any]) -> None:
    assert parties(read(PROVIDER, name)) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ack", [("read", "3EB04", "972521110001@c.us", "outbound", False, None)]),
        ("ack_group", [("delivered", "3EB07", "120363000000000001@g.us", "outbound", False, None)]),
        ("edited", [("edited", "3EB06", "972521110001@c.us", "inbound", False, "corrected")]),
        ("reaction", [("reaction", "3EB04", "972521110001@c.us", "outbound", False, "👍")]),
        ("revoked", [("revoked", "3EB06", "972521110001@c.us", "inbound", False, None)]),
        ("gows_ack_group", [("read", "3EB07", "120363000000000001@g.us", "outbound", False, None)]),
        ("gows_reaction", [("reaction", "3EB04", "111111111110001@lid", "outbound", False, "👍")]),
        (
            "webjs_ack_group",
            [("read", "3EB0F7", "120363000000000001@g.us", "outbound", False, None)],
        ),
    ],
)
def test_events_are_about_their_message_when_read(name: str, expected: list[Any]) -> None:
    assert events(read(PROVIDER, name)) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("group", [("111111111110001@lid", "972521110001@s.whatsapp.net")]),
        ("lid", [("111111111110001@lid", "972521110001@c.us")]),
        ("lids", [("111111111110001@lid", "972521110001@c.us")]),
        ("call", [("111111111110001@lid", "972521110001@s.whatsapp.net")]),
        ("gows_ack_group", [("111111111110001@lid", "972521110001@s.whatsapp.net")]),
        ("group_join_request", [("111111111110001@lid", "972521110001@c.us")]),
        (
            "group_participants",
            [
                ("111111111110003@lid", "972521110003@s.whatsapp.net"),
                ("111111111110001@lid", "972521110001@s.whatsapp.net"),
            ],
        ),
    ],
)
def test_pairs_are_evidence_when_read(name: str, expected: list[Any]) -> None:
    assert pairs(read(PROVIDER, name)) == expected


@pytest.mark.parametrize(
    ("name", "expected"), [("lids", {"lid without phone": 1}), ("session", {"session.status": 1})]
)
def test_rest_is_counted_when_read(name: str, expected: dict[str, int]) -> None:
    assert dict(read(PROVIDER, name).ignored) == expected


def test_rest_is_unread_when_it_may_matter() -> None:
    result = read(PROVIDER, "unknown")
    assert (dict(result.unread), result.has_rows) == ({"never.heard.of": 1}, False)


def test_phone_is_dropped_when_it_is_the_lids_digits() -> None:
    [message] = read(PROVIDER, "noweb_lying_suffix").messages
    assert message.address == "111111111110001@lid"
    assert message.contact_aliases == ["972521110001@s.whatsapp.net"]


def test_copies_are_no_pair_when_one_message_comes_under_two_names() -> None:
    payload = load(PROVIDER, "noweb")
    del payload["payload"]["_data"]
    copy = json.loads(json.dumps(payload).replace("111111111110001@lid", "972521110001@c.us"))
    results = [read_payload(payload), read_payload(copy)]
    assert [result.messages[0].provider_message_id for result in results] == ["3EB01", "3EB01"]
    assert [result.messages[0].contact_aliases for result in results] == [None, None]
    assert [result.evidence for result in results] == [[], []]


def test_own_account_is_no_alias_when_the_engine_names_it() -> None:
    payload = load(PROVIDER, "webjs_sent")
    payload["payload"]["_data"] = {"key": {"remoteJidAlt": "222222222220000@lid", "fromMe": True}}
    assert read_payload(payload).messages[0].contact_aliases is None
