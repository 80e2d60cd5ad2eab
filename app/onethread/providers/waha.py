"""WAHA: {event, session, engine, me, payload}, for the engines WEBJS, NOWEB and GOWS, and the
answer of its list of LIDs.

Ids are serialized, {true|false}_{chat}_{id}[_{participant}]; the inner id is kept. The engine's own
message is in payload._data: NOWEB's is Baileys', GOWS' is whatsmeow's, WEBJS' is WhatsApp Web's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from onethread.errors import PayloadError
from onethread.model.message import Message
from onethread.model.message_event import MessageEvent
from onethread.providers.addresses import (
    add_pairs,
    jid,
    message_source,
    server_of,
    split_id,
    told_in_bulk,
    unnamed_list,
    with_server,
    without_own,
)
from onethread.providers.baileys_content import (
    NOT_A_MESSAGE,
    NOTICES,
    Content,
    read_content,
)
from onethread.providers.baileys_events import EVENT_ANSWERS, add_people
from onethread.providers.baileys_key import Key
from onethread.providers.names import add_contact_names, contact_address
from onethread.providers.result import (
    ProviderResult,
    as_list,
    first,
    identifier,
    mapping,
    text,
    time_of,
)
from onethread.providers.waha_content import read_content as read_shown
from onethread.providers.waha_parties import engine_key, own_accounts, read_author, read_parties
from onethread.providers.web_notices import read_notice

_MESSAGE_EVENTS = ("message", "message.any")
_CHANGES = {
    "message.edited": "edited",
    "message.reaction": "reaction",
    "message.revoked": "revoked",
}
_ANSWERS = ("poll.vote", "event.response")
# Events that are no message and say nothing about one.
_NOTICES = (
    "call.accepted",
    "call.received",
    "call.rejected",
    "chat.archive",
    "engine.event",
    "group.join",
    "group.leave",
    "label.chat.added",
    "label.chat.deleted",
    "label.deleted",
    "label.upsert",
    "message.waiting",
    "presence.update",
    "session.status",
    "state.change",
)
_ACKS = {
    -1: "failed",
    1: "sent",
    2: "delivered",
    3: "read",
    4: "played",
    "ERROR": "failed",
    "SERVER": "sent",
    "DEVICE": "delivered",
    "READ": "read",
    "PLAYED": "played",
}


def read_payload(payload: Any) -> ProviderResult:
    """Reads one webhook POST body, or the answer of GET /api/{session}/lids.

    Raises:
        PayloadError: it is neither.
    """
    result = ProviderResult()
    if isinstance(payload, list) and payload and all(_is_lid_entry(item) for item in payload):
        for entry in payload:
            _read_lid(entry, result)
    elif _is_lid_entry(payload):
        _read_lid(payload, result)
    elif isinstance(payload, Mapping) and not ("session" in payload or "engine" in payload):
        # GOWA's events have the same names, and other payloads.
        raise PayloadError("not a WAHA event: it names neither 'session' nor 'engine'")
    elif isinstance(payload, Mapping) and isinstance(payload.get("event"), str):
        _read_event(payload["event"], payload, result)
    else:
        raise PayloadError("not a WAHA event: there is no text 'event', and it is no list of LIDs")
    return result


def _is_lid_entry(value: Any) -> bool:
    return isinstance(value, Mapping) and "lid" in value and "event" not in value


def _read_lid(entry: Mapping[str, Any], result: ProviderResult) -> None:
    names = [with_server(entry.get("lid"), "lid"), with_server(entry.get("pn"), "c.us")]
    with told_in_bulk(result):
        is_pair = add_pairs(result, names, "waha lids")
    if not is_pair:
        result.ignored["lid without phone"] += 1


def _read_event(event: str, envelope: Mapping[str, Any], result: ProviderResult) -> None:
    own = own_accounts(envelope)
    for raw in result.objects(envelope.get("payload")):
        if event in _MESSAGE_EVENTS:
            _read_message(event, raw, own, result)
        elif event.startswith("message.ack"):
            _read_ack(event, raw, own, result)
        elif event in _CHANGES:
            is_senders_view = envelope.get("engine") == "GOWS"
            _read_change(event, raw, own, result, is_senders_view)
        elif event.startswith("group.v2"):
            _read_group(event, raw, result)
        elif event in _ANSWERS and (answer := _answer(event, raw, own)):
            engine_key(raw, own).add_evidence(result, f"waha {event}")
            result.events.append(answer)
        elif not _read_other(event, raw, own, result) or event not in _NOTICES:
            result.count(event, _NOTICES, raw)
    result.count_if_empty(event)


def _read_message(
    event: str, raw: Mapping[str, Any], own: list[str | None], result: ProviderResult
) -> None:
    content = _engine_content(raw)
    data = mapping(raw.get("_data"))
    if read_notice(data, result, f"waha {event} change_number", time_of(raw.get("timestamp"))):
        return
    if content.type in NOT_A_MESSAGE:
        # Reactions, edits and deletes have events of their own.
        result.count(NOT_A_MESSAGE[content.type], (*NOTICES, "reaction"))
        return
    key = read_author(raw, own)
    if key.participant:
        key.add_evidence(result, f"waha {event}", time_of(raw.get("timestamp")))
    shown = read_shown(raw, content)
    result.messages.append(
        Message(
            direction=key.direction,
            from_number=None if key.is_from_me else key.address,
            to_number=key.address if key.is_from_me else None,
            contact_aliases=key.aliases or None,
            participant=key.participant,
            list_address=key.list_address or unnamed_list(data),
            sender_name=None if key.is_from_me else _sender_name(raw),
            source=message_source(is_sent=key.is_from_me and raw.get("source") == "api"),
            kind=shown.kind,
            body=shown.body,
            media=shown.media,
            provider="waha",
            provider_message_id=key.id,
            reply_to=split_id(mapping(raw.get("replyTo")).get("id"))[2] or content.reply_to,
            sent_at=time_of(raw.get("timestamp")),
            payload=dict(raw),
        )
    )


def _engine_content(raw: Mapping[str, Any]) -> Content:
    data = mapping(raw.get("_data"))
    return read_content(first(data, "message", "Message"))


def _sender_name(raw: Mapping[str, Any]) -> str | None:
    data = mapping(raw.get("_data"))
    info = mapping(data.get("Info"))
    names = (data.get("pushName"), data.get("notifyName"), info.get("PushName"))
    return next(filter(None, map(identifier, names)), None)


def _read_ack(
    event: str, raw: Mapping[str, Any], own: list[str | None], result: ProviderResult
) -> None:
    key = read_parties(raw, own)
    kind = _ack_kind(raw)
    # On an own message in a group the engine names who has read.
    teller = engine_key(raw, own) if key.is_from_me and key.address != key.person[0] else key
    teller.add_evidence(result, f"waha {event}")
    if kind is None:
        result.ignored[event] += 1
        return
    if key.id is None:
        result.unread[event] += 1
        return
    # In a group the participant is who has read; on an own message the key has none.
    reader = jid(raw.get("participant")) if (key.address or "").endswith("@g.us") else None
    told_by_sender = kind in ("sent", "failed")
    result.events.append(
        MessageEvent(
            kind=kind,
            provider_message_id=key.id,
            address=key.address,
            target_direction=key.direction,
            actor=reader if key.is_from_me and not told_by_sender else None,
            is_from_business=key.is_from_me if told_by_sender else not key.is_from_me,
            provider="waha",
            payload=dict(raw),
        )
    )


def _ack_kind(raw: Mapping[str, Any]) -> str | None:
    ack = raw.get("ack")
    if isinstance(ack, bool) or not isinstance(ack, int | str):
        ack = raw.get("ackName")
    return _ACKS.get(ack) if isinstance(ack, int | str) and not isinstance(ack, bool) else None


def _read_change(
    event: str,
    raw: Mapping[str, Any],
    own: list[str | None],
    result: ProviderResult,
    is_senders_view: bool,
) -> None:
    """A reaction, an edit or a delete: whose, and about which message.

    Args:
        is_senders_view: the message's id inside a reaction is told from the side of who reacts.
    """
    carrier, key = raw, read_author(raw, own)
    if event == "message.revoked":
        carrier, key = _revoker(raw, own)
    key.add_evidence(result, f"waha {event}", time_of(carrier.get("timestamp")))
    target_way, target, body = _target(event, raw, key, is_senders_view)
    if target is None:
        result.unread[event] += 1
        return
    result.events.append(
        MessageEvent(
            kind=_CHANGES[event],
            provider_message_id=target,
            address=key.event_address,
            target_direction=target_way,
            actor=key.participant,
            is_from_business=key.is_from_me,
            body=body,
            provider="waha",
            provider_event_id=key.id if key.id != target else None,
            occurred_at=time_of(carrier.get("timestamp")),
            payload=dict(raw),
        )
    )


def _revoker(raw: Mapping[str, Any], own: list[str | None]) -> tuple[Mapping[str, Any], Key]:
    """What deleted a message, and whose it is. `before` is the message as it was: its author need
    not be who deleted it."""
    if after := mapping(raw.get("after")):
        key = read_author(after, own)
        # WEBJS shows the deleted message itself, and beside it who deleted it in a group.
        revoker = jid(mapping(after.get("_data")).get("revokeSender"))
        if revoker and server_of(key.address) == "g.us":
            is_ours = not without_own([revoker], own)
            key = replace(
                key, is_from_me=is_ours, participant=None if is_ours else revoker, aliases=[]
            )
        return after, key
    before = mapping(raw.get("before")) or raw
    key = read_author(before, own)
    return before, replace(key, is_from_me=False, participant=None, is_side_known=False)


def _target(
    event: str, raw: Mapping[str, Any], key: Key, is_senders_view: bool
) -> tuple[str | None, str | None, str | None]:
    """(direction, id, new text) of the message that an event is about."""
    if event == "message.reaction":
        reaction = mapping(raw.get("reaction"))
        way, _, target, _ = split_id(reaction.get("messageId"))
        if is_senders_view and not key.is_from_me:
            # What is not the sender's own is ours; in a group it may be anybody's.
            is_group = (key.address or "").endswith("@g.us")
            way = "inbound" if way == "outbound" else (None if is_group else "outbound")
        return way, target, text(reaction.get("text"))
    if event == "message.edited":
        _, _, target, _ = split_id(raw.get("editedMessageId"))
        # WEBJS shows the edited message itself.
        return key.direction, target or key.id, text(raw.get("body"))
    # revokedMessageId, and WEBJS' id of `before`, are what who deletes says: they name the message,
    # never its side.
    shown = split_id(mapping(raw.get("before")).get("id"))[2]
    target = split_id(raw.get("revokedMessageId"))[2] or shown or key.id
    is_group = server_of(key.address) == "g.us"
    return None if is_group else key.target_direction, target, None


def _read_group(event: str, raw: Mapping[str, Any], result: ProviderResult) -> None:
    """Participants by two names: WAHA's own since 2026, else the engine's."""
    source = f"waha {event}"
    requester = [jid(raw.get("requesterId")), with_server(raw.get("requesterPn"), "c.us")]
    group = mapping(raw.get("group")) or raw
    pairs = [
        add_contact_names(group, contact_address(group), result, "waha"),
        add_pairs(result, requester, source),
        add_people(raw, result, source),
        add_people(mapping(raw.get("group")), result, source),
        add_people(mapping(raw.get("_data")), result, source),
    ]
    if not any(pairs):
        result.ignored[event] += 1


def _answer(event: str, raw: Mapping[str, Any], own: list[str | None]) -> MessageEvent | None:
    """What somebody has chosen in a poll, or answered to an invitation; None when it cannot be read
    or nobody is named."""
    if event == "poll.vote":
        told = mapping(raw.get("vote"))
        target = split_id(mapping(raw.get("poll")).get("id"))
        names = [*map(text, as_list(told.get("selectedOptions")))]
        time = told.get("timestamp")
    else:
        told, response = raw, mapping(raw.get("eventResponse"))
        target = split_id(mapping(raw.get("eventCreationKey")).get("id"))
        names = [EVENT_ANSWERS.get(str(response.get("response")))]
        time = first(response, "timestampMs") or raw.get("timestamp")
    key = read_author(told, own)
    body = ", ".join(filter(None, names))
    if target[2] is None or key.address is None or not (body or told.get("selectedOptions") == []):
        return None
    return MessageEvent(
        kind="vote",
        provider_message_id=target[2],
        address=key.event_address,
        target_direction=target[0],
        actor=key.participant,
        is_from_business=key.is_from_me,
        body=body or None,
        provider="waha",
        provider_event_id=key.id,
        occurred_at=time_of(time),
        payload=dict(raw),
    )


def _read_other(
    event: str, raw: Mapping[str, Any], own: list[str | None], result: ProviderResult
) -> bool:
    """Whether another event (a call, a vote) says who is whom, in what the engine gave with it."""
    source = f"waha {event}"
    data = mapping(raw.get("_data"))
    caller = add_pairs(result, [jid(data.get("from")), jid(data.get("callerPn"))], source)
    people = add_people(data, result, source)
    return engine_key(raw, own).add_evidence(result, source) or people or caller
