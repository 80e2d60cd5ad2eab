"""Wrappers of whatsapp-web.js, as wwebjs-api: {dataType, data, sessionId}.

A message is {id, from, to, author, type, body, ...} with WhatsApp Web's own in _data, as in WAHA's
WEBJS. Edits and deletes show the message itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from onethread.errors import PayloadError
from onethread.model.message import PLACEHOLDER
from onethread.providers.addresses import (
    add_number_change,
    is_person,
    is_same_account,
    jid,
    server_of,
    split_id,
    unnamed_list,
)
from onethread.providers.baileys_message import unreadable
from onethread.providers.content import Shown
from onethread.providers.envelope import Envelope, read_parties
from onethread.providers.result import (
    ProviderResult,
    first,
    items,
    mapping,
    text,
    time_of,
)
from onethread.providers.waha_parties import read_author
from onethread.providers.web_content import read_content
from onethread.providers.web_notices import ack_kind, read_notice

_MESSAGES = ("media", "media_uploaded", "message", "message_ciphertext", "message_create")
_CHANGES = {"message_edit": "edited", "message_revoke_everyone": "revoked"}
_NOTICE_NAMES = """
auth_failure authenticated call change_state chat_archived chat_removed code disconnected qr ready
group_admin_changed group_join group_leave group_membership_request group_update status
loading_screen message_revoke_me unread_count"""
_NOTICES = frozenset(_NOTICE_NAMES.split())


def read_payload(payload: Any) -> ProviderResult:
    """Reads one webhook POST body.

    Raises:
        PayloadError: it is none of a wrapper of whatsapp-web.js.
    """
    event = mapping(payload).get("dataType")
    if not isinstance(event, str):
        raise PayloadError("not an event of wwebjs-api: there is no text 'dataType'")
    result = ProviderResult()
    data = mapping(payload.get("data"))
    raw = mapping(data.get("message"))
    if event in _MESSAGES and raw:
        _read_message(event, raw, result)
    elif event in _CHANGES and raw:
        _read_change(event, raw, data, result)
    elif event == "message_ack" and raw:
        told = replace(_envelope(event, raw), time=None)
        told.add_status(result, ack_kind(first(data, "ack")), [told.key.id])
    elif event == "message_reaction":
        _read_reaction(mapping(data.get("reaction")), result)
    elif event == "vote_update":
        _read_vote(mapping(data.get("vote")), result)
    elif event == "contact_changed":
        _read_number_change(data, result)
    else:
        result.count(event, _NOTICES, data)
    return result


def _read_number_change(data: Mapping[str, Any], result: ProviderResult) -> None:
    old, new = jid(data.get("oldId")), jid(data.get("newId"))
    sure = new if data.get("isContact") is True else None  # of a participant it is told both ways
    time = time_of(mapping(data.get("message")).get("timestamp"))
    if not add_number_change(result, [old, new], sure, "wwebjs contact_changed", time):
        result.ignored["contact_changed"] += 1


def _envelope(event: str, raw: Mapping[str, Any]) -> Envelope:
    data = mapping(raw.get("_data"))
    key = read_author(raw, [])
    return Envelope(
        provider="wwebjs",
        event=event,
        key=replace(key, list_address=key.list_address or unnamed_list(raw)),
        raw=raw,
        time=time_of(first(raw, "timestamp") or data.get("t")),
        name=data.get("notifyName"),
    )


def _read_message(event: str, raw: Mapping[str, Any], result: ProviderResult) -> None:
    envelope = _envelope(event, raw)
    data = mapping(raw.get("_data"))
    if event == "message_ciphertext" or raw.get("type") == "ciphertext":
        envelope.add_message(result, Shown(PLACEHOLDER, unreadable()))
    elif not read_notice({**data, **raw}, result, f"wwebjs {event} change_number", envelope.time):
        reply = split_id(first(data, "quotedStanzaID", "quotedMsgId"))[2]
        envelope.add_message(result, read_content({**data, **raw}), reply)


def _read_change(
    event: str, raw: Mapping[str, Any], data: Mapping[str, Any], result: ProviderResult
) -> None:
    envelope = _envelope(event, raw)
    revoker = jid(mapping(raw.get("_data")).get("revokeSender"))
    if event == "message_revoke_everyone" and server_of(envelope.key.address) == "g.us":
        # Who deleted it in a group need not have written it, and may be us.
        key = replace(envelope.key, is_from_me=False, participant=revoker, aliases=[])
        envelope = replace(envelope, key=replace(key, is_side_known=revoker is not None))
    # The message's own time is not that of the change.
    time = time_of(raw.get("latestEditSenderTimestampMs")) if event == "message_edit" else None
    target = split_id(raw.get("protocolMessageKey"))[2] or envelope.key.id
    body = text(data.get("newBody"))
    replace(envelope, time=time).add_change(result, _CHANGES[event], target, body)


def _read_reaction(raw: Mapping[str, Any], result: ProviderResult) -> None:
    """{id: the reaction's, msgId: the message's, senderId}. Only the first and the last say who
    reacts and where: msgId is written by whoever reacts."""
    way, chat, event_id, participant = split_id(raw.get("id"))
    target_way, _, target, _ = split_id(raw.get("msgId"))
    sender = [] if is_person(chat) else [jid(raw.get("senderId")) or participant]
    key = read_parties(event_id, way == "outbound", [chat], sender)
    time = time_of(raw.get("timestamp"))
    told = Envelope(provider="wwebjs", event="message_reaction", key=key, raw=raw, time=time)
    told.add_change(result, "reaction", target, text(raw.get("reaction")), target_way)


def _read_vote(raw: Mapping[str, Any], result: ProviderResult) -> None:
    parent = mapping(raw.get("parentMessage"))
    # parentMsgKey is the voter's word: it names the poll, but no chat.
    way, chat, target, _ = split_id(parent.get("id"))
    target = target or split_id(raw.get("parentMsgKey"))[2]
    options = items(raw.get("selectedOptions"))
    body = ", ".join(filter(None, (text(each.get("name")) for each in options)))
    target = target if body or not options else None  # what was chosen is not named
    voter, own = jid(raw.get("voter")), jid(parent.get("from" if way == "outbound" else "to"))
    is_from_me = is_same_account(voter, own)
    key = read_parties(None, is_from_me, [chat], [] if is_person(chat) else [voter])
    if is_person(chat) and not (is_from_me or is_same_account(voter, chat)):
        key = replace(key, is_side_known=False)  # the one or the other, by another name
    time = time_of(raw.get("interractedAtTs"))
    told = Envelope(provider="wwebjs", event="vote_update", key=key, raw=raw, time=time)
    told.add_change(result, "vote", target, body or None, way)
