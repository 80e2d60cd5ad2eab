"""Twilio's WhatsApp webhooks: form fields as a JSON object, one message or one status each.

Addresses are written whatsapp:+E164, or whatsapp: and a BSUID for who hides the number.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from onethread.errors import PayloadError
from onethread.model.message import Message
from onethread.model.message_event import MessageEvent
from onethread.providers.addresses import add_pairs, bsuid, wa_id, without_lies
from onethread.providers.result import ProviderResult, first, identifier, mapping, text
from onethread.providers.twilio_content import read_content
from onethread.providers.twilio_conversations import read_added

_STATUSES = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "undelivered": "failed",
    "failed": "failed",
}
_UNFINISHED = ("accepted", "canceled", "queued", "scheduled", "sending")
_SID_FIELDS = ("MessageSid", "SmsMessageSid", "SmsSid")
_USER_ID_FIELDS = ("ExternalUserId", "ExternalUserIdentifier", "ParentExternalUserId")


def read_payload(payload: Any) -> ProviderResult:
    """Reads the fields of one webhook POST.

    Raises:
        PayloadError: it is neither a message nor a status.
    """
    if not isinstance(payload, Mapping):
        raise PayloadError("not a Twilio webhook: it is not an object of form fields")
    result = ProviderResult()
    sender, receiver = identifier(payload.get("From")), identifier(payload.get("To"))
    status = identifier(first(payload, "MessageStatus", "SmsStatus"))
    sid = identifier(first(payload, *_SID_FIELDS))
    if sid is None or (sender is None and receiver is None):
        name = identifier(payload.get("EventType"))
        if name is None:
            raise PayloadError("not a Twilio webhook: there is no MessageSid with From or To")
        if name == "onMessageAdded" and (added := read_added(payload)):
            result.messages.append(added)
        else:
            result.unread[name] += 1  # of Twilio's other products
    elif not any(_is_whatsapp(address) for address in (sender, receiver)):
        result.ignored["sms"] += 1
    elif status is None or status.lower() in ("received", "receiving"):
        result.messages.append(_message(payload, sid, sender, receiver))
    elif kind := _STATUSES.get(status.lower()):
        result.events.append(_event(payload, kind, sid, _person(receiver, payload)[0]))
        names = [_name(receiver), *_other_names(payload)]
        add_pairs(result, names, "twilio status")
    else:
        counter = result.ignored if status.lower() in _UNFINISHED else result.unread
        counter[f"status {status.lower()}"] += 1
    return result


def _is_whatsapp(address: str | None) -> bool:
    return (address or "").lower().startswith("whatsapp:")


def _name(address: str | None) -> str | None:
    """The address without the scheme, as evidence is written."""
    name = (address or "").strip()
    return wa_id(name[len("whatsapp:") :] if _is_whatsapp(name) else name)


def _message(
    payload: Mapping[str, Any], sid: str, sender: str | None, receiver: str | None
) -> Message:
    person, aliases = _person(sender, payload)
    shown = read_content(payload)
    return Message(
        direction="inbound",
        from_number=person,
        # Alone, it would be taken for the counterpart.
        to_number=receiver if person else None,
        contact_aliases=aliases or None,
        sender_name=identifier(payload.get("ProfileName"))
        or identifier(_channel_context(payload).get("ProfileName")),
        source="webhook",
        kind=shown.kind,
        body=shown.body,
        media=shown.media,
        provider="twilio",
        provider_message_id=sid,
        reply_to=identifier(payload.get("OriginalRepliedMessageSid")),
        payload=dict(payload),
    )


def _person(address: str | None, payload: Mapping[str, Any]) -> tuple[str | None, list[str]]:
    """The address as it came, unless it says nothing or is the digits of the user id; and the
    person's other names."""
    names = without_lies([_name(address), *_other_names(payload)])
    is_named = address is not None and _name(address) in names
    return (address if is_named or not names else names[0]), names[1:]


def _other_names(payload: Mapping[str, Any]) -> Iterator[str | None]:
    """The sender's other names: fields of the form, or the context in ChannelMetadata.

    WaId is the account's own spelling of the number, which From may write differently; the user id
    is written with or without the scheme.
    """
    for fields in (payload, _channel_context(payload)):
        yield wa_id(fields.get("WaId"))
        for field in _USER_ID_FIELDS:
            yield bsuid(_name(identifier(fields.get(field))))


def _channel_context(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """{type, data: {context: {ProfileName, WaId, ...}}} as JSON text."""
    metadata = text(payload.get("ChannelMetadata"))
    try:
        value = json.loads(metadata or "{}")
    except (ValueError, RecursionError):
        return {}
    return mapping(mapping(mapping(value).get("data")).get("context"))


def _event(payload: Mapping[str, Any], kind: str, sid: str, receiver: str | None) -> MessageEvent:
    """A status callback: To is the customer. Twilio gives it no time."""
    reason = ": ".join(
        filter(None, (text(payload.get("ErrorCode")), text(payload.get("ErrorMessage"))))
    )
    return MessageEvent(
        kind=kind,
        provider_message_id=sid,
        address=receiver,
        target_direction="outbound",
        is_from_business=kind in ("sent", "failed"),
        body=(reason or None) if kind == "failed" else None,
        provider="twilio",
        payload=dict(payload),
    )
