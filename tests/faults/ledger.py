"""What was acknowledged, beside what is stored: the one judge of every fault."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import psycopg

from onethread.model.message import Message
from onethread.providers.baileys import read_payload
from onethread.web.pending import apply_all_pending

MESSAGES_EACH = 12
"""Of one person, one after the other: so there are always people who write for the first time."""
_START = 1_780_000_000


@dataclass(frozen=True)
class Outcome:
    """The comparison at the end."""

    acknowledged: int
    stored: int
    lost: int
    """Acknowledged, and not there."""
    doubled: int
    """There more often than once, or under one delivery key with another."""
    split: int
    """Known people in other than one conversation, conversations of other than one person, messages
    in none, rows of thread_integrity."""

    @property
    def is_clean(self) -> bool:
        """Whether every promise was kept."""
        return self.lost == self.doubled == self.split == 0

    def __str__(self) -> str:
        return (
            f"{self.acknowledged} acknowledged, {self.stored} stored, {self.lost} lost, "
            f"{self.doubled} doubled, {self.split} split"
        )


class Ledger:
    """Numbers of messages that somebody was told are stored. For all threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._acknowledged: set[int] = set()

    def acknowledge(self, numbers: Iterable[int]) -> None:
        """Notes that these are promised to be there."""
        with self._lock:
            self._acknowledged.update(numbers)

    def __len__(self) -> int:
        return len(self._acknowledged)

    def compare(self, connection: psycopg.Connection[Any]) -> Outcome:
        """Counts what the rows of business 1 say otherwise; every body is a number."""
        apply_all_pending(connection, 60)  # as `serve` does now and then
        stored = [
            int(row[0])
            for row in connection.execute(
                "select body from whatsapp_message where business_id = 1 and duplicate_of is null"
            )
        ]
        return Outcome(
            acknowledged=len(self._acknowledged),
            stored=len(stored),
            lost=len(self._acknowledged - set(stored)),
            doubled=max(len(stored) - len(set(stored)), _count(connection, _SAME_KEY)),
            split=_count(connection, _SPLIT),
        )


def phone(number: int) -> str:
    """Of the person whom this message is from."""
    return f"+97252{number // MESSAGES_EACH:07}"


def payload(number: int, padding: str = "") -> str:
    """A webhook with one message, under one of its person's names: the phone, the account, or the
    account with the phone beside it."""
    by_phone = f"{phone(number)[1:]}@s.whatsapp.net"
    account = f"8710{number // MESSAGES_EACH:010}@lid"
    key: dict[str, Any] = {"fromMe": False, "id": f"3EB0{number:012X}"}
    match number % 3:
        case 0:
            key["remoteJid"] = account
        case 1:
            key["remoteJid"] = by_phone
        case _:
            key |= {"remoteJid": account, "remoteJidAlt": by_phone}
    message = {
        "key": key,
        "message": {"conversation": str(number)},
        "padding": padding,
    }
    if number % 7:  # else the server's clock tells when it was sent
        message["messageTimestamp"] = _START + number
    return json.dumps(
        {"event": "messages.upsert", "data": {"messages": [message], "type": "notify"}}
    )


def message(number: int) -> Message:
    """The message of that webhook."""
    [read] = read_payload(json.loads(payload(number))).messages
    return read


def _count(connection: psycopg.Connection[Any], query: str) -> int:
    [(count,)] = connection.execute(query.encode()).fetchall()
    return int(count)


_SAME_KEY = """
select count(*) - count(distinct (direction, provider, provider_message_id))
from whatsapp_message
where business_id = 1 and duplicate_of is null
"""

# Nobody can know that a phone and an account are one person before a message says so.
_SPLIT = f"""
with placed as (
  select m.conversation_id, m.contact_aliases, m.body::bigint / {MESSAGES_EACH} as person
  from whatsapp_message m
  where m.business_id = 1
)
select (
    select count(*) from (
      select p.person from placed p group by p.person
      having count(distinct p.conversation_id) <> 1 and bool_or(p.contact_aliases is not null)
    ) as people
  ) + (
    select count(*) from (
      select p.conversation_id from placed p group by p.conversation_id
      having count(distinct p.person) <> 1
    ) as conversations
  ) + (select count(*) from placed p where p.conversation_id is null)
  + (select count(*) from thread_integrity)
"""
