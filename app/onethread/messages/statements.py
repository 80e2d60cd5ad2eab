"""The statements that write many rows at once, made from the columns of the records.

Those that insert messages, events and evidence return a row for each that went in, with its
position among those that were given: what is stored already is not there.
"""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import datetime
from typing import Any

from onethread.database.text import storable_value
from onethread.model.contact_name import ContactName
from onethread.model.evidence import Evidence
from onethread.model.message import PLACEHOLDER, UNSUPPORTED, Message
from onethread.model.message_event import MessageEvent

Row = dict[str, Any]

_COLUMN_TYPES = {
    "contact_aliases": "text[]",
    "is_from_business": "boolean",
    "is_mapping": "boolean",
    "is_undated": "boolean",
    "lead_id": "bigint",
    "media": "jsonb",
    "observed_at": "timestamptz",
    "occurred_at": "timestamptz",
    "payload": "jsonb",
    "send_after": "timestamptz",
    "sent_at": "timestamptz",
    "told_at": "timestamptz",
}


_encode = json.JSONEncoder(default=datetime.isoformat).encode
# How JSON shows what a text of PostgreSQL cannot hold; the second is in an emoji too.
_NUL, _SURROGATE = "\\u0000", "\\ud"


def _names(record: type) -> list[str]:
    return [column.name for column in fields(record)]


def _definitions(record: type) -> str:
    return ", ".join(f"{name} {_COLUMN_TYPES.get(name, 'text')}" for name in _names(record))


def _rows_given(record: type, more: str = "") -> str:
    """The rows, numbered as they come."""
    return f"""(
  select row_number() over () as ordinality, given.*
  from jsonb_to_recordset(%(rows)s::jsonb) as given ({_definitions(record)}{more})
)"""


_COLUMNS = {each: _names(each) for each in (Message, MessageEvent, Evidence, ContactName)}

_MESSAGE_COLUMNS = ", ".join(name for name in _names(Message) if name != "sent_at")
_MESSAGE_VALUES = ", ".join(f"i.{name}" for name in _names(Message) if name != "sent_at")

# Ids are drawn in the order in which the messages came (they break ties of sent_at), rows are
# inserted in the order of the people they name (not of the spellings), so that two batches meet
# the same new people in the same order.
INSERT_MESSAGES = f"""
with incoming as materialized (
  select nextval('public.whatsapp_message_id_seq') as id, m.*
  from {_rows_given(Message, ", address text")} as m
), inserted as (
  insert into public.whatsapp_message (id, business_id, {_MESSAGE_COLUMNS}, sent_at)
  select
    i.id, %(business_id)s, {_MESSAGE_VALUES},
    coalesce(i.sent_at, now())
  from incoming i
  left join lateral onethread.read_address(
    i.address,
    case when strpos(i.address, '@') = 0
      then onethread.address_region(%(business_id)s, i.provider, i.address) end
  ) as w on true
  order by
    w.kind collate "C", w.match_value collate "C", i.address, i.id
  on conflict do nothing
  returning id, conversation_id, identity_id
)
select n.id, n.conversation_id, n.identity_id, i.ordinality::int - 1 as position
from inserted n
inner join incoming i on i.id = n.id
"""


def _what_it_says(row: str) -> str:
    """How much a message says: nothing; that there is one, and why it is not here; why it cannot
    be shown; all."""
    return f"""(
    case
      when {row}.kind = '{PLACEHOLDER}' then 1
      when {row}.kind = '{UNSUPPORTED}' then 2
      when {row}.kind in ('unknown', 'errors', 'text')
        and coalesce({row}.body, '') = ''
        and {row}.media is null
        then 0
      else 3
    end
  )"""


_SAME_IN_COPIES = ("direction", "participant", "provider", "provider_message_id")
_FILLED_COLUMNS = [name for name in _names(Message) if name not in (*_SAME_IN_COPIES, "sent_at")]

# Each row beside the message that is stored under its id in its conversation: that of any of its
# names, for its phone may be somebody else's by now. Looked up row by row, by the whole key (which
# "offset 0" keeps the planner to): where statistics know nothing of so many messages, to read all
# of the business's for each row looks as cheap.
_STORED_MESSAGES = f"""
{_rows_given(Message, ", address text")} as i
cross join lateral unnest(array[i.address] || i.contact_aliases) as n (name)
cross join lateral onethread.read_business_address(
  %(business_id)s, i.provider, n.name
) as w
cross join lateral (
  select y.conversation_id
  from public.whatsapp_identity y
  where y.business_id = %(business_id)s
    and y.kind = w.kind
    and y.scope = w.scope
    and y.match_value = w.match_value
    and y.valid_until is null
  offset 0
) as y
cross join lateral (
  select s.id, s.kind, s.body, s.media
  from public.whatsapp_message s
  where s.business_id = %(business_id)s
    and s.conversation_id = y.conversation_id
    and s.provider_message_id = onethread.comparable_id(i.provider_message_id)
    and length(s.provider_message_id) <= 255
    and s.direction = i.direction
    and s.participant is not distinct from i.participant
    and s.provider = i.provider
    and s.duplicate_of is null
  offset 0
) as s
"""

# The first message that says more fills the one that says less than all. A field that it does not
# have stays as it is.
_CONTENT = ("kind", "body", "media", "payload")
_FILLED = ", ".join(
    f"{name} = f.{name}" if name in _CONTENT else f"{name} = coalesce(f.{name}, m.{name})"
    for name in [*_FILLED_COLUMNS, "sent_at"]
)
FILL_PLACEHOLDERS = f"""
update public.whatsapp_message m
set {_FILLED}
from (
  select distinct on (s.id) s.id as stored_id, i.*
  from {_STORED_MESSAGES}
  where {_what_it_says("i")} > {_what_it_says("s")}
  order by s.id, {_what_it_says("i")} desc, i.ordinality
) as f
where m.business_id = %(business_id)s
  and m.id = f.stored_id
  and {_what_it_says("f")} > {_what_it_says("m")}
returning m.id
"""

LIST_DIFFERENT = f"""
select distinct i.ordinality::int - 1 as position
from {_STORED_MESSAGES}
where {_what_it_says("i")} = 3
  and (i.kind <> s.kind or i.body is distinct from s.body)
order by position
"""

_EVENT_COLUMNS = ", ".join(name for name in _names(MessageEvent) if name != "occurred_at")

# Two batches that hold the same events meet at the unique index in one order.
INSERT_EVENTS = f"""
with incoming as materialized (
  select nextval('public.whatsapp_message_event_id_seq') as id, e.*
  from (
    select r.*
    from {_rows_given(MessageEvent)} as r
    order by
      r.provider_message_id collate "C", r.kind collate "C", r.occurred_at, r.ordinality
  ) as e
), inserted as (
  insert into public.whatsapp_message_event (
    id, business_id, {_EVENT_COLUMNS}, is_time_known, occurred_at
  )
  select
    id, %(business_id)s, {_EVENT_COLUMNS}, occurred_at is not null, coalesce(occurred_at, now())
  from incoming
  order by id
  on conflict do nothing
  returning id
)
select i.ordinality::int - 1 as position
from inserted n
inner join incoming i on i.id = n.id
"""

INSERT_EVIDENCE = f"""
with incoming as materialized (
  select nextval('public.whatsapp_identity_evidence_id_seq') as id, e.*
  from (
    select r.*
    from {_rows_given(Evidence)} as r
    order by
      least(r.a, r.b) collate "C", greatest(r.a, r.b) collate "C", r.observed_at, r.ordinality
  ) as e
), inserted as (
  insert into public.whatsapp_identity_evidence (
    id, business_id, a, b, relation, source, observed_at, weight, is_undated
  )
  select
    id, %(business_id)s, a, b, relation, source, coalesce(observed_at, now()),
    case
      when is_mapping and not (
        select s.trust_mappings from public.business s where s.id = %(business_id)s
      ) then 'claimed'
      else weight
    end,
    is_undated
  from incoming
  order by id
  on conflict do nothing
  returning id
)
select i.ordinality::int - 1 as position
from inserted n
inner join incoming i on i.id = n.id
"""


# What is known already is not written: a name comes along with each status. Two batches meet at the
# same names in one order.
INSERT_NAMES = f"""
insert into onethread.contact_name (business_id, key, source, name, told_at)
select %(business_id)s, t.key, t.source, t.name, t.told_at
from (
  select distinct on (k.key, n.source)
    k.key, n.source, left(n.name, 255) as name, k.told_at
  from {_rows_given(ContactName)} as n
  cross join lateral (
    select
      onethread.address_key(onethread.read_business_address(
        %(business_id)s, n.provider, n.address)) collate "C" as key,
      onethread.plausible_time(coalesce(n.told_at, now()), now()) as told_at
  ) k
  where k.key is not null
    and starts_with(k.key, 'group:') = (n.source = 'subject')
  order by k.key, n.source, k.told_at desc, n.ordinality desc
) t
where not exists (
  select
  from onethread.contact_name o
  where o.business_id = %(business_id)s
    and o.key = t.key
    and o.source = t.source
    and (o.name = t.name or o.told_at > t.told_at)
)
order by t.key, t.source
on conflict (business_id, key, source) do update
set name = excluded.name, told_at = excluded.told_at
where contact_name.told_at <= excluded.told_at
returning source
"""


def record_row(record: Message | MessageEvent | Evidence | ContactName) -> Row:
    """The row of a record, as the statements read it: without what is null."""
    values = ((name, getattr(record, name)) for name in _COLUMNS[type(record)])
    return {name: value for name, value in values if value is not None}


def message_row(message: Message) -> Row:
    """The row of a message, with the address of the person whom it is about."""
    return record_row(message) | {"address": message.address}


def row_text(row: Row) -> str:
    """The row as JSON that PostgreSQL can store."""
    text = _encode(row)
    if _NUL in text or _SURROGATE in text:
        text = _encode(storable_value(row))
    return text
