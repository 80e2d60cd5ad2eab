"""WhatsApp Cloud API webhooks (Meta).

One POST holds several entries, each several changes, each several messages. Contacts are matched
to messages by id, never by position. Statuses, reactions, edits, deletes and system notices are
not messages; they are counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.errors import PayloadError
from app.message import Message
from app.providers.result import ProviderResult, items, mapping, text, unix_time

_NOT_A_MESSAGE = {"edit", "reaction", "revoke", "system"}
_CAPTIONED = ("image", "video", "document", "audio", "sticker")


def read_payload(payload: Any) -> ProviderResult:
    """Reads one webhook POST body.

    Raises:
        PayloadError: it is not a webhook of the Cloud API.
    """
    if not isinstance(payload, Mapping) or not isinstance(payload.get("entry"), list):
        raise PayloadError("not a Cloud API webhook: there is no list 'entry'")
    result = ProviderResult()
    for entry in items(payload["entry"]):
        for change in items(entry.get("changes")):
            _read_change(mapping(change.get("value")), result)
    return result


def _read_change(value: Mapping[str, Any], result: ProviderResult) -> None:
    own_number = text(mapping(value.get("metadata")).get("display_phone_number"))
    contacts = items(value.get("contacts"))
    for key, direction in (("messages", "inbound"), ("message_echoes", "outbound")):
        for message in items(value.get(key)):
            kind = text(message.get("type")) or "unknown"
            if kind in _NOT_A_MESSAGE:
                result.ignored[kind] += 1
            else:
                result.messages.append(_read_message(message, direction, own_number, contacts))
    result.ignored["status"] += len(items(value.get("statuses")))
    for key in ("history", "state_sync", "calls", "user_preferences", "errors"):
        result.ignored[key] += len(items(value.get(key)))


def _read_message(
    message: Mapping[str, Any],
    direction: str,
    own_number: str | None,
    contacts: list[Mapping[str, Any]],
) -> Message:
    person = _person(message, direction, own_number)
    contact = _contact_of(person, contacts)
    identifiers = [*person, *_contact_ids(contact)]
    known = list(dict.fromkeys(filter(None, identifiers)))
    group = text(message.get("group_id"))
    address = group or (known[0] if known else None)
    aliases = known[1:]
    kind = text(message.get("type")) or "unknown"
    return Message(
        direction=direction,
        from_number=address if direction == "inbound" else own_number or text(message.get("from")),
        to_number=own_number if direction == "inbound" else address,
        contact_aliases=aliases or None,
        participant=known[0] if group and known else None,
        sender_name=text(mapping(contact.get("profile")).get("name"))
        if direction == "inbound"
        else None,
        source="webhook" if direction == "inbound" else "business_app",
        kind=kind,
        body=_body(message, kind),
        media=dict(mapping(message.get(kind))) if kind in _CAPTIONED else None,
        provider="meta_cloud",
        provider_message_id=text(message.get("id")),
        reply_to=text(mapping(message.get("context")).get("id")),
        sent_at=unix_time(message.get("timestamp")),
        payload=dict(message),
    )


def _person(message: Mapping[str, Any], direction: str, own_number: str | None) -> list[str | None]:
    """The identifiers of the customer that the message itself names, phone first."""
    if direction == "inbound":
        phone = text(message.get("from"))
        others = [message.get("from_user_id"), message.get("from_parent_user_id")]
    else:
        phone = text(message.get("to"))
        if phone is None or _digits(phone) == _digits(own_number):
            # Echoes have been seen with the two sides exchanged; the field tells the direction.
            sender = text(message.get("from"))
            phone = None if _digits(sender) == _digits(own_number) else sender
        others = [message.get("to_user_id"), message.get("to_parent_user_id")]
    return [phone, *map(text, others)]


def _digits(number: str | None) -> str:
    """The digits: display_phone_number is meant for display, and may be written with blanks."""
    return "".join(filter(str.isdigit, number or ""))


def _contact_of(person: list[str | None], contacts: list[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The contact that shares an identifier with the message."""
    ids = {identifier for identifier in person if identifier}
    for contact in contacts:
        if not ids.isdisjoint(_contact_ids(contact)):
            return contact
    return {}


def _contact_ids(contact: Mapping[str, Any]) -> list[str | None]:
    return [text(contact.get(name)) for name in ("wa_id", "user_id", "parent_user_id")]


def _body(message: Mapping[str, Any], kind: str) -> str | None:
    content = mapping(message.get(kind))
    reply = mapping(content.get("button_reply")) or mapping(content.get("list_reply"))
    for candidate in (
        content.get("body"),
        content.get("caption"),
        content.get("text"),
        reply.get("title"),
        content.get("name"),
    ):
        if body := text(candidate):
            return body
    return None
