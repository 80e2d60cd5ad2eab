"""What was acknowledged, beside what is stored: the one judge of every fault."""

from __future__ import annotations

import json
import threading
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import psycopg

from onethread.model.message import Message
from onethread.providers.baileys import read_payload
from onethread.web.pending import apply_all_pending
from tests import agents

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
    """In a wrong thread: known people in other than one conversation, conversations of other than
    one person, messages in none, rows of thread_integrity; notes and read marks elsewhere."""
    asked: int
    """Open conflicts: nobody here may be taken for another, and agents say so."""
    answers: int = 0
    notes: int = 0
    reads: int = 0
    told_apart: int = 0
    """What the agents did."""

    @property
    def is_clean(self) -> bool:
        """Whether every promise was kept."""
        return self.lost == self.doubled == self.split == self.asked == 0

    def __str__(self) -> str:
        return (
            f"{self.acknowledged} acknowledged, {self.stored} stored, {self.lost} lost, "
            f"{self.doubled} doubled, {self.split} split, {self.asked} asked"
        )


class Ledger:
    """Numbers of messages that somebody was told are stored (answers' are below 0), and of notes.
    For all threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._acknowledged: set[int] = set()
        self._newest: deque[int] = deque(maxlen=200)
        self._notes: Counter[int] = Counter()
        self._done: Counter[str] = Counter()

    def acknowledge(self, numbers: Iterable[int]) -> None:
        """Notes that these are promised to be there."""
        numbers = list(numbers)
        with self._lock:
            self._acknowledged.update(numbers)
            self._newest.extend(number for number in numbers if number > 0)

    def newest(self) -> list[int]:
        """Some of what people wrote of late."""
        with self._lock:
            return list(self._newest)

    def note(self, number: int) -> None:
        """Notes that there is one more note about whom this message is from."""
        with self._lock:
            self._notes[number] += 1
        self.count("notes")

    def count(self, what: str) -> None:
        """One more of what agents do."""
        with self._lock:
            self._done[what] += 1

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
        noted = [int(row[0]) for row in connection.execute("select body from crm.note")]
        lost = len(self._acknowledged - set(stored)) + (self._notes - Counter(noted)).total()
        return Outcome(
            acknowledged=len(self._acknowledged),
            stored=len(stored),
            lost=lost,
            doubled=max(len(stored) - len(set(stored)), _count(connection, _SAME_KEY)),
            split=_count(connection, _SPLIT) + _count_astray(connection),
            asked=_count(connection, _ASKED),
            **self._done,
        )


def phone(number: int) -> str:
    """Of the person whom this message is from."""
    return f"+97252{number // MESSAGES_EACH:07}"


def account(number: int) -> str:
    """Of that person."""
    return f"8710{number // MESSAGES_EACH:010}@lid"


def payload(number: int, padding: str = "") -> str:
    """A webhook with one message, under one of its person's names: the phone, the account, or the
    account with the phone beside it."""
    by_phone = f"{phone(number)[1:]}@s.whatsapp.net"
    by_account = account(number)
    key: dict[str, Any] = {"fromMe": False, "id": f"3EB0{number:012X}"}
    match number % 3:
        case 0:
            key["remoteJid"] = by_account
        case 1:
            key["remoteJid"] = by_phone
        case _:
            key |= {"remoteJid": by_account, "remoteJidAlt": by_phone}
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


def _count_astray(connection: psycopg.Connection[Any]) -> int:
    """Notes that are not in a thread of their person, and read marks that are at no message."""
    people = {
        (person, conversation_id)
        for person, conversation_id in connection.execute(
            f"select abs(body::bigint) / {MESSAGES_EACH}, conversation_id from whatsapp_message "
            "where business_id = 1"
        )
    }
    notes = agents.list_notes(connection, 1)
    astray = sum((int(body) // MESSAGES_EACH, found) not in people for body, found in notes)
    return astray + agents.count_stray_marks(connection, 1)


_ASKED = """
select count(*)
from onethread.whatsapp_identity_conflict
where business_id = 1 and settled_at is null
"""

_SAME_KEY = """
select count(*) - count(distinct (direction, provider, provider_message_id))
from whatsapp_message
where business_id = 1 and duplicate_of is null and provider_message_id is not null
"""

# Nobody can know that a phone and an account are one person before a message says so.
_SPLIT = f"""
with placed as (
  select m.conversation_id, m.contact_aliases, abs(m.body::bigint) / {MESSAGES_EACH} as person
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
