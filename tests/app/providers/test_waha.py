"""WAHA: what each event becomes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.app.providers.reading import events, pairs, parties, read

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
    ],
)
def test_pairs_are_evidence_when_read(name: str, expected: list[Any]) -> None:
    assert pairs(read(PROVIDER, name)) == expected


@pytest.mark.parametrize(
    ("name", "expected"), [("lids", {"lid without phone": 1}), ("session", {"session.status": 1})]
)
def test_rest_is_counted_when_read(name: str, expected: dict[str, int]) -> None:
    assert dict(read(PROVIDER, name).ignored) == expected
