"""Compares the SQL with libphonenumber, set-based: the expected answers are copied into a table."""

from __future__ import annotations

from collections.abc import Iterable

import psycopg

from tests.phone.cases import Case
from tests.phone.numbers import reference_parse

PARSE_DISAGREES = """
  onethread.phone_parse(c.raw, c.region) is distinct from
    case
      when c.status = 'unparseable' then null
      when c.status in ('valid', 'possible') then array[c.e164, c.status, c.e164]
      else array[null, c.status, c.e164]
    end
"""
ANY_DISAGREES = f"""
  {PARSE_DISAGREES}
  or onethread.normalize_phone(c.raw, c.region) is distinct from
    case when c.status in ('valid', 'possible') then c.e164 end
  or onethread.phone_status(c.raw, c.region) is distinct from c.status
"""


def create_table(connection: psycopg.Connection) -> None:
    connection.execute(
        "create temp table phone_case "
        "(id bigint generated always as identity, kind text, raw text, region text, "
        "e164 text, status text)"
    )


def add_cases(connection: psycopg.Connection, cases: Iterable[Case]) -> int:
    """Stores cases (each once) with what libphonenumber says; returns how many."""
    count = 0
    seen: set[tuple[str, str | None]] = set()
    with (
        connection.cursor() as cursor,
        cursor.copy("copy phone_case (kind, raw, region, e164, status) from stdin") as copy,
    ):
        for raw, region, kind in cases:
            if (raw, region) not in seen:
                seen.add((raw, region))
                copy.write_row((kind, raw, region, *reference_parse(raw, region)))
                count += 1
    return count


def disagreements(
    connection: psycopg.Connection,
    kinds: list[str] | None = None,
    limit: int = 20,
    condition: str = ANY_DISAGREES,
) -> list[tuple[str, str, str | None, str | None, str, list[str | None] | None]]:
    """Rows the SQL answers differently: (kind, raw, region, e164, status, SQL's answer)."""
    return connection.execute(
        f"select c.kind, c.raw, c.region, c.e164, c.status, onethread.phone_parse(c.raw, c.region) "
        f"from phone_case c where (%(kinds)s::text[] is null or c.kind = any(%(kinds)s)) "
        f"and ({condition}) limit %(limit)s",
        {"kinds": kinds, "limit": limit},
    ).fetchall()
