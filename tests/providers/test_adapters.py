"""The adapters: whatever comes, messages or a PayloadError."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onethread.errors import PayloadError
from onethread.providers import PROVIDERS
from tests.cli.commands import BAILEYS, CLOUD
from tests.providers.reading import load_all

PAYLOADS: dict[str, list[Any]] = {provider: load_all(provider) for provider in PROVIDERS}
PAYLOADS["meta_cloud"] = json.loads(CLOUD.read_text("utf-8")) + PAYLOADS["meta_cloud"]
PAYLOADS["baileys"] += [json.loads(line) for line in BAILEYS.read_text("utf-8").splitlines()]
_LEAF = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["", "null", "@lid", "1@g.us", "\0", "\ud800", "1e999", 2**70, -1, 1e308])
)


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _names(item)


_NAMES = [*sorted(set(_names(PAYLOADS))), "low", "high", "ephemeralMessage", "contextInfo"]
JSON = st.recursive(
    _LEAF,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(_NAMES) | st.text(max_size=4), inner, max_size=5)
    ),
    max_leaves=25,
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        children = list(value.items())
    elif isinstance(value, list):
        children = list(enumerate(value))
    return [path, *(place for key, item in children for place in _places(item, (*path, key)))]


def _replace(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """A copy of the value with `new` at the path."""
    if not path:
        return new
    copy: Any = value.copy()
    copy[path[0]] = _replace(copy[path[0]], path[1:], new) if path[1:] else new
    return copy


@st.composite
def mutants(draw: st.DrawFn, provider: str) -> Any:
    """A fixture with some of its parts replaced by arbitrary JSON."""
    payload = draw(st.sampled_from(PAYLOADS[provider]))
    for _ in range(draw(st.integers(1, 4))):
        payload = _replace(payload, draw(st.sampled_from(_places(payload))), draw(JSON))
    return payload


EVENT_KINDS = (
    "sent",
    "delivered",
    "read",
    "played",
    "failed",
    "edited",
    "revoked",
    "reaction",
    "vote",
)


def _is_unambiguous(name: str) -> bool:
    return "@" in name or name.startswith("+") or name[2:3] == "."


def _message_objects(provider: str, payload: Any) -> int:
    """How many objects there are that each say something by themselves."""
    if provider in ("baileys", "baileys_api"):
        data = payload.get("data", payload) if "event" in payload else payload
        messages = data.get("messages") if isinstance(data, dict) and "key" not in data else None
        return _count(messages) if payload.get("event") in (None, "messages.upsert") else 1
    if provider == "evolution" and payload["event"] == "messages.upsert":
        return _count(payload["data"])
    if provider == "onethread":
        return sum(_count(payload.get(name)) for name in ("messages", "events", "evidence"))
    if provider == "meta_cloud":
        values = [
            change.get("value")
            for entry in payload.get("entry", ())
            if isinstance(entry, dict) and isinstance(entry.get("changes"), list)
            for change in entry["changes"]
            if isinstance(change, dict)
        ]
        names = ("messages", "message_echoes", "statuses", "calls")
        return sum(
            _count(value.get(name)) for value in values if isinstance(value, dict) for name in names
        )
    return 1


def _count(value: Any) -> int:
    return sum(item is not None for item in value) if isinstance(value, list) else 0


def read(provider: str, payload: Any) -> None:
    """Reads the payload; its messages must be what the database can be given."""
    try:
        result = PROVIDERS[provider](payload)
    except PayloadError:
        return
    counted = len(result.messages) + len(result.events) + len(result.evidence)
    counted += bool(result.names)
    counters = (result.ignored, result.unread, result.unopened)
    counted += sum(counter.total() for counter in counters)
    assert counted >= max(1, _message_objects(provider, payload))
    assert all(count > 0 for counter in counters for count in counter.values())
    for event in result.events:
        assert event.kind in EVENT_KINDS
        assert event.provider_message_id
        assert event.target_direction in (None, "inbound", "outbound")
    for evidence in result.evidence:
        relations = {"same", "replaced"} | ({"different"} if provider == "onethread" else set())
        assert evidence.relation in relations
        assert evidence.a != evidence.b
        assert all(_is_unambiguous(name) for name in (evidence.a, evidence.b))
    for message in result.messages:
        assert message.direction in ("inbound", "outbound")
        texts = (message.from_number, message.to_number, message.participant, message.body)
        assert all(text is None or (isinstance(text, str) and text) for text in texts)
        assert all(isinstance(alias, str) and alias for alias in message.contact_aliases or [])
        assert message.sent_at is None or message.sent_at.tzinfo is not None
        assert message.kind


@pytest.mark.parametrize("provider", sorted(PROVIDERS))
def test_adapter_never_crashes_when_given_any_json(provider: str) -> None:
    @settings(max_examples=300, deadline=None)
    @given(payload=JSON)
    def check(payload: Any) -> None:
        read(provider, payload)

    check()


@pytest.mark.parametrize("provider", sorted(PROVIDERS))
def test_adapter_never_crashes_when_a_fixture_is_mutated(provider: str) -> None:
    @settings(max_examples=300, deadline=None)
    @given(payload=mutants(provider))
    def check(payload: Any) -> None:
        read(provider, payload)

    check()


@pytest.mark.parametrize("name", ["wa_id", "user_id", "parent_user_id"])
@pytest.mark.parametrize("value", [{}, [], {"a": 1}, [[]]])
def test_contact_is_passed_over_when_its_id_is_no_text(name: str, value: Any) -> None:
    payload = PAYLOADS["meta_cloud"][0]
    contacts = ("entry", 0, "changes", 0, "value", "contacts", 0, name)
    result = PROVIDERS["meta_cloud"](_replace(payload, contacts, value))
    assert [message.sender_name for message in result.messages][:1] == ["Avi"]


@pytest.mark.parametrize(
    "time", [float("nan"), float("inf"), "1e999", -1e30, {"low": float("inf")}, {"high": 1}, [], {}]
)
def test_time_is_left_out_when_it_is_none(time: Any) -> None:
    key = {"remoteJid": "972521110001@s.whatsapp.net", "id": "1"}
    [message] = PROVIDERS["baileys"]({"key": key, "messageTimestamp": time}).messages
    assert message.sent_at is None


def test_time_is_read_when_it_is_a_protobuf_long() -> None:
    key = {"remoteJid": "972521110001@s.whatsapp.net", "id": "1"}
    time = {"low": 1780000000, "high": 0, "unsigned": True}
    [message] = PROVIDERS["baileys"]({"key": key, "messageTimestamp": time}).messages
    assert message.sent_at is not None
    assert message.sent_at.timestamp() == 1780000000


@pytest.mark.parametrize("levels", [1, 5, 5000])
def test_content_is_read_when_wrapped_many_times(levels: int) -> None:
    content: dict[str, Any] = {"conversation": "inside"}
    for _ in range(levels):
        content = {"ephemeralMessage": {"message": content}}
    key = {"remoteJid": "972521110001@s.whatsapp.net", "id": "1"}
    [message] = PROVIDERS["baileys"]({"key": key, "message": content}).messages
    assert message.body == "inside"


@pytest.mark.parametrize("payload", [None, 1, "x", [], {}, {"entry": {}}, {"messages": None}])
def test_payload_is_refused_when_it_is_not_the_providers(payload: Any) -> None:
    for read_payload in PROVIDERS.values():
        with pytest.raises(PayloadError):
            read_payload(payload)


@pytest.mark.parametrize("own", ["97237000100", "+972 3-700-0100"])
def test_echo_goes_to_the_customer_when_the_own_number_is_formatted(own: str) -> None:
    echo = {"from": "972521110001", "to": "97237000100", "id": "1", "type": "text"}
    value = {"metadata": {"display_phone_number": own}, "message_echoes": [echo]}
    [message] = PROVIDERS["meta_cloud"]({"entry": [{"changes": [{"value": value}]}]}).messages
    assert (message.direction, message.to_number) == ("outbound", "972521110001")


@pytest.mark.parametrize(
    ("extra", "event"),
    [
        ({"messageStubType": 27}, "stub"),
        ({"messageStubType": "CALL_MISSED_VOICE", "message": None}, "stub"),
        ({"message": {"encCommentMessage": {}, "messageContextInfo": {}}}, "comment"),
        ({"message": {"encReactionMessage": {}}}, "reaction"),
        ({"message": {"protocolMessage": {"type": 0}}}, "protocol"),
        ({"message": {"editedMessage": {"message": {"protocolMessage": {}}}}}, "protocol"),
        ({"message": {"messageContextInfo": {"messageSecret": "x"}}}, "protocol"),
        ({"message": {"pollUpdateMessage": {}}}, "poll_vote"),
    ],
)
def test_baileys_event_is_counted_when_it_is_no_message(extra: dict[str, Any], event: str) -> None:
    key = {"remoteJid": "972521110001@s.whatsapp.net", "id": "1"}
    result = PROVIDERS["baileys"]({"key": key, **extra})
    assert (result.messages, dict(result.ignored + result.unread)) == ([], {event: 1})


def test_broadcast_is_from_the_sender_when_it_came_by_a_list() -> None:
    key = {
        "remoteJid": "1780000000@broadcast",
        "participant": "111111111110001@lid",
        "remoteJidAlt": "972521110001@s.whatsapp.net",
        "id": "1",
    }
    [message] = PROVIDERS["baileys"]({"key": key, "message": {"conversation": "x"}}).messages
    assert message.from_number == "111111111110001@lid"
    assert message.contact_aliases == ["972521110001@s.whatsapp.net"]
    assert message.participant is None


def test_story_belongs_to_the_participant_when_it_is_a_status() -> None:
    key = {
        "remoteJid": "status@broadcast",
        "participant": "111111111110001@lid",
        "remoteJidAlt": "972521110001@s.whatsapp.net",
        "id": "1",
    }
    [message] = PROVIDERS["baileys"]({"key": key, "message": {"conversation": "x"}}).messages
    assert (message.from_number, message.participant) == ("status@broadcast", key["participant"])
    assert message.contact_aliases == ["972521110001@s.whatsapp.net"]


def test_shared_contacts_are_no_aliases_when_a_card_is_sent() -> None:
    card = {"phones": [{"phone": "+972521119999", "wa_id": "972521119999"}]}
    sent = {"from": "972521110001", "id": "1", "type": "contacts", "contacts": [card]}
    value = {"contacts": [{"wa_id": "972521110001"}], "messages": [sent]}
    [message] = PROVIDERS["meta_cloud"]({"entry": [{"changes": [{"value": value}]}]}).messages
    assert message.contact_aliases is None
