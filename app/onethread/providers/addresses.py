"""Addresses and message ids in the spellings that the gateways share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from typing import Any

from onethread.model.evidence import Evidence
from onethread.providers.match_key import match_key
from onethread.providers.result import ProviderResult, first, identifier

STORIES = "status@broadcast"
_PHONE_SERVERS = ("s.whatsapp.net", "c.us", "hosted")
_LID_SERVERS = ("lid", "hosted.lid")
_SERIALIZED_ID = re.compile(r"(true|false)_([^_@]*@[^_]+)_([^_]+)(?:_(.+))?", re.DOTALL)
_SPELLED = re.compile(r"\+?[0-9 ().\-]{5,25}")
_WA_ID = re.compile(r"[1-9][0-9]{4,14}", re.ASCII)
_BSUID = re.compile(r"[A-Z]{2}(\.ENT)?\.[A-Za-z0-9]{1,128}")
# No number or BSUID is longer.
_LONGEST_NAME = 140


def jid(value: Any) -> str | None:
    """A JID that is written as a string, or as {user, server} or {_serialized} objects."""
    if not isinstance(value, Mapping):
        return identifier(value)
    if serialized := identifier(value.get("_serialized")):
        return serialized
    user = identifier(first(value, "user", "User", "id"))
    server = identifier(first(value, "server", "Server"))
    if user and "@" in user:
        return user
    return f"{user}@{server}" if user and server else None


def server_of(address: str | None) -> str:
    """What is behind the @, empty when there is none."""
    return (address or "").partition("@")[2].strip()


def user_of(address: str | None) -> str:
    """What is before the @, without the device."""
    return (address or "").partition("@")[0].partition(":")[0].strip()


def is_phone(address: str | None) -> bool:
    """A JID of a person by phone number."""
    return server_of(address) in _PHONE_SERVERS and bool(user_of(address))


def is_lid(address: str | None) -> bool:
    """A JID of a person by hidden account id."""
    return server_of(address) in _LID_SERVERS and bool(user_of(address))


def is_person(address: str | None) -> bool:
    """A JID of a person, by phone number or hidden account id."""
    return is_phone(address) or is_lid(address)


def is_same_account(a: str | None, b: str | None) -> bool:
    """The same user of the same kind of server, a phone however its plan writes it; the digits
    alone say nothing."""
    if is_phone(a) and is_phone(b):
        return match_key(user_of(a)) == match_key(user_of(b))
    return is_lid(a) and is_lid(b) and user_of(a) == user_of(b)


def without_own(names: Iterable[str | None], own: Iterable[str | None]) -> list[str]:
    """The names that are no account of the business, each once."""
    accounts = list(own)
    return [
        name
        for name in dict.fromkeys(filter(None, names))
        if not any(is_same_account(name, account) for account in accounts)
    ]


def with_server(value: Any, server: str) -> str | None:
    """An address from a field that says what it holds, so bare digits get that server."""
    address = jid(value)
    digits = (address or "").strip().removeprefix("+")
    return f"{digits}@{server}" if digits.isascii() and digits.isdigit() else address


def bsuid(value: Any) -> str | None:
    """A business-scoped user id of the Cloud API (CC.x, or CC.ENT.x for the parent)."""
    return value if isinstance(value, str) and _BSUID.fullmatch(value) else None


def wa_id(value: Any) -> str | None:
    """A wa_id as evidence is written: + and digits; a BSUID in its place stays one."""
    is_short = isinstance(value, str) and len(value) <= _LONGEST_NAME
    return _known_wa_id(value) if is_short else _wa_id(value)


def _wa_id(value: Any) -> str | None:
    name = identifier(value)
    if name is None:
        return None
    digits = "".join(filter(str.isdigit, name))
    is_number = _SPELLED.fullmatch(name.strip()) and _WA_ID.fullmatch(digits)
    return f"+{digits}" if is_number else bsuid(name)


# A payload is asked about its few numbers again and again, all payloads about the business's own.
_known_wa_id = lru_cache(maxsize=4096)(_wa_id)


def is_same_number(a: Any, b: Any) -> bool:
    """Two wa_ids that are one account's phone, however its plan and its writer spell it."""
    one, other = wa_id(a), wa_id(b)
    if not (one and other and one[0] == other[0] == "+"):
        return False
    return one == other or match_key(one[1:]) == match_key(other[1:])


def add_pairs(
    result: ProviderResult,
    names: Iterable[str | None],
    source: str,
    observed_at: datetime | None = None,
    weight: str = "attested",
) -> bool:
    """Adds that these identifiers are one person, as pairs of neighbours; whether there were two.

    What is no person (a group, an unknown server) takes no part.
    """
    persons = [name for name in without_lies(names) if _is_attestable(name)]
    pairs = [pair for pair in pairwise(persons) if not is_same_account(*pair)]
    known = {(evidence.a, evidence.b) for evidence in result.evidence[-50:]}
    result.evidence += [
        Evidence(a=a, b=b, source=source, observed_at=observed_at, weight=weight)
        for a, b in pairs
        if (a, b) not in known
    ]
    return bool(pairs)


@contextmanager
def told_in_bulk(result: ProviderResult, *, is_dated: bool = False) -> Iterator[None]:
    """What is added meanwhile is a history's or an address book's: without a time of its own, but
    for what names one, or for news (is_dated), which counts from when it comes in."""
    count = len(result.evidence)
    yield
    result.evidence[count:] = [
        replace(each, is_mapping=True, is_undated=not is_dated and each.observed_at is None)
        for each in result.evidence[count:]
    ]


def add_number_change(
    result: ProviderResult,
    names: Sequence[str | None],
    new: str | None,
    source: str,
    observed_at: datetime | None,
) -> bool:
    """Adds that one of two numbers was replaced by the other; claimed, when nobody says which is
    the new one. Whether there were two."""
    people = list(dict.fromkeys(name for name in names if is_person(name)))
    if len(people) != 2:
        return False
    if not any(is_same_account(name, new) for name in people):
        return add_pairs(result, people, source, observed_at, "claimed")
    [old] = [name for name in people if not is_same_account(name, new)] or [None]
    if old is None or new is None:
        return False
    result.evidence.append(
        Evidence(a=old, b=new, relation="replaced", source=source, observed_at=observed_at)
    )
    return True


def without_lies(names: Iterable[str | None]) -> list[str]:
    """The names, each once, without a phone that is only the digits of the LID or BSUID beside it:
    with the wrong server (devlikeapro/waha#1419), or with the country cut off (chatwoot#15150)."""
    known = list(dict.fromkeys(filter(None, names)))
    if len(known) < 2:
        return known
    accounts = {user_of(name) for name in known if is_lid(name)}
    accounts |= {name.rpartition(".")[2] for name in known if bsuid(name)}
    return [name for name in known if _phone_digits(name) not in accounts]


def _phone_digits(name: str) -> str | None:
    if "@" in name:
        return user_of(name) if is_phone(name) else None
    number = wa_id(name)
    return number[1:] if number and number[0] == "+" else None


def _is_attestable(name: str) -> bool:
    return is_person(name) or (name.startswith("+") and name[1:].isdigit()) or bool(bsuid(name))


def split_id(value: Any) -> tuple[str | None, str | None, str | None, str | None]:
    """(direction, chat, id, participant) of a message id, which some gateways serialize as
    {true|false}_{chat}_{id}[_{participant}]; only the inner id is the message's everywhere."""
    if isinstance(value, Mapping):
        return _split_id_object(value)
    whole = identifier(value)
    match = _SERIALIZED_ID.fullmatch(whole or "")
    if match is None:
        return None, None, whole, None
    from_me, chat, inner, participant = match.groups()
    if is_person(chat):
        # Nobody takes part in a chat of two: the sender's program may have made it part of the id.
        participant = None
    return direction(from_me == "true"), chat, inner, identifier(participant)


def _split_id_object(
    value: Mapping[str, Any],
) -> tuple[str | None, str | None, str | None, str | None]:
    serialized = identifier(value.get("_serialized"))
    way, chat, inner, participant = split_id(serialized)
    if isinstance(value.get("fromMe"), bool):
        way = direction(value["fromMe"])
    return (
        way,
        jid(first(value, "remote", "remoteJid")) or chat,
        identifier(value.get("id")) or inner,
        jid(value.get("participant")) or participant,
    )


def message_source(*, is_sent: bool = False, is_history: bool = False) -> str:
    """Where a gateway has a message from. The answer to a send has one receiver under its id; what
    is out of a history may have had many (learn_from_copies)."""
    if is_history:
        return "history"
    return "send_response" if is_sent else "gateway"


def unnamed_list(raw: Mapping[str, Any]) -> str | None:
    """Stands for the broadcast list that a message came through, where it is not named."""
    return "@broadcast" if raw.get("broadcast") is True else None


def direction(is_from_me: bool) -> str:
    """The direction of a message by who sent it."""
    return "outbound" if is_from_me else "inbound"
