"""What cannot be read here is a row that says so, and what comes beside a content hides none."""

from __future__ import annotations

from typing import Any

import pytest

from onethread.intake.payload import read_document
from onethread.providers import PROVIDERS, ProviderResult

PHONE, LID = "972521110001@s.whatsapp.net", "111111111110001@lid"
KEY = {"remoteJid": LID, "fromMe": False, "id": "3A01"}
HELD = {"messages": [{"id": "1", "text": "hello"}]}
DECRYPTION: list[dict[str, Any]] = [
    {"messageContextInfo": {"messageSecret": "x"}},
    {"senderKeyDistributionMessage": {"groupId": "1@g.us"}},
    {"messageContextInfo": {}, "senderKeyDistributionMessage": {}},
]


def upsert(provider: str, **message: Any) -> ProviderResult:
    data = {"key": KEY, "messageTimestamp": 1780000000, **message}
    if provider == "evolution":
        return PROVIDERS[provider]({"event": "messages.upsert", "instance": "x", "data": data})
    return PROVIDERS[provider]({"event": "messages.upsert", "data": {"messages": [data]}})


def update(provider: str, **told: Any) -> ProviderResult:
    if provider == "evolution":
        flat = {"keyId": KEY["id"], "remoteJid": LID, "fromMe": False, **told}
        return PROVIDERS[provider]({"event": "messages.update", "instance": "x", "data": flat})
    data = [{"key": KEY, "update": told}]
    return PROVIDERS[provider]({"event": "messages.update", "data": data})


@pytest.mark.parametrize("beside", DECRYPTION)
@pytest.mark.parametrize("provider", ["baileys", "baileys_api", "evolution"])
def test_content_of_an_unknown_type_is_a_message_whatever_stands_beside_it(
    provider: str, beside: dict[str, Any]
) -> None:
    unknown = {"neverHeardOfMessage": {"text": "What does it cost?"}}
    for content in ({**beside, **unknown}, {**unknown, **beside}, unknown):
        result = upsert(provider, message=content)
        [message] = result.messages
        assert (message.kind, message.body) == ("unknown", "What does it cost?")
        assert not result.ignored + result.unread
    assert dict(upsert(provider, message=beside).ignored) == {"protocol": 1}


@pytest.mark.parametrize("beside", DECRYPTION)
def test_content_of_an_unknown_type_is_a_message_of_whatsmeow(beside: dict[str, Any]) -> None:
    info = {"Chat": PHONE, "Sender": PHONE, "ID": "3A01", "IsFromMe": False}
    content = {**beside, "neverHeardOfMessage": {"Text": "x"}}
    result = PROVIDERS["whatsmeow"]({"Info": info, "Message": content})
    assert [message.kind for message in result.messages] == ["unknown"]


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ({"messageStubType": 2}, "decrypted"),
        ({"messageStubType": "CIPHERTEXT", "message": None}, "decrypted"),
        ({"messageStubType": 2, "key": {**KEY, "isViewOnce": True}}, "once"),
        ({"key": {**KEY, "isViewOnce": True}}, "once"),
        ({"message": {"placeholderMessage": {"type": "MASK_LINKED_DEVICES"}}}, "linked"),
        ({"message": {"placeholderMessage": {"type": 0}, "messageContextInfo": {}}}, "linked"),
    ],
)
@pytest.mark.parametrize("provider", ["baileys", "evolution"])
def test_message_that_cannot_be_read_here_is_a_placeholder(
    provider: str, message: dict[str, Any], said: str
) -> None:
    [read] = upsert(provider, **message).messages
    assert (read.kind, read.address, read.provider_message_id) == ("placeholder", LID, "3A01")
    assert (read.body or "").startswith("Open it on the phone") and said in (read.body or "")


def test_message_that_nobody_can_be_named_for_is_unread() -> None:
    result = upsert("baileys", messageStubType=2, key={"remoteJid": LID})
    assert (result.messages, dict(result.unread)) == ([], {"unreadable message": 1})


@pytest.mark.parametrize("provider", ["baileys", "baileys_api", "evolution"])
def test_message_is_read_when_an_update_brings_it(provider: str) -> None:
    result = update(provider, message={"conversation": "Is there a place?"}, status=3)
    [message] = result.messages
    assert (message.kind, message.body) == ("text", "Is there a place?")
    assert (message.address, message.provider_message_id) == (LID, "3A01")
    assert not result.events


@pytest.mark.parametrize(
    ("told", "counts"),
    [({"pollUpdates": [{"vote": {}}]}, "unread"), ({"neverHeardOf": 1}, "unread")],
)
@pytest.mark.parametrize("provider", ["baileys", "evolution"])
def test_update_that_may_matter_is_unread(provider: str, told: dict[str, Any], counts: str) -> None:
    result = update(provider, **told)
    assert dict(getattr(result, counts)) == {"messages.update": 1}


def waha(data: dict[str, Any], **payload: Any) -> ProviderResult:
    raw = {"id": f"false_{LID}_3A01", "timestamp": 1780000000, "from": LID, "fromMe": False}
    body = {"event": "message", "session": "x", "engine": "NOWEB", "me": {"id": "972370001@c.us"}}
    return PROVIDERS["waha"]({**body, "payload": {**raw, **payload, "_data": {"key": KEY, **data}}})


def test_waha_text_is_taken_when_the_type_is_unknown() -> None:
    content = {"messageContextInfo": {}, "neverHeardOfMessage": {"text": "Yearly, please"}}
    [message] = waha({"message": content}, body="Yearly, please").messages
    assert (message.kind, message.body) == ("text", "Yearly, please")


def test_waha_encrypted_edit_is_unread() -> None:
    result = waha({"message": {"messageContextInfo": {}, "secretEncryptedMessage": {}}}, body=None)
    assert (result.messages, dict(result.unread)) == ([], {"encrypted": 1})


@pytest.mark.parametrize(
    "data",
    [{"key": {**KEY, "isViewOnce": True}}, {"message": {"placeholderMessage": {"type": 0}}}],
)
def test_waha_message_that_is_only_on_the_phone_is_a_placeholder(data: dict[str, Any]) -> None:
    [message] = waha(data, body=None).messages
    assert (message.kind, (message.body or "")[:8]) == ("placeholder", "Open it ")


def standby(**value: Any) -> ProviderResult:
    metadata = {"display_phone_number": "97237000100"}
    change = {"field": "standby", "value": {"metadata": metadata, "standby": value}}
    return PROVIDERS["meta_cloud"]({"entry": [{"id": "1", "changes": [change]}]})


def test_meta_agents_conversation_is_read() -> None:
    person = {"wa_id": "972521110001", "profile": {"name": "Noa"}}
    asked = {"id": "wamid.1", "from": "972521110001", "type": "text", "text": {"body": "Where?"}}
    [message] = standby(contacts=[person], messages=[asked]).messages
    assert (message.direction, message.address, message.body, message.sender_name) == (
        "inbound", "972521110001", "Where?", "Noa",
    )  # fmt: skip

    request = {"to": "972521110001", "type": "text", "text": {"body": "On its way."}}
    echo = {"id": "wamid.2", "timestamp": "1780000000", "message": request}
    [message] = standby(message_echoes=[echo]).messages
    assert (message.direction, message.address, message.body, message.source) == (
        "outbound", "972521110001", "On its way.", "bot",
    )  # fmt: skip
    assert message.provider_message_id == "wamid.2"

    status = {"id": "wamid.2", "status": "read", "recipient_id": "972521110001"}
    [event] = standby(statuses=[status]).events
    assert (event.kind, event.address) == ("read", "972521110001")


@pytest.mark.parametrize("kind", ["unknown", "errors", "unsupported"])
def test_meta_message_that_it_cannot_show_is_unsupported(kind: str) -> None:
    asked = {"id": "wamid.1", "from": "972521110001", "type": kind, "errors": [{"code": 131051}]}
    [message] = standby(messages=[asked]).messages
    assert message.kind == "unsupported"


def test_votes_that_can_be_read_are_events() -> None:
    told = [{"name": "10h", "voters": [LID]}, {"name": "11h", "voters": [LID, "me"]}]
    for provider in ("baileys", "evolution"):
        events = update(provider, pollUpdates=told).events
        assert [(e.kind, e.body, e.is_from_business) for e in events] == [
            ("vote", "10h, 11h", False), ("vote", "11h", True),
        ]  # fmt: skip
        about = {(e.provider_message_id, e.address, e.actor) for e in events}
        assert about == {("3A01", LID, None)}
    answer = {"eventResponseMessageKey": {**KEY, "id": "3A02"}, "response": {"response": 1}}
    [event] = update("baileys", eventResponses=[answer]).events
    assert (event.kind, event.body, event.provider_event_id) == ("vote", "Going", "3A02")


def test_waha_answer_to_an_invitation_is_an_event() -> None:
    told = {
        "id": f"false_{LID}_3A02", "from": LID, "fromMe": False, "timestamp": 1780000000,
        "eventCreationKey": {"id": f"true_{LID}_3A01"}, "eventResponse": {"response": "MAYBE"},
    }  # fmt: skip
    [event] = PROVIDERS["waha"]({"event": "event.response", "session": "s", "payload": told}).events
    assert (event.kind, event.body, event.provider_message_id) == ("vote", "Maybe", "3A01")
    assert (event.address, event.target_direction, event.is_from_business) == (
        LID, "outbound", False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("provider", "payload", "name"),
    [
        ("meta_cloud", {"field": "new", "value": {"x": HELD}}, "new"),
        ("meta_cloud", {"field": "flows", "value": {"x": HELD}}, "flows"),
        ("baileys", {"event": "new", "data": {"x": [HELD]}}, "new"),
        ("evolution", {"event": "new", "data": HELD}, "new"),
        ("waha", {"event": "new", "session": "s", "payload": {"x": HELD}}, "new"),
        ("wppconnect", {"event": "new", "data": HELD}, "new"),
        ("whatsmeow", {"type": "New", "event": {"x": HELD}}, "New"),
    ],
)
def test_what_nobody_has_heard_of_is_open_when_it_holds_messages(
    provider: str, payload: dict[str, Any], name: str
) -> None:
    read = read_document(provider, payload, "test")
    assert read.reasons == [f"not read, and holds messages: {name}"]
    assert not read.read.has_rows
