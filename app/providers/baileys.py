"""Baileys 6.7 and 7: events of a linked-device gateway, as {event, data} or bare.

The other name of a person comes beside the first one: remoteJidAlt / participantAlt since 7,
senderPn, senderLid, participantPn, participantLid before.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.errors import PayloadError
from app.message import Message
from app.providers.result import ProviderResult, items, mapping, text, unix_time

_PERSON_ALIASES = ("remoteJidAlt", "senderPn", "senderLid")
_PARTICIPANT_ALIASES = ("participantAlt", "participantPn", "participantLid")

# Wrappers around the real content, and content that is no message of its own.
_WRAPPERS = (
    "deviceSentMessage",
    "documentWithCaptionMessage",
    "editedMessage",
    "ephemeralMessage",
    "viewOnceMessage",
    "viewOnceMessageV2",
)
_NOT_A_MESSAGE = {
    "encReactionMessage": "reaction",
    "protocolMessage": "protocol",
    "reactionMessage": "reaction",
    "senderKeyDistributionMessage": "protocol",
}
_KINDS = {
    "audioMessage": "audio",
    "contactMessage": "contacts",
    "contactsArrayMessage": "contacts",
    "conversation": "text",
    "documentMessage": "document",
    "extendedTextMessage": "text",
    "imageMessage": "image",
    "liveLocationMessage": "location",
    "locationMessage": "location",
    "stickerMessage": "sticker",
    "videoMessage": "video",
}
_MEDIA_KINDS = {"audio", "document", "image", "sticker", "video"}
_MEDIA_FIELDS = ("caption", "fileLength", "fileName", "mimetype", "seconds", "url")


def read_payload(payload: Any) -> ProviderResult:
    """Reads one event: {event, data}, a bare messages.upsert, or a bare message.

    Raises:
        PayloadError: it is none of these.
    """
    if not isinstance(payload, Mapping):
        raise PayloadError("not a Baileys event: it is not a JSON object")
    event = text(payload.get("event")) or "messages.upsert"
    data = payload.get("data", payload) if "event" in payload else payload
    result = ProviderResult()
    if event != "messages.upsert":
        result.ignored[event] += 1
        return result
    data = mapping(data)
    if "key" not in data and not isinstance(data.get("messages"), list):
        raise PayloadError("not a Baileys event: there is no list 'messages' and no 'key'")
    for message in [data] if "key" in data else items(data["messages"]):
        _read_message(message, result)
    return result


def _read_message(message: Mapping[str, Any], result: ProviderResult) -> None:
    content_type, content = _content(mapping(message.get("message")))
    if content_type in _NOT_A_MESSAGE:
        result.ignored[_NOT_A_MESSAGE[content_type]] += 1
        return
    if message.get("messageStubType") and not mapping(message.get("message")):
        # A notice (somebody joined, a call was missed), or a message that could not be decrypted
        # yet: it comes again under the same id, and must not be taken for a duplicate then.
        result.ignored["stub"] += 1
        return
    key = mapping(message.get("key"))
    address, participant, aliases = _addresses(key)
    from_me = key.get("fromMe") is True
    kind = _KINDS.get(content_type, "unknown")
    result.messages.append(
        Message(
            direction="outbound" if from_me else "inbound",
            from_number=None if from_me else address,
            to_number=address if from_me else None,
            contact_aliases=aliases or None,
            participant=participant,
            # On our own messages it is the owner's name.
            sender_name=None if from_me else text(message.get("pushName")),
            source="gateway",
            kind=kind,
            body=_body(content_type, content),
            media={name: content[name] for name in _MEDIA_FIELDS if name in content}
            if kind in _MEDIA_KINDS
            else None,
            provider="baileys",
            provider_message_id=text(key.get("id")),
            reply_to=text(mapping(content.get("contextInfo")).get("stanzaId")),
            sent_at=unix_time(message.get("messageTimestamp")),
            payload=dict(message),
        )
    )


def _addresses(key: Mapping[str, Any]) -> tuple[str | None, str | None, list[str]]:
    """(address, participant, aliases) of a message key.

    In a group, and for a story (status@broadcast), the aliases are the participant's. A message to
    a broadcast list reaches its receiver as a message from the sender.
    """
    chat = text(key.get("remoteJid"))
    participant = text(key.get("participant"))
    server = (chat or "").partition("@")[2]
    if server == "broadcast" and chat != "status@broadcast" and participant:
        chat, participant = participant, None
        names: tuple[str, ...] = _PERSON_ALIASES + _PARTICIPANT_ALIASES
    elif server in ("g.us", "broadcast", "newsletter"):
        names = _PARTICIPANT_ALIASES if server == "g.us" else _PARTICIPANT_ALIASES + _PERSON_ALIASES
    else:
        participant = None
        names = _PERSON_ALIASES
    aliases = [alias for alias in map(text, map(key.get, names)) if alias and alias != chat]
    return chat, participant, aliases


def _content(message: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """(type, content) of a message body, unwrapped."""
    inner: Mapping[str, Any] | None = message
    while inner:
        message = inner
        wrapped = (mapping(mapping(message.get(name)).get("message")) for name in _WRAPPERS)
        inner = next(filter(None, wrapped), None)
    for name in (*_KINDS, *_NOT_A_MESSAGE):
        if name in message:
            value = message[name]
            return name, value if isinstance(value, Mapping) else {"text": value}
    return "unknown", {}


def _body(content_type: str, content: Mapping[str, Any]) -> str | None:
    for name in ("text", "caption", "name", "displayName"):
        if body := text(content.get(name)):
            return body
    return None
