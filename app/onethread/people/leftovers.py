"""What an erasure leaves beside the rows: words in the text indexes, samples in the statistics.

A GIN index keeps a word for ever once it has had it, whatever becomes of the rows: only building it
anew removes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

# How long building one anew may wait for others' transactions, and take.
_LOCK_TIMEOUT = "60s"
_BUILD_TIMEOUT = "30min"

_INDEXES = ("public.lead_name_idx", "public.whatsapp_message_text_idx")

# What an attempt that failed, or was killed, left beside an index.
_REMAINS = """
select format('%%I.%%I', n.nspname, x.relname)
from pg_catalog.pg_class o
inner join pg_catalog.pg_namespace n on n.oid = o.relnamespace
inner join pg_catalog.pg_class x on x.relnamespace = o.relnamespace
inner join pg_catalog.pg_index i on i.indexrelid = x.oid
where o.oid = %s::regclass
  and not i.indisvalid
  and x.relname ~ ('^' || o.relname || '_cc(new|old)[0-9]*$')
"""

_SAMPLED = """
select string_agg(c.oid::regclass::text, ', ')
from pg_catalog.pg_class c
inner join pg_catalog.pg_attribute a
  on a.attrelid = c.oid and a.attname = 'business_id' and not a.attisdropped
where c.relkind = 'r'
  and pg_catalog.pg_has_role(c.relowner, 'usage')
  and (c.relnamespace = 'onethread'::regnamespace
    or c.relnamespace = 'public'::regnamespace
      and (c.relname = 'lead' or c.relname like 'whatsapp%'))
"""


def clear_leftovers(connection: psycopg.Connection[Any]) -> dict[str, str | None]:
    """Builds the text indexes anew, beside their readers and writers, and samples the tables again.

    Returns:
        Each index, with the reason when it could not be built anew (it is there as it was).
    """
    with _time_limits(connection):
        indexes = {index: _rebuild(connection, index) for index in _existing(connection)}
        try:
            if tables := connection.execute(_SAMPLED.encode()).fetchall()[0][0]:
                connection.execute(f"analyze (skip_locked) {tables}".encode())
        except psycopg.errors.OperationalError:
            pass  # They are sampled again by themselves.
    return indexes


def _existing(connection: psycopg.Connection[Any]) -> list[str]:
    rows = connection.execute(
        "select i from unnest(%s::text[]) as i where to_regclass(i) is not null order by i",
        [list(_INDEXES)],
    ).fetchall()
    return [index for (index,) in rows]


def _rebuild(connection: psycopg.Connection[Any], index: str) -> str | None:
    reason = None
    try:
        _drop_remains(connection, index)
        connection.execute(f"reindex index concurrently {index}".encode())
    except psycopg.Error as error:
        if connection.closed:
            raise
        reason = str(error).splitlines()[0]
    try:
        _drop_remains(connection, index)
    except psycopg.Error as error:
        if connection.closed:
            raise
        reason = reason or str(error).splitlines()[0]
    return reason


def _drop_remains(connection: psycopg.Connection[Any], index: str) -> None:
    for (name,) in connection.execute(_REMAINS.encode(), [index]).fetchall():
        connection.execute(f"drop index concurrently if exists {name}".encode())


@contextmanager
def _time_limits(connection: psycopg.Connection[Any]) -> Iterator[None]:
    query = (
        "select set_config('lock_timeout', %s, false), set_config('statement_timeout', %s, false)"
    )
    [before] = connection.execute(
        "select current_setting('lock_timeout'), current_setting('statement_timeout')"
    ).fetchall()
    connection.execute(query.encode(), [_LOCK_TIMEOUT, _BUILD_TIMEOUT])
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute(query.encode(), list(before))
