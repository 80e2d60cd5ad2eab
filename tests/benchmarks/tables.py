"""Tables of 10 thousand to 10 million messages, each in a database of its own.

They are filled as fast as the server can: without the trigger, and with indexes and foreign keys
made afterwards. The rows are what the trigger would have made of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.types.numeric import Int8

from onethread.database.connection import open_connection
from tests.benchmarks.contest import settle
from tests.benchmarks.databases import Databases
from tests.benchmarks.people import Message
from tests.benchmarks.sizes import Sizes

_TRIGGER = "zzz_onethread_message_10_link"
_MESSAGES_A_PERSON = 100
_EVENTFUL_PEOPLE = 200


@dataclass(frozen=True)
class Tenant:
    """A business with conversations 1 to `people`, each a phone's; their ids are `first_id` on."""

    business_id: int
    people: int
    first_id: int
    is_flooded: bool = False
    """The first one's thread has more messages, and newer ones, than all others together."""

    def message(self, person: int) -> Message:
        """A message of one of them (0 is the first)."""
        id_ = self.first_id + person
        return Message(self.business_id, f"{_digits(id_)}@s.whatsapp.net", None, id_, id_)

    def typed_phone(self, person: int) -> str:
        """The number as somebody in its country types it."""
        return f"0{_digits(self.first_id + person).removeprefix('972')}"

    @property
    def eventful_people(self) -> int:
        """How many of them have messages with statuses."""
        return min(self.people, _EVENTFUL_PEOPLE)


@dataclass(frozen=True)
class SizedTable:
    """A database with a table of some size."""

    url: str
    messages: int
    ordinary: Tenant
    """Has all the messages, a hundred a person, one every three seconds until now."""


@dataclass(frozen=True)
class LargestTable(SizedTable):
    """Two more tenants, which are hard to make an inbox for."""

    few_chats: Tenant
    """30 conversations."""
    flooded: Tenant
    """Many conversations, and a flood in one of them."""


def build_tables(databases: Databases, sizes: Sizes) -> list[SizedTable]:
    """One database for each size, from small to large."""
    *smaller, largest = sizes.tables
    tables = []
    for messages in smaller:
        url = databases.create()
        with open_connection(url) as connection, _bulk_load(connection):
            ordinary = _add_tenant(connection, messages // _MESSAGES_A_PERSON, messages)
        tables.append(SizedTable(url, messages, ordinary))

    url = databases.create()
    with open_connection(url) as connection, _bulk_load(connection):
        ordinary = _add_tenant(connection, largest // _MESSAGES_A_PERSON, largest)
        few_chats = _add_tenant(connection, 30, sizes.few_chats_messages)
        flooded = _add_tenant(
            connection, sizes.flooded_conversations, 5 * sizes.flooded_conversations, sizes.flood
        )
    return [*tables, LargestTable(url, largest, ordinary, few_chats, flooded)]


def _add_tenant(
    connection: psycopg.Connection[Any], people: int, messages: int, flood: int = 0
) -> Tenant:
    """A business, its people, their messages; at the end a flood in the first one's thread."""
    [(business_id,)] = connection.execute(
        "insert into public.business (name, default_region) values ('Tenant', 'IL') returning id"
    ).fetchall()
    [(first_id,)] = connection.execute(
        "select coalesce(max(id), 0) + 1 from public.whatsapp_conversation"
    ).fetchall()
    tenant = Tenant(business_id, people, first_id, is_flooded=flood > 0)
    names = {
        "business_id": Int8(business_id),
        "first_id": Int8(first_id),
        "people": Int8(people),
        "messages": Int8(messages),
        "newer": Int8(flood),
    }
    connection.execute(_PEOPLE, names)
    connection.execute(_MESSAGES, names)
    if flood:
        connection.execute(
            _MESSAGES, names | {"people": Int8(1), "messages": Int8(flood), "newer": Int8(0)}
        )
    connection.execute(_EVENTS, names | {"people": Int8(tenant.eventful_people)})
    return tenant


@contextmanager
def _bulk_load(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """Without the trigger, indexes and foreign keys of whatsapp_message; then as it was."""
    connection.execute("set synchronous_commit = off")
    connection.execute("set maintenance_work_mem = '256MB'")
    indexes = connection.execute(
        """
        select indexname, indexdef from pg_indexes
        where schemaname in ('public', 'onethread') and tablename = 'whatsapp_message'
          and indexname <> 'whatsapp_message_pkey'
        """
    ).fetchall()
    keys = connection.execute(
        """
        select conname, pg_get_constraintdef(oid) from pg_constraint
        where conrelid = 'public.whatsapp_message'::regclass and contype = 'f'
        """
    ).fetchall()
    _alter(connection, f"disable trigger {_TRIGGER}")
    for name, _ in indexes:
        connection.execute(f"drop index public.{name}".encode())
    for name, _ in keys:
        _alter(connection, f"drop constraint {name}")
    yield
    for _, definition in indexes:
        connection.execute(definition.encode())
    for name, definition in keys:
        _alter(connection, f"add constraint {name} {definition}")
    _alter(connection, f"enable trigger {_TRIGGER}")
    for sequence in ("whatsapp_conversation", "whatsapp_identity"):
        connection.execute(f"select setval('{sequence}_id_seq', max(id)) from {sequence}".encode())
    settle(connection)


def _alter(connection: psycopg.Connection[Any], change: str) -> None:
    connection.execute(f"alter table public.whatsapp_message {change}".encode())


def _digits(id_: int) -> str:
    return f"9725{id_:08}"


_PEOPLE = """
with person as (
  insert into public.whatsapp_conversation (business_id, id, canonical_key)
  select
    %(business_id)s, i, 'phone:' || %(business_id)s || ':+9725' || lpad(i::text, 8, '0')
  from generate_series(%(first_id)s, %(first_id)s + %(people)s - 1) as i
  returning business_id, id
)
insert into public.whatsapp_identity (
  business_id, id, kind, value, match_value, conversation_id
)
select
  p.business_id, p.id, 'phone', '+9725' || lpad(p.id::text, 8, '0'),
  '+9725' || lpad(p.id::text, 8, '0'), p.id
from person p
"""

# Whose message it is looks random and is the same in every run.
_MESSAGES = """
insert into public.whatsapp_message (
  business_id, conversation_id, identity_id, direction, from_number, to_number, sender_name, body,
  provider_message_id, sent_at
)
select
  %(business_id)s, p.id, p.id,
  case when p.is_inbound then 'inbound' else 'outbound' end,
  case when p.is_inbound then p.address end, case when not p.is_inbound then p.address end,
  case when p.is_inbound then 'Dana ' || p.id end,
  'Message ' || i || ': is my appointment tomorrow still at ten? I may be a little late.',
  upper(substr(md5(%(business_id)s || ' ' || %(people)s || ' ' || i), 1, 20)),
  now() - (%(messages)s + %(newer)s - i) * interval '3 s'
from generate_series(1, %(messages)s) as i
cross join lateral (
  select
    n.id, n.is_inbound, '9725' || lpad(n.id::text, 8, '0') || '@s.whatsapp.net' as address
  from (
    select
      %(first_id)s + (hashint8(i)::bigint & 2147483647) %% %(people)s as id,
      (hashint8(-i) & 1) = 0 as is_inbound
  ) n
) p
order by i
"""

_EVENTS = """
insert into public.whatsapp_message_event (
  business_id, kind, provider_message_id, occurred_at
)
select m.business_id, e.kind, m.provider_message_id, m.sent_at + e.later
from public.whatsapp_message m
cross join (
  values ('sent', interval '1 s'), ('delivered', interval '2 s'), ('read', interval '1 min')
) as e (kind, later)
where m.business_id = %(business_id)s
  and m.conversation_id between %(first_id)s and %(first_id)s + %(people)s - 1
  and m.direction = 'outbound'
"""
