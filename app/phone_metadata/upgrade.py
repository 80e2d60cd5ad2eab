"""What stored numbers would become with the phone functions of this version of the app.

The present results are noted, this version's functions are loaded in the same transaction, the
results are compared, and everything is rolled back: nobody else sees the new functions meanwhile.
"""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.rows import dict_row

from app import sources

_NOTE_SPELLINGS = """
create temp table phone_spelling on commit drop as
select spelling.raw, spelling.region,
       (public.whatsapp_identifier(spelling.raw, spelling.region)).value as before
from (
  select distinct s.raw, public.address_region(s.business_id, s.provider, s.raw) as region
  from (
    select m.business_id, m.provider, m.from_number as raw from public.whatsapp_message m
    union
    select m.business_id, m.provider, m.to_number from public.whatsapp_message m
    union
    select l.business_id, null, l.phone from public.lead l
  ) as s
  where s.raw is not null
  union
  select a.raw, null
  from public.whatsapp_message m
  cross join lateral unnest(m.contact_aliases) as a (raw)
  where a.raw is not null
) as spelling
"""

_LIST_CHANGES = """
select s.raw, s.region, s.before, n.value as after
from phone_spelling s
cross join lateral public.whatsapp_identifier(s.raw, s.region) as n
where n.value is distinct from s.before
order by s.raw, s.region
"""

_LIST_COLLISIONS = """
select distinct b.business_id, s.raw, b.value as before, b.conversation_id,
       a.value as after, a.conversation_id as other_conversation_id
from phone_spelling s
cross join lateral public.whatsapp_identifier(s.raw, s.region) as n
inner join public.whatsapp_identity b on b.kind = 'phone' and b.value = s.before
inner join public.whatsapp_identity a
  on a.business_id = b.business_id
  and a.kind = 'phone'
  and a.match_value = public.identifier_match_value('phone', n.value)
where n.kind = 'phone'
  and n.value is distinct from s.before
  and a.valid_until is null
  and b.valid_until is null
  and a.conversation_id <> b.conversation_id
order by b.business_id, s.raw
"""


def list_changes(connection: psycopg.Connection[Any]) -> list[dict[str, Any]]:
    """Spellings whose identifier would change: raw, region, before, after. Changes nothing."""
    return _compare(connection, _LIST_CHANGES)


def list_collisions(connection: psycopg.Connection[Any]) -> list[dict[str, Any]]:
    """Changed spellings that would lead to another thread that exists. Changes nothing."""
    return _compare(connection, _LIST_COLLISIONS)


def _compare(connection: psycopg.Connection[Any], query: str) -> list[dict[str, Any]]:
    with connection.transaction(force_rollback=True):
        connection.execute(_NOTE_SPELLINGS)
        sources.load_functions(connection)
        return connection.cursor(row_factory=dict_row).execute(query.encode()).fetchall()


def database_version(connection: psycopg.Connection[Any]) -> str:
    """Version of the metadata in the database's phone functions."""
    row = connection.execute("select public.phone_metadata_version()").fetchone()
    return str(row[0]) if row else ""
