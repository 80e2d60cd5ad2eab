"""Who a message of a linked-device library is from and to, by its key.

The other name of a person comes beside the first one: remoteJidAlt and participantAlt since
Baileys 7; senderPn, senderLid, participantPn, participantLid before; previousRemoteJid where
Evolution has replaced the first one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from onethread.providers.addresses import (
    STORIES,
    add_pairs,
    direction,
    is_lid,
    is_person,
    is_same_account,
    jid,
    server_of,
    without_lies,
    without_own,
)
from onethread.providers.result import ProviderResult, first, identifier

_PERSON_ALIASES = ("remoteJidAlt", "previousRemoteJid")
# On a message from another device of the business these name the business (they are the stanza's
# sender_pn and sender_lid), so they count for received messages only.
_SENDER_ALIASES = ("senderPn", "senderLid")
_PARTICIPANT_ALIASES = ("participantAlt", "participantPn", "participantLid")


@dataclass(frozen=True)
class Key:
    """The parties of one message, read from {remoteJid, fromMe, id, ...}."""

    id: str | None
    is_from_me: bool
    address: str | None
    """The counterpart: a person, a group, a list, ..."""
    aliases: list[str] = field(default_factory=list)
    """Other names of the person; in a group, of the participant."""
    participant: str | None = None
    """Who wrote in a group or story; None for the business itself."""
    is_side_known: bool = True
    """False: the key does not say whose message it is."""
    list_address: str | None = None
    """The sender's broadcast list through which it came, None for none."""

    @property
    def direction(self) -> str:
        """The direction of the message with this key; inbound when the key does not say."""
        return direction(self.is_from_me)

    @property
    def target_direction(self) -> str | None:
        """The direction as an event about the message tells it."""
        return self.direction if self.is_side_known else None

    @property
    def event_address(self) -> str | None:
        """The counterpart as an event tells it: none in a chat of two where the key does not say
        which of the two it was, because an event without a side is the counterpart's."""
        return self.address if self.is_side_known or not is_person(self.address) else None

    @property
    def person(self) -> list[str | None]:
        """All names of the person who is the counterpart, or of the participant."""
        is_chat_of_many = server_of(self.address) in ("g.us", "broadcast", "newsletter")
        return [self.participant if is_chat_of_many else self.address, *self.aliases]

    def add_evidence(
        self, result: ProviderResult, source: str, observed_at: datetime | None = None
    ) -> bool:
        """Adds what the key says about who is whom; whether it says anything."""
        if self.person[0] is None:
            return False
        pairs = [
            add_pairs(result, [self.person[0], alias], source, observed_at)
            for alias in self.aliases
        ]
        return any(pairs)


def read_key(raw: Mapping[str, Any], own: Sequence[str | None] = ()) -> Key:
    """The parties of a message; `own` are the business's accounts, where the gateway names them."""
    key = _read_key(raw, own)
    return key if isinstance(raw.get("fromMe"), bool) else replace(key, is_side_known=False)


def _read_key(raw: Mapping[str, Any], own: Sequence[str | None]) -> Key:
    chat = jid(first(raw, "remoteJid", "remoteJID"))
    message_id = identifier(first(raw, "id", "ID"))
    is_from_me = raw.get("fromMe") is True
    server = server_of(chat)
    if server in ("g.us", "broadcast", "newsletter"):
        return _read_key_of_many(raw, Key(message_id, is_from_me, chat), server)
    names = _PERSON_ALIASES if is_from_me else _PERSON_ALIASES + _SENDER_ALIASES
    aliases = [jid(raw.get(name)) for name in names]
    previous = jid(raw.get("previousRemoteJid"))
    if is_from_me and is_lid(previous) and any(is_same_account(chat, account) for account in own):
        # Evolution 2.3.0 to 2.3.2 put senderPn into remoteJid, on sent messages the own number.
        chat = previous
    return Key(message_id, is_from_me, chat, _others(aliases, chat, own))


def _read_key_of_many(raw: Mapping[str, Any], key: Key, server: str) -> Key:
    if key.is_from_me:
        return key
    participant = jid(raw.get("participant"))
    names: tuple[str, ...] = _PARTICIPANT_ALIASES
    if server == "broadcast":
        # There participantAlt is absent, and the pair is participant x remoteJidAlt
        # (WhiskeySockets/Baileys#2652).
        names += _PERSON_ALIASES + _SENDER_ALIASES
    elif server == "newsletter":
        return key
    aliases = _others([jid(raw.get(name)) for name in names], participant, ())
    if server == "broadcast" and key.address != STORIES and participant:
        # A message to a broadcast list reaches its receiver as a message from the sender.
        return Key(key.id, False, participant, aliases, list_address=key.address)
    return Key(key.id, False, key.address, aliases, participant)


def _others(
    names: Sequence[str | None], address: str | None, own: Sequence[str | None]
) -> list[str]:
    others = [name for name in without_own(names, own) if not is_same_name(name, address)]
    return [name for name in without_lies([address, *others]) if name in others]


def is_same_name(a: str | None, b: str | None) -> bool:
    """Two spellings that say the same, the device aside."""
    return a == b or is_same_account(a, b)
