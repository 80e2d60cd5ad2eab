"""WPPConnect Server: {event, session, ...} with WhatsApp Web's message spread beside them.

Ids are serialized or objects {fromMe, remote, id, _serialized}; addresses may be objects as well.
The body of a file is its thumbnail; what people wrote is the caption.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from onethread.errors import PayloadError
from onethread.model.contact_name import BOOK, SUBJECT
from onethread.model.message import Message
from onethread.model.message_event import MessageEvent
from onethread.providers.addresses import (
    add_pairs,
    direction,
    is_person,
    jid,
    server_of,
    split_id,
    told_in_bulk,
    unnamed_list,
    with_server,
)
from onethread.providers.baileys_key import is_same_name
from onethread.providers.names import add_name
from onethread.providers.result import (
    ProviderResult,
    first,
    identifier,
    mapping,
    text,
    time_of,
)
from onethread.providers.web_content import read_content
from onethread.providers.web_notices import ack_kind, read_notice

_MESSAGE_EVENTS = ("onmessage", "onanymessage", "onselfmessage", "unreadmessages")
# Events that say nothing about messages.
_NOTICES = (
    "closesession",
    "incomingcall",
    "location",
    "logoutsession",
    "onparticipantschanged",
    "onpresencechanged",
    "onupdatelabel",
    "phonecode",
    "qrcode",
    "status-find",
)


@dataclass(frozen=True)
class _Parties:
    id: str | None
    is_from_me: bool
    address: str | None
    participant: str | None
    aliases: list[str]
    list_address: str | None = None


def read_payload(payload: Any) -> ProviderResult:
    """Reads one webhook POST body, or an answer of getPnLidEntry.

    Raises:
        PayloadError: it is neither.
    """
    if not isinstance(payload, Mapping):
        raise PayloadError("not a WPPConnect event: it is not a JSON object")
    result = ProviderResult()
    event = payload.get("event")
    event = event.lower() if isinstance(event, str) else None
    if event is None:
        if "lid" not in payload or not ("phoneNumber" in payload or "pn" in payload):
            raise PayloadError("not a WPPConnect event: there is no text 'event'")
        _read_pair(payload, result)
        return result
    wrapped = first(payload, "data", "response")
    for raw in result.objects(payload if wrapped is None else wrapped):
        _read_event(event, raw, result)
    result.count_if_empty(event)
    return result


def _read_event(event: str, raw: Mapping[str, Any], result: ProviderResult) -> None:
    if event in _MESSAGE_EVENTS:
        _read_message(raw, result)
    elif event == "onack":
        _read_ack(raw, result)
    elif event == "onreactionmessage":
        _read_reaction(raw, result)
    elif event == "onrevokedmessage":
        _read_revoked(raw, result)
    else:
        result.count(event, _NOTICES, raw)


def _read_pair(raw: Mapping[str, Any], result: ProviderResult) -> None:
    phone = with_server(first(raw, "phoneNumber", "pn"), "c.us")
    with told_in_bulk(result, is_dated=True):
        names = [with_server(raw.get("lid"), "lid"), phone]
        is_pair = add_pairs(result, names, "wppconnect PnLidEntry")
    if not is_pair:
        result.ignored["lid without phone"] += 1


def _parties(raw: Mapping[str, Any]) -> _Parties:
    way, chat, message_id, id_participant = split_id(raw.get("id"))
    is_from_me = raw["fromMe"] if isinstance(raw.get("fromMe"), bool) else way == "outbound"
    sender, receiver = jid(raw.get("from")), jid(raw.get("to"))
    chat = chat or jid(raw.get("chatId"))
    address = (chat or receiver or sender) if is_from_me else (sender or chat)
    if is_from_me:
        return _Parties(message_id, True, address, None, [])
    is_chat_of_many = server_of(address) in ("g.us", "broadcast", "newsletter")
    author = jid(raw.get("author")) or id_participant
    person = author if is_chat_of_many else address
    aliases = _sender_names(mapping(raw.get("sender")), person)
    if server_of(address) == "broadcast" and address != "status@broadcast" and author:
        # A message to a broadcast list reaches its receiver as a message from the sender.
        return _Parties(message_id, False, author, None, aliases, list_address=address)
    return _Parties(message_id, False, address, author if is_chat_of_many else None, aliases)


def _sender_names(sender: Mapping[str, Any], person: str | None) -> list[str]:
    """The sender's other names, if the contact shown is the sender's."""
    if not is_person(person) or not is_same_name(jid(sender.get("id")), person):
        return []
    names = [
        with_server(sender.get("lid"), "lid"),
        with_server(first(sender, "phoneNumber", "pn"), "c.us"),
    ]
    return [name for name in names if name and is_person(name) and not is_same_name(name, person)]


def _read_message(raw: Mapping[str, Any], result: ProviderResult) -> None:
    sent_at = time_of(first(raw, "t", "timestamp"))
    if read_notice(raw, result, "wppconnect onmessage change_number", sent_at):
        return
    parties = _parties(raw)
    shown = read_content(raw)
    if parties.participant:
        _add_evidence(parties, result, "onmessage", sent_at)
    _add_names(parties, raw, result)
    result.messages.append(
        Message(
            direction=direction(parties.is_from_me),
            from_number=None if parties.is_from_me else parties.address,
            to_number=parties.address if parties.is_from_me else None,
            contact_aliases=parties.aliases or None,
            participant=parties.participant,
            list_address=parties.list_address or unnamed_list(raw),
            sender_name=None if parties.is_from_me else _name(raw),
            source="gateway",
            kind=shown.kind,
            body=shown.body,
            media=shown.media,
            provider="wppconnect",
            provider_message_id=parties.id,
            reply_to=split_id(first(raw, "quotedMsgId", "quotedStanzaID"))[2],
            sent_at=sent_at,
            payload=dict(raw),
        )
    )


def _add_evidence(
    parties: _Parties, result: ProviderResult, event: str, observed_at: datetime | None
) -> None:
    for alias in parties.aliases:
        names = [parties.participant or parties.address, alias]
        add_pairs(result, names, f"wppconnect {event}", observed_at)


def _add_names(parties: _Parties, raw: Mapping[str, Any], result: ProviderResult) -> None:
    """What the phone's address book calls the sender, and a group's subject."""
    person, sender = parties.participant or parties.address, mapping(raw.get("sender"))
    if not parties.is_from_me and is_person(person) and is_same_name(jid(sender.get("id")), person):
        add_name(result, person, BOOK, sender.get("name"), "wppconnect")
    if server_of(parties.address) == "g.us":
        chat = mapping(raw.get("chat"))
        add_name(result, parties.address, SUBJECT, first(chat, "name", "subject"), "wppconnect")


def _name(raw: Mapping[str, Any]) -> str | None:
    sender = mapping(raw.get("sender"))
    return identifier(raw.get("notifyName")) or identifier(sender.get("pushname"))


def _read_ack(raw: Mapping[str, Any], result: ProviderResult) -> None:
    parties = _parties(raw)
    kind = ack_kind(raw.get("ack"))
    if kind is None or parties.id is None:
        result.ignored["onack"] += 1
        return
    told_by_sender = kind in ("sent", "failed")
    is_from_me = parties.is_from_me
    result.events.append(
        MessageEvent(
            kind=kind,
            provider_message_id=parties.id,
            address=parties.address,
            target_direction=direction(is_from_me),
            is_from_business=is_from_me if told_by_sender else not is_from_me,
            provider="wppconnect",
            payload=dict(raw),
        )
    )


def _read_reaction(raw: Mapping[str, Any], result: ProviderResult) -> None:
    """{id: the reaction's, msgId: the target's, reactionText, timestamp}. Only the first says who
    reacts and where: the second is written by whoever reacts."""
    way, address, event_id, participant = split_id(raw.get("id"))
    target_way, _, target, _ = split_id(raw.get("msgId"))
    if target is None:
        result.unread["onreactionmessage"] += 1
        return
    is_from_me = way == "outbound"
    is_chat_of_many = server_of(address) in ("g.us", "broadcast", "newsletter")
    result.events.append(
        MessageEvent(
            kind="reaction",
            provider_message_id=target,
            address=address,
            target_direction=target_way,
            actor=participant if is_chat_of_many and not is_from_me else None,
            is_from_business=is_from_me,
            body=text(raw.get("reactionText")),
            provider="wppconnect",
            provider_event_id=event_id if event_id != target else None,
            occurred_at=time_of(raw.get("timestamp")),
            payload=dict(raw),
        )
    )


def _read_revoked(raw: Mapping[str, Any], result: ProviderResult) -> None:
    """{refId: the target's id, id: the notice's, from, to, author}. The first is written by whoever
    deletes: the others say who that is and where."""
    _, _, target, _ = split_id(raw.get("refId"))
    way, chat, event_id, _ = split_id(raw.get("id"))
    if target is None:
        result.unread["onrevokedmessage"] += 1
        return
    is_from_me = way == "outbound"
    # Without the serialized id nobody says that it is ours; then it is the sender's, who may be us.
    address = chat or jid(raw.get("to" if is_from_me else "from"))
    is_group = server_of(address) == "g.us"
    result.events.append(
        MessageEvent(
            kind="revoked",
            provider_message_id=target,
            address=address,
            # In a group an administrator deletes what others wrote.
            target_direction=None if is_group else way,
            actor=jid(raw.get("author")) if is_group and not is_from_me else None,
            is_from_business=is_from_me,
            provider="wppconnect",
            provider_event_id=event_id if event_id != target else None,
            occurred_at=time_of(first(raw, "t", "timestamp")),
            payload=dict(raw),
        )
    )
