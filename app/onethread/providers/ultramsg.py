"""UltraMsg: {event_type, instanceId, data}, with WhatsApp Web's types and serialized ids."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from onethread.errors import PayloadError
from onethread.providers.addresses import is_person, jid, split_id
from onethread.providers.content import FILE_KINDS, Shown, file
from onethread.providers.envelope import Envelope, read_parties
from onethread.providers.result import ProviderResult, identifier, mapping, time_of
from onethread.providers.web_content import read_content
from onethread.providers.web_notices import read_notice

_MESSAGES = {"message_received": False, "message_create": True}
_ACKS = {
    "device": "delivered",
    "server": "sent",
    "read": "read",
    "played": "played",
    "viewed": "played",
    1: "sent",
    2: "delivered",
    3: "read",
    4: "played",
}


def read_payload(payload: Any) -> ProviderResult:
    """Reads one webhook POST body.

    Raises:
        PayloadError: it is none of UltraMsg's.
    """
    event = mapping(payload).get("event_type")
    if not isinstance(event, str) or "instanceId" not in payload:
        raise PayloadError("not an UltraMsg event: there is no 'event_type' with an 'instanceId'")
    result = ProviderResult()
    name = event.removeprefix("webhook_")
    for raw in result.objects(payload.get("data")):
        envelope = _envelope(raw, name)
        if name in _MESSAGES:
            if read_notice(raw, result, f"ultramsg {name} change_number", envelope.time):
                continue
            reply = split_id(mapping(raw.get("quotedMsg")).get("id"))[2]
            envelope.add_message(result, _shown(raw), reply)
        elif name == "message_ack":
            ack = raw.get("ack")
            is_known = isinstance(ack, str | int) and not isinstance(ack, bool)
            envelope.add_status(result, _ACKS.get(ack) if is_known else None, [envelope.key.id])
        else:
            result.count(name, (), raw)
    result.count_if_empty(name)
    return result


def _envelope(raw: Mapping[str, Any], event: str) -> Envelope:
    way, chat, message_id, participant = split_id(raw.get("id"))
    is_from_me = raw.get("fromMe")
    if not isinstance(is_from_me, bool):
        is_from_me = way == "outbound" if way else _MESSAGES.get(event, event == "message_ack")
    sender, receiver = jid(raw.get("from")), jid(raw.get("to"))
    chat = chat or (receiver if is_from_me else sender)
    key = read_parties(
        message_id,
        is_from_me,
        [chat],
        [] if is_person(chat) else [jid(raw.get("author")) or participant],
        [sender if is_from_me else receiver],
    )
    return Envelope(
        provider="ultramsg",
        event=event,
        key=key,
        raw=raw,
        time=time_of(raw.get("time")),
        name=raw.get("pushname"),
    )


def _shown(raw: Mapping[str, Any]) -> Shown:
    shown = read_content(raw)
    if shown.kind in FILE_KINDS and identifier(raw.get("media")):
        caption = read_content({**raw, "type": "unknown"}).body  # which is no thumbnail
        return file(shown.kind, {**(shown.media or {}), "url": raw["media"]}, caption)
    return shown
