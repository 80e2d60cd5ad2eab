"""A generated CRM database as it was before Onethread: for tests, measurements and trying out.

Integer ids, no conversation_id, and several programs that wrote only to_number, the customer's
address in both directions, each in its own spelling. The same seed makes the same database. The
body of a message names the person, so that a test can tell who ought to be in one thread.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

SCHEMA = """
create table business (
  id serial primary key,
  name varchar(200) not null,
  plan varchar(40) not null default 'basic',
  created_at timestamp with time zone default now()
);

create table lead (
  id serial primary key,
  business_id integer not null references business (id),
  name varchar(200),
  phone varchar(64),
  stage varchar(40) not null default 'new',
  created_at timestamp with time zone default now()
);

create table whatsapp_conversation (
  id serial primary key,
  business_id integer not null references business (id),
  lead_id integer references lead (id),
  canonical_key varchar(255) not null,
  last_message_at timestamp with time zone,
  created_at timestamp with time zone not null default now()
);

create table whatsapp_message (
  id serial primary key,
  business_id integer not null references business (id),
  to_number varchar(400),
  lead_id integer references lead (id),
  direction varchar(20) not null,
  body text,
  status varchar(20) default 'sent',
  created_at timestamp with time zone not null default now()
);

create index ix_whatsapp_message_to_number on whatsapp_message (business_id, to_number);

create table conversation_note (
  id serial primary key,
  conversation_id integer not null references whatsapp_conversation (id),
  note text not null
);
"""

START = datetime(2025, 1, 1, tzinfo=UTC)

INBOUND = ("incoming", "in", "received", "inbound", "Incoming")
OUTBOUND = ("outgoing", "out", "sent", "outbound", "OUT")
GARBAGE = ("", "unknown", "Unknown", "12", "anonymous", "whatsapp", "null", "+", "x" * 300, None)
BUSINESSES = 2
SEED = 1


@dataclass(frozen=True)
class Person:
    """Somebody who is to have one thread."""

    name: str
    business_id: int
    spellings: tuple[str, ...]
    lead_ids: tuple[int, ...]
    lead_phone: str | None
    """What the CRM's record of the person says."""
    tied_lid: str | None
    """The spelling that only a lead ties to the others."""
    conversation_keys: tuple[str, ...]
    """Keys of the conversations that the CRM made for the person, equal and variant ones."""


def create_sample(
    connection: psycopg.Connection[Any], people: int, messages: int, seed: int = SEED
) -> list[Person]:
    """Creates the tables and fills them; returns the people."""
    connection.execute(SCHEMA)
    connection.execute(
        "insert into business (name) select 'Clinic ' || n from generate_series(1, %s) as n",
        [BUSINESSES],
    )
    rng = random.Random(seed)  # not for secrets
    crowd = list(make_people(rng, people))
    with connection.cursor() as cursor:
        _copy_leads(cursor, crowd)
        _copy_conversations(cursor, crowd)
        with cursor.copy(
            "copy whatsapp_message (business_id, to_number, lead_id, direction, body, status, "
            "created_at) from stdin"
        ) as copy:
            for row in make_messages(rng, crowd, messages):
                copy.write_row(row)
    connection.execute(
        "insert into conversation_note (conversation_id, note) "
        "select id, 'call back' from whatsapp_conversation where id % 3 = 0"
    )
    return crowd


def make_people(rng: random.Random, count: int) -> Iterator[Person]:
    """People of every kind: national, foreign, LID only, both, with leads and without."""
    lead_id = 0
    for number in range(count):
        business_id = number % BUSINESSES + 1
        kind = rng.random()
        lid = f"{10**14 + number * 7919}"
        spellings: tuple[str, ...]
        phone: str | None
        spellings, phone = _phone_spellings(number, kind)
        if kind < 0.10:  # a LID that nothing ties to a phone
            spellings, phone = (f"lid@{lid}", f"{lid}@lid"), None
        lead_ids: tuple[int, ...] = ()
        tied_lid: str | None = None
        if rng.random() < 0.6:
            # Two records of one person, now and then.
            lead_ids = tuple(range(lead_id + 1, lead_id + 2 + (phone is not None and kind > 0.98)))
            lead_id += len(lead_ids)
            if phone is not None and 0.10 <= kind < 0.18:  # a phone and a LID: the lead ties them
                tied_lid = f"lid@{lid}"
                spellings = (*spellings, tied_lid)
        keys: list[str] = []
        if rng.random() < 0.4:
            variants = [f"phone:{business_id}:{phone}"] if phone else [f"lid:{business_id}:{lid}"]
            if phone:
                variants.append(f"phone:{business_id}:{spellings[0]}")
            if lead_ids:
                variants.append(f"lead:{business_id}:{lead_ids[0]}")
            keys = [rng.choice(variants) for _ in range(rng.choice((1, 1, 1, 2, 3)))]
        yield Person(
            f"person {number}", business_id, spellings, lead_ids,
            rng.choice(spellings[:3]) if phone and (tied_lid or rng.random() < 0.9) else None,
            tied_lid,
            tuple(keys),
        )  # fmt: skip


def _phone_spellings(number: int, kind: float) -> tuple[tuple[str, ...], str]:
    """Spellings of one phone, and the phone with +."""
    if kind < 0.75:  # Israel, the businesses' region
        digits = f"97250{2_000_000 + number:07}"
        national = "0" + digits[3:]
        spellings = [
            national, "+" + digits, f"{national[:3]}-{national[3:]}", digits,
            f"+972 {digits[3:5]}-{digits[5:8]}-{digits[8:]}", f"{digits}@s.whatsapp.net",
            f"00{digits}", f"{digits}:12@s.whatsapp.net",
        ]  # fmt: skip
    elif kind < 0.90:  # Brazil, with and without the ninth digit
        local = f"{80_000_000 + number:08}"
        digits = f"55119{local}"
        spellings = [f"+{digits}", f"5511{local}@s.whatsapp.net", f"{digits}@c.us", f"+5511{local}"]
    else:
        digits = f"4915{100_000_000 + number:09}"
        spellings = [f"+{digits}", digits, f"{digits}@s.whatsapp.net", f"+49 15{digits[4:]}"]
    return tuple(spellings), "+" + digits


def make_messages(rng: random.Random, crowd: list[Person], count: int) -> Iterator[tuple[Any, ...]]:
    """Rows of whatsapp_message in the order of time; everybody writes, and some write much."""
    seconds = 365 * 86_400 / max(count, 1)
    for number in range(count):
        person = "nobody"
        business_id = rng.randint(1, BUSINESSES)
        address: str | None = rng.choice(GARBAGE)
        lead_id: int | None = None
        if rng.random() >= 0.02:
            index = number if number < len(crowd) else int(len(crowd) * rng.random() ** 2)
            who = crowd[index]
            person, business_id = who.name, who.business_id
            address = rng.choice(who.spellings)
            # What is written under a LID beside a phone is that person's by its lead alone.
            if who.lead_ids and (address == who.tied_lid or rng.random() < 0.5):
                lead_id = rng.choice(who.lead_ids)
        directions = INBOUND if rng.random() < 0.5 else OUTBOUND
        yield (
            business_id, address, lead_id, rng.choice(directions), person,
            rng.choice(("sent", "delivered", "read", "failed")),
            START + timedelta(seconds=number * seconds),
        )  # fmt: skip


def _copy_leads(cursor: psycopg.Cursor[Any], crowd: list[Person]) -> None:
    with cursor.copy("copy lead (id, business_id, name, phone) from stdin") as copy:
        for person in crowd:
            for lead_id in person.lead_ids:
                copy.write_row((lead_id, person.business_id, person.name, person.lead_phone))
    cursor.execute("select setval('lead_id_seq', coalesce(max(id), 0) + 1, false) from lead")


def _copy_conversations(cursor: psycopg.Cursor[Any], crowd: list[Person]) -> None:
    with cursor.copy(
        "copy whatsapp_conversation (business_id, lead_id, canonical_key, last_message_at, "
        "created_at) from stdin"
    ) as copy:
        for number, person in enumerate(crowd):
            for key in person.conversation_keys:
                lead_id = person.lead_ids[0] if key.startswith("lead:") else None
                at = START + timedelta(minutes=number)
                copy.write_row((person.business_id, lead_id, key, at, at))
