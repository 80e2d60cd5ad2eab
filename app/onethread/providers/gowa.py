"""GOWA (go-whatsapp-web-multidevice): {event, device_id, session_id, payload}, signed.

chat_id and from are phones where GOWA knows them; chat_lid and from_lid stand beside them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from onethread.errors import PayloadError
from onethread.providers.addresses import is_same_account, jid
from onethread.providers.content import Shown, contacts, file, note, read_vcards
from onethread.providers.envelope import Envelope, read_parties
from onethread.providers.protobuf_content import shown_of
from onethread.providers.result import (
    ProviderResult,
    as_list,
    first,
    identifier,
    items,
    mapping,
    text,
    time_of,
)

_RECEIPTS = {"delivered": "delivered", "read": "read", "played": "played"}
_OWN_RECEIPTS = {"read-self": "read", "played-self": "played"}
_NOTICES = (
    "call.offer",
    "chat_presence",
    "group.joined",
    "group.participants",
    "label.association",
    "label.edit",
    "message.deleted",  # for the account itself only
    "newsletter.joined",
    "newsletter.left",
    "newsletter.mute",
)
_FILES = {
    "audio": "audio",
    "document": "document",
    "image": "image",
    "sticker": "sticker",
    "video": "video",
    "video_note": "video",
}
_PROTOBUF = {
    "list": "listMessage",
    "live_location": "liveLocationMessage",
    "location": "locationMessage",
    "order": "orderMessage",
}


def read_payload(payload: Any) -> ProviderResult:
    """Reads one webhook POST body.

    Raises:
        PayloadError: it is none of GOWA's.
    """
    if not isinstance(payload, Mapping) or not isinstance(payload.get("event"), str):
        raise PayloadError("not a GOWA event: there is no text 'event'")
    if "session" in payload or "instance" in payload:
        raise PayloadError("not a GOWA event: it names a session or an instance, not a device_id")
    result = ProviderResult()
    event = payload["event"]
    for raw in result.objects(payload.get("payload")):
        _read_event(event, raw, payload, result)
    result.count_if_empty(event)
    return result


def _read_event(
    event: str, raw: Mapping[str, Any], outer: Mapping[str, Any], result: ProviderResult
) -> None:
    if event == "message":
        envelope, book = _envelope(event, raw, outer), raw.get("sender_display_name")
        # Beside the sender's own name (blanks are none) another one is of the account's contacts.
        own_name = identifier(raw.get("from_name"))
        envelope.add_names(result, book=book if own_name not in (None, book) else None)
        envelope.add_message(result, _shown(raw), raw.get("replied_to_id"))
    elif event == "message.ack":
        _read_ack(raw, outer, result)
    elif event == "message.edited":
        target = identifier(raw.get("original_message_id"))
        body = text(raw.get("body"))
        _envelope(event, raw, outer).add_change(result, "edited", target, body)
    elif event == "message.reaction":
        target = identifier(raw.get("reacted_message_id"))
        body = text(raw.get("reaction"))
        _envelope(event, raw, outer).add_change(result, "reaction", target, body)
    elif event == "message.revoked":
        target = identifier(raw.get("revoked_message_id"))
        _envelope(event, raw, outer).add_change(result, "revoked", target)
    else:
        result.count(event, _NOTICES, raw)


def _envelope(event: str, raw: Mapping[str, Any], outer: Mapping[str, Any]) -> Envelope:
    own, sender = jid(outer.get("device_id")), jid(raw.get("from"))
    key = read_parties(
        identifier(raw.get("id")),
        raw.get("is_from_me") is True or is_same_account(sender, own),
        [jid(raw.get("chat_id")), jid(raw.get("chat_lid"))],
        [sender, jid(raw.get("from_lid"))],
        [own],
    )
    return Envelope(
        provider="gowa",
        event=event,
        key=key,
        raw=raw,
        time=time_of(first(raw, "timestamp") or outer.get("timestamp")),
        name=first(raw, "from_name", "sender_display_name"),
    )


def _read_ack(raw: Mapping[str, Any], outer: Mapping[str, Any], result: ProviderResult) -> None:
    """`from` is who has read; when that is the account itself it has read what others wrote."""
    receipt = identifier(raw.get("receipt_type")) or ""
    own, reader = jid(outer.get("device_id")), jid(raw.get("from"))
    is_ours = receipt in _OWN_RECEIPTS or is_same_account(reader, own)
    kind = (_OWN_RECEIPTS | _RECEIPTS if is_ours else _RECEIPTS).get(receipt)
    readers = [] if is_ours else [reader, jid(raw.get("from_lid"))]
    key = read_parties(None, False, [jid(raw.get("chat_id"))], readers, [own])
    envelope = Envelope(
        provider="gowa",
        event="message.ack",
        key=replace(key, is_from_me=not is_ours),
        raw=raw,
        time=time_of(outer.get("timestamp")),
    )
    envelope.add_status(result, kind, map(identifier, as_list(raw.get("ids"))))


def _shown(raw: Mapping[str, Any]) -> Shown:
    for name, kind in _FILES.items():
        if media := raw.get(name):
            fields = media if isinstance(media, Mapping) else {"path": media}
            return file(kind, fields, text(raw.get("body")) or mapping(media).get("caption"))
    cards = [mapping(raw.get("contact")), *items(raw.get("contacts_array"))]
    if known := [c for e in cards for c in read_vcards(e.get("vcard"), e.get("displayName"))]:
        return contacts(known)
    for name, content in _PROTOBUF.items():
        if value := mapping(raw.get(name)):
            return shown_of(content, value)
    body = text(raw.get("body"))
    return note("text" if body else "unknown", body)
