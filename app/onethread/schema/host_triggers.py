"""Triggers that a CRM has on the same tables, where their order to Onethread's matters.

Triggers fire in the byte order of their names. Onethread's BEFORE triggers are called
zzz_onethread_..., to see what others have filled in; but no name is always last.
"""

from __future__ import annotations

from typing import Any

import psycopg

from onethread.database.sources import names_of

Connection = psycopg.Connection[Any]

# pg_trigger.tgtype: 1 for each row, 2 before, 4 insert, 8 delete, 16 update.
_LATE = """
select distinct t.tgname || ' on ' || t.tgrelid::regclass::text
from pg_trigger t
inner join pg_trigger o on o.tgrelid = t.tgrelid
inner join pg_class c on c.oid = t.tgrelid
where o.tgname = any (%(own)s)
  and not t.tgname = any (%(own)s)
  and c.relnamespace in ('public'::regnamespace, to_regnamespace('onethread'))
  and not t.tgisinternal
  and t.tgtype & 3 = 3
  and o.tgtype & 3 = 3
  and t.tgtype & o.tgtype & 20 <> 0
  and t.tgname > o.tgname
order by 1
"""

_READERS = """
select t.tgname, p.oid::regprocedure::text
from pg_trigger t
inner join pg_proc p on p.oid = t.tgfoid
where t.tgrelid = to_regclass('public.whatsapp_message')
  and t.tgname <> all (%s)
  and not t.tgisinternal
  and t.tgtype & 7 = 7
  and p.prosrc ~* '\\mconversation_id\\M'
order by 1
"""


def list_late(connection: Connection) -> list[str]:
    """BEFORE triggers that fire after ours, and may change what ours have read."""
    rows = connection.execute(_LATE, {"own": names_of("triggers")}).fetchall()
    return [row[0] for row in rows]


def describe_readers_of_links(connection: Connection) -> list[str]:
    """Warnings about BEFORE INSERT triggers on messages that speak of conversation_id.

    They fire before the message is linked: one that refuses a row without a conversation would
    refuse every row.
    """
    rows = connection.execute(_READERS, [names_of("triggers")]).fetchall()
    return [
        f"warning: trigger {name} on whatsapp_message ({function}) mentions conversation_id, which "
        "is not set yet when it fires, before the insert. Make it an AFTER trigger if it needs the "
        "conversation."
        for name, function in rows
    ]
