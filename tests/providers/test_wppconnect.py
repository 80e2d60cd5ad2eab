"""WPPConnect: what each event becomes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.providers.reading import events, pairs, parties, read

PROVIDER = "wppconnect"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ack", []),
        ("call", []),
        (
            "group",
            [("inbound", "120363000000000001@g.us", ["972521110001@c.us"], "111111111110001@lid")],
        ),
        ("image", [("inbound", "972521110001@c.us", None, None)]),
        ("message", [("inbound", "111111111110001@lid", None, None)]),
        ("pn_lid_entry", []),
        ("reaction", []),
        ("revoked", []),
        ("sent", [("outbound", "972521110001@c.us", None, None)]),
        ("unread", [("inbound", "111111111110001@lid", None, None)]),
    ],
)
def test_messages_have_their_parties_when_read(name: str, expected: list[Any]) -> None:
    assert parties(read(PROVIDER, name)) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ack", [("read", "3A03", "972521110001@c.us", "outbound", False, None)]),
        ("reaction", [("reaction", "3A03", "111111111110001@lid", "outbound", False, "👍")]),
        ("revoked", [("revoked", "3A01", "111111111110001@lid", "inbound", False, None)]),
    ],
)
def test_events_are_about_their_message_when_read(name: str, expected: list[Any]) -> None:
    assert events(read(PROVIDER, name)) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("group", [("111111111110001@lid", "972521110001@c.us")]),
        ("pn_lid_entry", [("111111111110001@lid", "972521110001@c.us")]),
    ],
)
def test_pairs_are_evidence_when_read(name: str, expected: list[Any]) -> None:
    assert pairs(read(PROVIDER, name)) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("call", {"incomingcall": 1}),
        ("presence", {"onpresencechanged": 1}),
    ],
)
def test_rest_is_counted_when_read(name: str, expected: dict[str, int]) -> None:
    assert dict(read(PROVIDER, name).ignored) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("poll_response", {"onpollresponse": 1})],
)
def test_rest_is_unread_when_it_may_matter(name: str, expected: dict[str, int]) -> None:
    result = read(PROVIDER, name)
    assert (dict(result.unread), result.has_rows) == (expected, False)
