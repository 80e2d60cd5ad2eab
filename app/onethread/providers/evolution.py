"""Evolution API 2.2 to 2.3.7: Baileys' messages in an envelope {event, instance, data, sender}.

`sender` of the envelope is the instance's own number. The person's names are in the key, which
each version writes differently (see baileys_key); from 2.3.7 the LID is lost in new messages,
while updates still name it. Updates carry their own messageId beside WhatsApp's keyId.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from onethread.errors import PayloadError
from onethread.model.message_event import MessageEvent
from onethread.providers.addresses import direction, is_person, jid, told_in_bulk
from onethread.providers.baileys_content import read_content
from onethread.providers.baileys_events import READERS, is_recovered, read_votes, status_event
from onethread.providers.baileys_key import Key, read_key
from onethread.providers.baileys_message import Carrier, about, protocol_kind, read_message
from onethread.providers.result import ProviderResult, first, identifier, mapping, time_of

_MESSAGE_EVENTS = ("messages.upsert", "messages.set", "send.message")
_PROTOCOL_EVENTS = ("messages.edited", "send.message.update")
_BAILEYS_EVENTS = {
    "call": "call",
    "chats.set": "chats.upsert",
    "chats.update": "chats.update",
    "chats.upsert": "chats.upsert",
    "contacts.set": "contacts.upsert",
    "contacts.update": "contacts.update",
    "contacts.upsert": "contacts.upsert",
    "group.participants.update": "group-participants.update",
    "group.update": "groups.update",
    "groups.update": "groups.update",
    "groups.upsert": "groups.upsert",
    "lid.mapping.update": "lid-mapping.update",
    "presence.update": "presence.update",
}
# Events that say nothing about messages or people.
_NOTICES = (
    "application.startup",
    "chats.delete",
    "connection.update",
    "creds.update",
    "instance.create",
    "instance.delete",
    "labels.association",
    "labels.edit",
    "logout.instance",
    "qrcode.updated",
    "remove.instance",
    "status.instance",
    "typebot.change.status",
    "typebot.start",
)
# The statuses of Evolution's Cloud API channel beside those of Baileys.
_CLOUD_STATUSES = {"SENT": "SERVER_ACK", "DELIVERED": "DELIVERY_ACK", "FAILED": "ERROR"}


def read_payload(payload: Any) -> ProviderResult:
    """Reads one webhook POST body.

    Raises:
        PayloadError: it is no event of Evolution API.
    """
    if not isinstance(payload, Mapping) or not isinstance(payload.get("event"), str):
        raise PayloadError("not an Evolution API event: there is no text 'event'")
    if "data" not in payload:
        raise PayloadError("not an Evolution API event: there is no 'data'")
    # Written messages.upsert in the body, MESSAGES_UPSERT in the settings, messages-upsert in URLs.
    event = payload["event"].strip().lower().replace("_", ".").replace("-", ".")
    result = ProviderResult()
    own = jid(payload.get("sender"))
    data = payload["data"]
    if event in _MESSAGE_EVENTS and isinstance(data, Mapping) and "messages" in data:
        data = data["messages"]
    if event in _NOTICES:
        result.ignored[event] += 1
        return result
    for raw in result.objects(data):
        _read_one(event, raw, own, result)
    result.count_if_empty(event)
    return result


def _read_one(event: str, raw: Mapping[str, Any], own: str | None, result: ProviderResult) -> None:
    if event == "messages.set":
        with told_in_bulk(result):
            read_message(raw, result, "evolution", event, (own,))
    elif event in _MESSAGE_EVENTS:
        read_message(raw, result, "evolution", event, (own,))
    elif event == "messages.update":
        _read_update(raw, own, result)
    elif event == "messages.delete":
        _read_delete(raw, own, result)
    elif event in _PROTOCOL_EVENTS:
        _read_protocol(event, raw, result)
    elif event in _BAILEYS_EVENTS:
        name = _BAILEYS_EVENTS[event]
        # Contacts' pictures are profilePicUrl here; the opaque LID comes with them all the same.
        if name == "contacts.update" and "profilePicUrl" in raw:
            raw = {**raw, "imgUrl": raw["profilePicUrl"]}
        known = len(result.names)
        READERS[name](raw, result, "evolution", name)
        if name.startswith("chats."):
            # The name of a chat is here what the person calls himself.
            del result.names[known:]
    else:
        result.count(event, (), raw)


def _flat_key(raw: Mapping[str, Any], own: str | None) -> Key:
    """The key of an update: nested, or its fields beside the status, with keyId for the id."""
    nested = mapping(raw.get("key"))
    return read_key(nested or {**raw, "id": first(raw, "keyId", "id")}, (own,))


def _read_update(raw: Mapping[str, Any], own: str | None, result: ProviderResult) -> None:
    key = _flat_key(raw, own)
    is_evidence = key.add_evidence(result, "evolution messages.update")
    update = mapping(raw.get("update"))
    time = time_of(first(raw, "datetime", "date_time", "messageTimestamp"))
    carrier = Carrier(key=key, provider="evolution", event="messages.update", sent_at=time, raw=raw)
    told = first(raw, "message") or update.get("message")
    is_told = False
    if is_recovered(told):
        named = {**mapping(raw.get("key") or raw), "id": key.id}
        message = {**update, "key": named, "message": told}
        read_message(message, result, "evolution", "messages.update", (own,))
        return
    if votes := read_votes(key, {**update, **raw}, raw, "evolution", (own,)):
        result.events += votes
        return
    if "editedMessage" in mapping(told):
        # Whatever the update is about, a status is written beside it.
        body = read_content(told).body
        event = about(carrier, "edited", key.id, target=key.target_direction, body=body)
    else:
        status = first(raw, "status") or update.get("status")
        status = _CLOUD_STATUSES.get(status, status) if isinstance(status, str) else status
        is_told = status is not None and not raw.get("pollUpdates")
        event = status_event(carrier, key, status) if is_told else None
    if event:
        result.events.append(event)
    elif is_told:
        result.ignored["messages.update"] += not is_evidence
    else:
        # An edit without its text, or a vote.
        result.unread["messages.update"] += 1


def _read_delete(raw: Mapping[str, Any], own: str | None, result: ProviderResult) -> None:
    """messages.delete: the key of the message that its sender took back."""
    key = _flat_key(raw, own)
    key.add_evidence(result, "evolution messages.delete")
    if key.id is None:
        result.unread["messages.delete"] += 1
        return
    carrier = Carrier(key=key, provider="evolution", event="messages.delete", sent_at=None, raw=raw)
    if event := status_event(carrier, key, "DELETED"):
        result.events.append(event)


def _read_protocol(event: str, raw: Mapping[str, Any], result: ProviderResult) -> None:
    """messages.edited, send.message.update: the protocol message {key, type, editedMessage, ...}
    without the message that carried it. Every protocol message comes so, a delete too.

    What a customer sends is written by him, the key too: of that only the id counts, and nobody is
    named. An update of ours is the answer to our own request.
    """
    key = mapping(raw.get("key"))
    message_id = identifier(key.get("id"))
    kind = protocol_kind(raw)
    if message_id is None or kind is None:
        result.ignored[event] += 1
        return
    is_ours = event == "send.message.update"
    chat = jid(key.get("remoteJid")) if is_ours else None
    result.events.append(
        MessageEvent(
            kind=kind,
            provider_message_id=message_id,
            address=chat,
            target_direction=direction(True) if is_person(chat) else None,
            is_from_business=is_ours,
            body=read_content(raw.get("editedMessage")).body if kind == "edited" else None,
            provider="evolution",
            occurred_at=time_of(raw.get("timestampMs")),
            payload=dict(raw),
        )
    )
