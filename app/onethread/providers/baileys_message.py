"""A message of a linked-device library: {key, message, messageTimestamp, pushName, ...}.

It is a message, or says something about an earlier one (reaction, edit, delete).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from onethread.model.message import PLACEHOLDER, Message
from onethread.model.message_event import MessageEvent
from onethread.providers.addresses import (
    add_number_change,
    direction,
    jid,
    message_source,
    server_of,
    unnamed_list,
)
from onethread.providers.baileys_content import (
    NOT_A_MESSAGE,
    NOTICES,
    PLACEHOLDER_TYPE,
    Content,
    read_content,
)
from onethread.providers.baileys_key import Key, read_key
from onethread.providers.protobuf_content import with_ad
from onethread.providers.result import (
    ProviderResult,
    as_list,
    first,
    identifier,
    mapping,
    text,
    time_of,
)

# A program has sent it: to one chat.
_SEND_EVENTS = ("SendMessage", "send.message")
_HISTORY_EVENTS = ("HistorySync", "messages.set", "messaging-history.set")
_REVOKE = (0, "REVOKE")
_CHANGE_NUMBER = (42, "INDIVIDUAL_CHANGE_NUMBER")
_EDIT = (14, "MESSAGE_EDIT")
_SHARE_PHONE_NUMBER = (11, "SHARE_PHONE_NUMBER")
# A message that could not be decrypted, or is of a type that the library does not know.
_UNREADABLE = (2, "CIPHERTEXT", 3, "FUTUREPROOF")


@dataclass(frozen=True)
class Carrier:
    """What carries a content: who sent it, when, and the object it came in."""

    key: Key
    provider: str
    event: str
    sent_at: datetime | None
    raw: Mapping[str, Any]
    sender_name: str | None = None
    reply_to: str | None = None
    is_target_key_ours: bool = True
    """Whether the key inside a reaction is told from our side; whatsmeow leaves it as the sender
    sees it (Baileys turns it round before it tells anybody)."""

    @property
    def source(self) -> str:
        """Who says so, for evidence."""
        return f"{self.provider} {self.event}"


def read_message(
    raw: Mapping[str, Any],
    result: ProviderResult,
    provider: str,
    event: str = "messages.upsert",
    own: Sequence[str | None] = (),
) -> None:
    """Adds what one WAMessage says."""
    content = read_content(raw.get("message"))
    key = read_key(mapping(raw.get("key")), own)
    stub = raw.get("messageStubType")
    if stub and content.type == "" and stub not in _UNREADABLE:
        # A notice: somebody joined, a call was missed.
        time = time_of(raw.get("messageTimestamp"))
        key.add_evidence(result, f"{provider} {event}", time)
        if stub in _CHANGE_NUMBER:
            # Which of the two is the new one is told both ways (docs/providers.md).
            names = [*map(jid, as_list(raw.get("messageStubParameters")))]
            add_number_change(result, names, None, f"{provider} {event} change_number", time)
        result.ignored["stub"] += 1
        return
    reply = identifier(first(mapping(raw.get("contextInfo")), "stanzaId", "stanzaID"))
    carrier = Carrier(
        key=key,
        provider=provider,
        event=event,
        sent_at=time_of(raw.get("messageTimestamp")),
        raw=raw,
        # On our own messages it is the owner's name.
        sender_name=None if key.is_from_me else identifier(raw.get("pushName")),
        reply_to=reply,
    )
    is_view_once = mapping(raw.get("key")).get("isViewOnce") is True
    if content.type == "" and (stub or is_view_once):
        add_placeholder(carrier, result, is_view_once=is_view_once)
    else:
        add_content(content, carrier, result)


def add_content(content: Content, carrier: Carrier, result: ProviderResult) -> None:
    """Adds the message that the content is, or what it says about another one."""
    if content.type == PLACEHOLDER_TYPE:
        add_placeholder(carrier, result, is_masked=True)
        return
    if content.type not in NOT_A_MESSAGE:
        _add_message(_message(content, carrier), carrier, result)
        return
    is_evidence = carrier.key.add_evidence(result, carrier.source, carrier.sent_at)
    event = None
    if content.type == "reactionMessage":
        event = _reaction(content.fields, carrier)
    elif content.type == "protocolMessage":
        event = _protocol(content.fields, carrier)
        if event is None and content.fields.get("type") in _SHARE_PHONE_NUMBER and is_evidence:
            return
    if event is None:
        result.count(NOT_A_MESSAGE[content.type], NOTICES)
    else:
        result.events.append(event)


def add_placeholder(
    carrier: Carrier,
    result: ProviderResult,
    *,
    is_view_once: bool = False,
    is_masked: bool = False,
) -> None:
    """Adds a message of which a linked device has seen no more than that it is there. What comes
    later under its id fills it."""
    if carrier.key.id is None or carrier.key.address is None:
        result.unread["unreadable message"] += 1
        return
    body = unreadable(is_view_once=is_view_once, is_masked=is_masked)
    message = replace(_message(Content("", {}), carrier), kind=PLACEHOLDER, body=body)
    _add_message(message, carrier, result)


def unreadable(*, is_view_once: bool = False, is_masked: bool = False) -> str:
    """What stands in place of a message that cannot be read here, and why."""
    if is_view_once:
        return "Open it on the phone: it can be viewed once."
    why = "it is not shown on linked devices" if is_masked else "it could not be decrypted here"
    return f"Open it on the phone: {why}."


def _add_message(message: Message, carrier: Carrier, result: ProviderResult) -> None:
    result.messages.append(message)
    if carrier.key.participant:
        carrier.key.add_evidence(result, carrier.source, carrier.sent_at)


def _message(content: Content, carrier: Carrier) -> Message:
    key = carrier.key
    # Evolution writes the context of a plain text beside the message.
    shown = with_ad(content.shown, carrier.raw.get("contextInfo"))
    return Message(
        direction=key.direction,
        from_number=None if key.is_from_me else key.address,
        to_number=key.address if key.is_from_me else None,
        contact_aliases=key.aliases or None,
        participant=key.participant,
        list_address=key.list_address or unnamed_list(carrier.raw),
        sender_name=carrier.sender_name,
        source=message_source(
            is_sent=key.is_from_me and carrier.event in _SEND_EVENTS,
            is_history=carrier.event in _HISTORY_EVENTS,
        ),
        kind=shown.kind,
        body=shown.body,
        media=shown.media,
        provider=carrier.provider,
        provider_message_id=key.id,
        reply_to=content.reply_to or carrier.reply_to,
        sent_at=carrier.sent_at,
        payload=dict(carrier.raw),
    )


def about(
    carrier: Carrier,
    kind: str,
    message_id: Any,
    *,
    target: str | None,
    body: str | None = None,
    occurred_at: datetime | None = None,
) -> MessageEvent | None:
    """The event that the carrier's sender made about another message; None when it is unnamed.

    Who did it and where is what the carrier's key says, never what stands in the content.
    """
    message_id = identifier(message_id)
    if message_id is None:
        return None
    key = carrier.key
    return MessageEvent(
        kind=kind,
        provider_message_id=message_id,
        address=key.event_address,
        target_direction=target,
        actor=key.participant,
        is_from_business=key.is_from_me,
        body=body,
        provider=carrier.provider,
        provider_event_id=key.id if key.id != message_id else None,
        occurred_at=occurred_at or carrier.sent_at,
        payload=dict(carrier.raw),
    )


def _reaction(fields: Mapping[str, Any], carrier: Carrier) -> MessageEvent | None:
    target = mapping(fields.get("key"))
    is_from_me: bool | None = target.get("fromMe") is True
    if not carrier.is_target_key_ours and not carrier.key.is_from_me:
        # "From me" is then the sender; what is not from the sender is ours, but for a group.
        is_group = server_of(carrier.key.address) == "g.us"
        is_from_me = False if is_from_me else (None if is_group else True)
    return about(
        carrier,
        "reaction",
        first(target, "id", "ID"),
        target=None if is_from_me is None else direction(is_from_me),
        body=text(fields.get("text")),
        occurred_at=carrier.sent_at
        or time_of(first(fields, "senderTimestampMs", "senderTimestampMS")),
    )


def _protocol(fields: Mapping[str, Any], carrier: Carrier) -> MessageEvent | None:
    target = mapping(fields.get("key"))
    message_id = first(target, "id", "ID")
    kind = protocol_kind(fields)
    if kind == "edited":
        # Only one's own messages can be edited.
        edited = read_content(fields.get("editedMessage"))
        return about(
            carrier, kind, message_id, target=carrier.key.target_direction, body=edited.body
        )
    if kind == "revoked":
        # In a group an admin deletes what others wrote.
        is_group = server_of(carrier.key.address) == "g.us"
        target_direction = None if is_group else carrier.key.target_direction
        return about(carrier, kind, message_id, target=target_direction)
    return None


def protocol_kind(fields: Mapping[str, Any]) -> str | None:
    """The kind of event that a protocol message is: an edit, a delete; None for the others."""
    kind = fields.get("type")
    if isinstance(kind, bool) or not isinstance(kind, int | str):
        return None
    return "edited" if kind in _EDIT else "revoked" if kind in _REVOKE else None
