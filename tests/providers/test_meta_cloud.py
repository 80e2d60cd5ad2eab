"""Cloud API: what each event becomes."""

from __future__ import annotations

from typing import Any

import pytest

from onethread.providers.meta_cloud import read_payload
from tests.providers.reading import events, load, pairs, parties, read

PROVIDER = "meta_cloud"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("call", []),
        ("contact_request", [("inbound", "IL.50000000000000001", ["+972521110001"], None)]),
        ("echo", [("outbound", "972521110001", ["IL.50000000000000001"], None)]),
        ("echo_edit", []),
        (
            "history",
            [
                ("inbound", "972521110001", ["IL.50000000000000001"], None),
                ("outbound", "972521110001", ["IL.50000000000000001"], None),
            ],
        ),
        ("number_change", []),
        ("placeholders", [("inbound", "IL.50000000000000001", None, None)]),
        ("preferences", []),
        ("reaction_removed", []),
        ("revoke", []),
        ("send_response", [("outbound", "+551187650001", ["+5511987650001"], None)]),
        (
            "shared_card",
            [
                (
                    "inbound",
                    "972521110001",
                    ["IL.50000000000000001", "IL.ENT.60000000000000001"],
                    None,
                )
            ],
        ),
        ("state_sync", []),
        ("status_delivered", []),
        ("status_failed", []),
        ("status_group_read", []),
        (
            "two_people",
            [
                (
                    "inbound",
                    "972521110001",
                    ["IL.50000000000000001", "IL.ENT.60000000000000001"],
                    None,
                ),
                ("inbound", "972521110002", ["IL.2"], None),
            ],
        ),
        ("bare_change", [("inbound", "972521110001", ["IL.AVI1"], None)]),
        ("echo_unnamed", [("outbound", "972521110001", ["IL.AVI1"], None)]),
        ("history_media", [("outbound", "972521110001", None, None)]),
        ("history_placeholder", [("outbound", "972521110001", None, None)]),
        ("history_status", [("outbound", "972521110001", ["IL.AVI1"], None)]),
        ("on_premises", [("inbound", "972521110001", None, None)]),
    ],
)
def test_messages_have_their_parties_when_read(name: str, expected: list[Any]) -> None:
    assert parties(read(PROVIDER, name)) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("echo_edit", [("edited", "wamid.5", "972521110001", "outbound", True, "corrected")]),
        ("reaction_removed", [("reaction", "wamid.5", "972521110001", None, False, None)]),
        ("revoke", [("revoked", "wamid.1", "972521110001", "inbound", False, None)]),
        ("status_delivered", [("delivered", "wamid.3", "972521110001", "outbound", False, None)]),
        (
            "status_failed",
            [
                (
                    "failed",
                    "wamid.3",
                    "972521110001",
                    "outbound",
                    True,
                    "131026: Message undeliverable",
                )
            ],
        ),
        ("status_group_read", [("read", "wamid.4", "Y2FwaV9ncm91cDox", "outbound", False, None)]),
        ("history_status", [("read", "wamid.H7", "972521110001", "outbound", False, None)]),
    ],
)
def test_events_are_about_their_message_when_read(name: str, expected: list[Any]) -> None:
    assert events(read(PROVIDER, name)) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "call",
            [
                ("+972521110001", "IL.50000000000000001"),
                ("IL.50000000000000001", "IL.ENT.60000000000000001"),
            ],
        ),
        ("number_change", [("+972521110009", "IL.9")]),
        (
            "reaction_removed",
            [
                ("+972521110001", "IL.50000000000000001"),
                ("IL.50000000000000001", "IL.ENT.60000000000000001"),
            ],
        ),
        (
            "revoke",
            [
                ("+972521110001", "IL.50000000000000001"),
                ("IL.50000000000000001", "IL.ENT.60000000000000001"),
            ],
        ),
        ("state_sync", [("+972521110001", "IL.50000000000000001")]),
        (
            "status_delivered",
            [
                ("+972521110001", "IL.50000000000000001"),
                ("IL.50000000000000001", "IL.ENT.60000000000000001"),
            ],
        ),
        ("status_group_read", [("+972521110001", "IL.50000000000000001")]),
        ("call_status", [("+972521110001", "IL.AVI1")]),
        ("group_participants", [("+972521110002", "IL.BAT1")]),
    ],
)
def test_pairs_are_evidence_when_read(name: str, expected: list[Any]) -> None:
    assert pairs(read(PROVIDER, name)) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("call", {"call": 1}),
        ("preferences", {"user_preferences": 1}),
        ("call_status", {"call status": 1}),
        ("template_status", {"message_template_status_update": 1}),
    ],
)
def test_rest_is_counted_when_read(name: str, expected: dict[str, int]) -> None:
    assert dict(read(PROVIDER, name).ignored) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("unknown", {"never_heard_of": 1})],
)
def test_rest_is_unread_when_it_may_matter(name: str, expected: dict[str, int]) -> None:
    result = read(PROVIDER, name)
    assert (dict(result.unread), result.has_rows) == (expected, False)


def test_contact_is_matched_by_id_when_positions_differ() -> None:
    names = [message.sender_name for message in read(PROVIDER, "two_people").messages]
    assert names == ["Avi", "Batya"]


def test_username_is_nowhere_when_a_contact_has_one() -> None:
    result = read(PROVIDER, "two_people")
    assert not any("@avi.l" in (message.contact_aliases or []) for message in result.messages)


def test_number_change_replaces_when_told_by_a_notice() -> None:
    replaced = [
        (e.a, e.b) for e in read(PROVIDER, "number_change").evidence if e.relation == "replaced"
    ]
    assert replaced == [
        ("+972521110001", "+972521110009"),
        ("IL.50000000000000001", "IL.9"),
    ]


@pytest.mark.parametrize("written", ["0521110001", "521110001", "1521110001"])
def test_input_is_no_variant_when_it_has_no_country_code(written: str) -> None:
    payload = load(PROVIDER, "send_response")
    payload["contacts"] = [{"input": written, "wa_id": "972521110001"}]
    assert parties(read_payload(payload)) == [("outbound", "+972521110001", None, None)]


@pytest.mark.parametrize("name", ["send_response", "history_placeholder"])
def test_message_is_a_placeholder_when_its_content_comes_later(name: str) -> None:
    [message] = read(PROVIDER, name).messages
    assert (message.kind, message.body, message.media) == ("placeholder", None, None)


def test_send_response_is_kept_when_it_names_nobody() -> None:
    result = read_payload({"messaging_product": "whatsapp", "messages": [{"id": "wamid.1"}]})
    assert (dict(result.unread), result.has_rows) == ({"send response": 1}, False)


def test_every_entry_is_read_when_a_post_has_several() -> None:
    payload = load(PROVIDER, "two_people")
    payload["entry"] += load(PROVIDER, "echo")["entry"]
    assert [m.direction for m in read_payload(payload).messages] == [
        "inbound",
        "inbound",
        "outbound",
    ]


def test_echo_is_outbound_when_its_sides_are_exchanged() -> None:
    payload = load(PROVIDER, "echo")
    echo = payload["entry"][0]["changes"][0]["value"]["message_echoes"][0]
    echo["from"], echo["to"] = echo["to"], echo["from"]
    assert parties(read_payload(payload)) == parties(read(PROVIDER, "echo"))


def test_user_id_is_the_address_when_the_number_is_garbage() -> None:
    payload = load(PROVIDER, "two_people")
    message = payload["entry"][0]["changes"][0]["value"]["messages"][0]
    message["from"], message["from_user_id"] = "bla", "IL.77"
    assert read_payload(payload).messages[0].address == "IL.77"


def test_phone_is_the_address_when_the_user_id_comes_in_its_place() -> None:
    payload = load(PROVIDER, "two_people")
    message = payload["entry"][0]["changes"][0]["value"]["messages"][0]
    message["from"] = "IL.50000000000000001"
    assert read_payload(payload).messages[0].address == "972521110001"
