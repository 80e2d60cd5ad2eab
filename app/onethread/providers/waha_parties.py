"""Who a WAHA message is from and to, by every name that the engine gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from onethread.providers.addresses import (
    STORIES,
    is_person,
    jid,
    server_of,
    split_id,
    without_lies,
    without_own,
)
from onethread.providers.baileys_key import Key, is_same_name, read_key
from onethread.providers.result import mapping
from onethread.providers.whatsmeow import read_source


def own_accounts(envelope: Mapping[str, Any]) -> list[str | None]:
    """The session's own accounts."""
    me = mapping(envelope.get("me"))
    return [jid(me.get("id")), jid(me.get("lid")), jid(me.get("jid"))]


def read_parties(raw: Mapping[str, Any], own: list[str | None]) -> Key:
    """The parties of one payload {id, from, to, fromMe, participant, _data}."""
    way, chat, message_id, id_participant = split_id(raw.get("id"))
    # In WEBJS' acks of a group fromMe is turned round; the id never is.
    is_from_me = way == "outbound" if way else raw.get("fromMe") is True
    address = _address(raw, chat, is_from_me, own)
    engine = engine_key(raw, own)
    key = Key(message_id or engine.id, is_from_me, address or engine.address)
    server = server_of(key.address)
    if server in ("g.us", "broadcast", "newsletter"):
        if is_from_me:
            return key
        participant = jid(raw.get("participant")) or id_participant or engine.participant
        return _of_many(key, participant, engine)
    engine_address = engine.address if is_person(engine.address) else None
    known = without_lies([key.address, engine_address, *engine.aliases])
    names = without_own(known, own) or known[:1]
    others = [name for name in names[1:] if not is_same_name(name, names[0])]
    return replace(key, address=names[0] if names else None, aliases=others)


def read_author(raw: Mapping[str, Any], own: list[str | None]) -> Key:
    """The parties, for what the participant of a group has written: an own message there has been
    seen as somebody else's (devlikeapro/waha#1005, #1350)."""
    key = read_parties(raw, own)
    if key.participant and not without_own([key.participant], own):
        return replace(key, is_from_me=True, participant=None, aliases=[])
    return key


def _address(
    raw: Mapping[str, Any], chat: str | None, is_from_me: bool, own: list[str | None]
) -> str | None:
    """The chat: a received message is from it; a sent one is to it, though some engines write the
    chat into both fields and WEBJS the own number into `from`. The id says it in any case."""
    sender, receiver = jid(raw.get("from")), jid(raw.get("to"))
    if not is_from_me:
        return sender or chat
    candidates = [chat, receiver, sender]
    return next(iter(without_own(candidates, own)), None) or chat or receiver or sender


def engine_key(raw: Mapping[str, Any], own: list[str | None]) -> Key:
    """The parties as the engine names them; of a receipt in a group, who has read."""
    data = mapping(raw.get("_data"))
    if info := mapping(data.get("Info")):
        return read_source(info, own=tuple(own))
    if "Chat" in data:
        return read_source(data, own=tuple(own))
    if key := mapping(data.get("key")):
        return read_key(key, own)
    _, chat, message_id, participant = split_id(data.get("id"))
    return Key(message_id, False, chat, [], jid(data.get("author")) or participant)


def _of_many(key: Key, participant: str | None, engine: Key) -> Key:
    is_list = server_of(key.address) == "broadcast" and key.address != STORIES
    # For a list the engine's key has the sender as the chat.
    engine_person = engine.participant or (engine.address if is_person(engine.address) else None)
    names = without_lies([participant, engine_person, *engine.aliases])
    others = [name for name in names[1:] if is_person(name) and not is_same_name(name, names[0])]
    if is_list and names:
        # A message to a broadcast list reaches its receiver as a message from the sender.
        return replace(key, address=names[0], aliases=others, list_address=key.address)
    return replace(key, aliases=others, participant=names[0] if names else None)
