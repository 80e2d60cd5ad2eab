"""What an erasure leaves beside the rows: words in the text indexes, samples in the statistics.

A GIN index keeps a word for ever once it has had it, whatever becomes of the rows: only building it
anew removes it.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import Any

import psycopg

# How long building one anew may take, with waiting for the transactions that are open. By a timer,
# not by settings of the session: behind a pooler they would be somebody else's.
_TIMEOUT_SECONDS = 300.0

_INDEXES = (
    "onethread.contact_name_words_idx",
    "onethread.shown_name_words_idx",
    "public.lead_words_idx",
    "public.whatsapp_message_text_idx",
)

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
    indexes = {index: _rebuild(connection, index) for index in _existing(connection)}
    if tables := connection.execute(_SAMPLED.encode()).fetchall()[0][0]:
        with suppress(psycopg.errors.OperationalError):  # they are sampled again by themselves
            connection.execute(f"analyze (skip_locked) {tables}".encode())
    return indexes


def _existing(connection: psycopg.Connection[Any]) -> list[str]:
    rows = connection.execute(
        "select i from unnest(%s::text[]) as i where to_regclass(i) is not null order by i",
        [list(_INDEXES)],
    ).fetchall()
    return [index for (index,) in rows]


def _rebuild(connection: psycopg.Connection[Any], index: str) -> str | None:
    reasons = (
        _drop_remains(connection, index),
        _run_in_time(connection, f"reindex index concurrently {index}"),
        _drop_remains(connection, index),
    )
    return next((reason for reason in reasons if reason), None)


def _drop_remains(connection: psycopg.Connection[Any], index: str) -> str | None:
    for (name,) in connection.execute(_REMAINS.encode(), [index]).fetchall():
        if reason := _run_in_time(connection, f"drop index concurrently if exists {name}"):
            return f"{name} is left, to be dropped: {reason}"
    return None


def _run_in_time(connection: psycopg.Connection[Any], statement: str) -> str | None:
    """Runs it; returns why it could not be done."""
    timer = threading.Timer(_TIMEOUT_SECONDS, connection.cancel)
    timer.start()
    try:
        connection.execute(statement.encode())
    except psycopg.errors.QueryCanceled:
        return f"not within {_TIMEOUT_SECONDS:g} seconds; does somebody's transaction not end?"
    except psycopg.Error as error:
        if connection.closed:
            raise
        return str(error).splitlines()[0]
    finally:
        timer.cancel()
    return None
