"""What the adapters make of the fixtures, whole; the other names of fields; the corners of payloads
that no fixture has."""

from __future__ import annotations

from typing import Any

import pytest

from onethread.providers import PROVIDERS, ProviderResult
from tests.providers.expected import EXPECTED, lines, render
from tests.providers.reading import load

PHONE, LID, GROUP = "972521110001@c.us", "111111111110001@lid", "120363000000000001@g.us"


def test_fixtures_become_what_is_expected() -> None:
    assert render() == EXPECTED.read_text("utf-8"), "see tests/providers/expected.py"


def renamed(value: Any, old: str, new: str) -> Any:
    """The payload with another name of a field, wherever it stands."""
    if isinstance(value, list):
        return [renamed(each, old, new) for each in value]
    if isinstance(value, dict):
        return {
            new if name == old else name: renamed(each, old, new) for name, each in value.items()
        }
    return value


@pytest.mark.parametrize(
    ("provider", "name", "old", "new"),
    [
        ("baileys", "lid_mapping", "lid", "lidJid"),
        ("baileys", "lid_mapping", "pn", "pnJid"),
        ("baileys", "lid_mapping", "pn", "jid"),
        ("baileys", "lid_mapping", "pn", "phoneNumber"),
        ("wppconnect", "message", "t", "timestamp"),
        ("wppconnect", "message", "body", "content"),
        ("wppconnect", "message", "body", "caption"),
        ("wppconnect", "group", "phoneNumber", "pn"),
        ("wppconnect", "pn_lid_entry", "phoneNumber", "pn"),
        ("twilio", "message", "Body", "Label"),
        ("twilio", "message", "Body", "Address"),
        ("twilio", "status", "MessageStatus", "SmsStatus"),
    ],
)
def test_field_is_read_under_its_other_name(provider: str, name: str, old: str, new: str) -> None:
    payload = load(provider, name)
    other = renamed(payload, old, new)
    assert other != payload
    read = PROVIDERS[provider]
    assert list(lines(read(other))) == list(lines(read(payload)))


def wppconnect(event: str, **fields: Any) -> ProviderResult:
    return PROVIDERS["wppconnect"]({"event": event, **fields})


def test_wppconnect_is_read_when_it_is_wrapped() -> None:
    payload = load("wppconnect", "message")
    event = payload.pop("event")
    for wrapper in ("data", "response"):
        [message] = wppconnect(event, **{wrapper: payload}).messages
        assert (message.body, message.address) == ("hello", LID)


def test_wppconnect_place_is_shown_when_the_body_is_a_picture() -> None:
    fields = {"from": PHONE, "id": f"false_{PHONE}_A1", "t": 1780000000, "body": "/9j/4AAQ"}
    [place] = wppconnect("onmessage", type="location", loc="Dizengoff 1", **fields).messages
    assert (place.kind, place.body) == ("location", "Dizengoff 1")
    assert place.media == {"name": "Dizengoff 1"}
    [image] = wppconnect("onmessage", type="image", filename="a.jpg", **fields).messages
    assert (image.kind, image.body, image.media) == ("image", None, {"filename": "a.jpg"})


@pytest.mark.parametrize("chat", [GROUP, "123@broadcast", "120363@newsletter"])
def test_wppconnect_author_is_the_participant_in_a_chat_of_many(chat: str) -> None:
    [message] = wppconnect(
        "onmessage",
        type="chat",
        body="hi",
        author=LID,
        **{"from": chat},
        id=f"false_{chat}_A1_{LID}",
    ).messages
    if chat.endswith("@broadcast"):  # from the sender, as far as its receiver can tell
        assert (message.address, message.participant) == (LID, None)
    else:
        assert (message.address, message.participant) == (chat, LID)


@pytest.mark.parametrize(
    ("notice", "side"), [(f"false_{PHONE}_N1", "inbound"), (f"true_{PHONE}_N1", "outbound")]
)
def test_wppconnect_deleted_message_is_of_the_notices_side_when_its_id_is_short(
    notice: str, side: str
) -> None:
    [event] = wppconnect("onrevokedmessage", refId="3A01", id=notice, t=1).events
    assert (event.provider_message_id, event.target_direction) == ("3A01", side)
    assert (event.address, event.is_from_business) == (PHONE, side == "outbound")


def test_wppconnect_deleter_is_the_actor_in_a_group() -> None:
    [event] = wppconnect(
        "onrevokedmessage", refId=f"false_{GROUP}_3A01_{LID}", author=LID, **{"from": GROUP}
    ).events
    assert (event.address, event.actor, event.is_from_business) == (GROUP, LID, False)


@pytest.mark.parametrize(
    ("provider", "payload", "counts"),
    [
        ("waha", {"event": "message", "session": "s", "payload": []}, {"message": 1}),
        ("waha", {"lid": LID}, {"lid without phone": 1}),
        ("wppconnect", {"event": "onMessage", "data": []}, {"onmessage": 1}),
        ("wppconnect", {"lid": LID, "pn": None}, {"lid without phone": 1}),
        ("wppconnect", {"event": "onAck", "ack": True, "id": f"true_{PHONE}_A1"}, {"onack": 1}),
    ],
)
def test_nothing_is_passed_over_without_being_counted(
    provider: str, payload: Any, counts: dict[str, int]
) -> None:
    result = PROVIDERS[provider](payload)
    assert not (result.messages or result.events or result.evidence)
    assert dict(result.ignored) | dict(result.unread) == counts


def test_waha_number_gets_its_server_when_it_has_none() -> None:
    [pair] = PROVIDERS["waha"]({"lid": "111111111110001", "pn": "972521110001"}).evidence
    assert (pair.a, pair.b) == (LID, PHONE)


def change(field: str, **value: Any) -> dict[str, Any]:
    """A payload of Meta's with one change."""
    value |= {"messaging_product": "whatsapp", "metadata": {"display_phone_number": "97237000100"}}
    entry = {"id": "1", "changes": [{"field": field, "value": value}]}
    return {"object": "whatsapp_business_account", "entry": [entry]}


@pytest.mark.parametrize(
    ("status", "is_from_business", "has_actor"),
    [
        ("sent", True, False),
        ("failed", True, False),
        ("delivered", False, True),
        ("read", False, True),
    ],
)
def test_meta_status_of_a_group_names_who_has_it(
    status: str, is_from_business: bool, has_actor: bool
) -> None:
    told = {
        "id": "wamid.1", "status": status, "timestamp": "1780000000", "recipient_type": "group",
        "recipient_id": "group-1", "recipient_participant_id": "972521110001",
    }  # fmt: skip
    [event] = PROVIDERS["meta_cloud"](change("messages", statuses=[told])).events
    assert (event.kind, event.address) == (status, "group-1")
    assert event.is_from_business is is_from_business
    assert event.actor == ("972521110001" if has_actor else None)


def test_meta_history_error_is_counted() -> None:
    errors = [{"code": 2593109, "title": "declined"}]
    result = PROVIDERS["meta_cloud"](change("history", history=[{"errors": errors}]))
    assert dict(result.unread) == {"history error": 1}


def test_meta_shared_contacts_are_shown_by_their_names() -> None:
    card = {"name": {"formatted_name": "Noa Cohen"}}
    message = {"id": "wamid.1", "from": "972521110001", "timestamp": "1780000000",
               "type": "contacts", "contacts": [card]}  # fmt: skip
    [read] = PROVIDERS["meta_cloud"](change("messages", messages=[message])).messages
    assert (read.kind, read.body) == ("contacts", "Noa Cohen")


@pytest.mark.parametrize(
    ("phone", "weight"),
    [
        ({"wa_id": "972521110001"}, "attested"),
        ({"wa_id": "972521110001", "phone": "+972 50-999-0000"}, "attested"),
        ({"phone": "+972 52-111-0001"}, "claimed"),
        ({"phone": "052-111-0001"}, None),
        ({}, None),
    ],
)
@pytest.mark.parametrize(
    ("context", "is_answer"),
    [
        ({"from": "972 37-000-100", "id": "wamid.11"}, True),
        ({"from": "972500000000", "id": "wamid.11"}, False),
        (None, False),
    ],
)
def test_meta_requested_phone_is_attested_when_meta_gives_it_in_an_answer(
    phone: dict[str, str], weight: str | None, context: dict[str, str] | None, is_answer: bool
) -> None:
    payload = load("meta_cloud", "contact_request")
    [message] = payload["entry"][0]["changes"][0]["value"]["messages"]
    message["contacts"][0]["phones"] = [phone]
    message["context"] = context
    result = PROVIDERS["meta_cloud"](payload)
    [read] = result.messages
    claims = [(each.a, each.b, each.weight) for each in result.evidence]
    if weight == "attested" and is_answer:
        assert (read.contact_aliases, claims) == (["+972521110001"], [])
    elif weight:
        claim = ("IL.50000000000000001", "+972521110001", "claimed")
        assert (read.contact_aliases, claims) == (None, [claim])
    else:
        assert (read.contact_aliases, claims) == (None, [])


@pytest.mark.parametrize(
    ("receipt", "expected"),
    [
        ({"Type": "read", "MessageIDs": ["A1"]}, ["read A1 outbound False"]),
        ({"Type": "", "MessageIDs": ["A1", "A2"]},
         ["delivered A1 outbound False", "delivered A2 outbound False"]),
        ({"Type": "read", "IsFromMe": True, "MessageIDs": ["A1"]}, 1),
        ({"Type": "read-self", "MessageIDs": ["A1"]}, ["read A1 inbound True"]),
        ({"Type": "retry", "MessageIDs": ["A1"]}, 1),
        ({"Type": "read", "MessageIDs": [None]}, 1),
        ({"Type": "read", "MessageIDs": []}, 1),
    ],
)  # fmt: skip
def test_whatsmeow_receipt_is_told_by_who_read(receipt: Any, expected: Any) -> None:
    chat = "972521110001@s.whatsapp.net"
    payload = {"type": "Receipt", "event": {"Chat": chat, "Sender": chat, **receipt}}
    result = PROVIDERS["whatsmeow"](payload)
    told = [
        f"{e.kind} {e.provider_message_id} {e.target_direction} {e.is_from_business}"
        for e in result.events
    ]
    assert (told or result.ignored["Receipt"]) == expected


@pytest.mark.parametrize(
    ("chat", "actor"),
    [("972521110001@s.whatsapp.net", None), (GROUP, "972521110002@s.whatsapp.net")],
)
def test_baileys_reader_is_the_actor_in_a_group(chat: str, actor: str | None) -> None:
    receipt = {"userJid": "972521110002@s.whatsapp.net", "readTimestamp": 1780000000}
    update = {"key": {"remoteJid": chat, "id": "A1", "fromMe": True}, "receipt": receipt}
    [event] = PROVIDERS["baileys"]({"event": "message-receipt.update", "data": [update]}).events
    assert (event.kind, event.actor, event.is_from_business) == ("read", actor, False)


@pytest.mark.parametrize(("status", "is_from_business"), [(2, True), (3, False), (4, False)])
def test_baileys_status_is_told_by_the_side_that_knows(status: int, is_from_business: bool) -> None:
    key = {"remoteJid": "972521110001@s.whatsapp.net", "id": "A1", "fromMe": True}
    payload = {"event": "messages.update", "data": [{"key": key, "update": {"status": status}}]}
    [event] = PROVIDERS["baileys"](payload).events
    assert event.is_from_business is is_from_business


@pytest.mark.parametrize(
    ("ack", "is_from_business"), [(-1, True), (1, True), (2, False), (3, False)]
)
def test_wppconnect_status_is_told_by_the_side_that_knows(ack: int, is_from_business: bool) -> None:
    [event] = wppconnect("onack", ack=ack, id=f"true_{PHONE}_A1").events
    assert event.is_from_business is is_from_business


@pytest.mark.parametrize(
    ("ack", "kind"),
    [
        ({"ack": 3}, "read"),
        ({"ack": True, "ackName": "READ"}, "read"),
        ({"ackName": "READ"}, "read"),
    ],
)
def test_waha_ack_is_read_by_name_when_it_has_no_number(ack: Any, kind: str) -> None:
    raw = {"id": f"true_{PHONE}_A1", "from": "97237000100@c.us", "to": PHONE, "fromMe": True} | ack
    [event] = PROVIDERS["waha"]({"event": "message.ack", "session": "s", "payload": raw}).events
    assert event.kind == kind


def test_evolution_status_is_read_inside_the_update() -> None:
    raw = {"key": {"remoteJid": "972521110001@s.whatsapp.net", "id": "A1", "fromMe": True}}
    for status in ({"status": "READ"}, {"update": {"status": "READ"}}):
        payload = {"event": "messages.update", "data": raw | status}
        [event] = PROVIDERS["evolution"](payload).events
        assert (event.kind, event.provider_message_id) == ("read", "A1")
