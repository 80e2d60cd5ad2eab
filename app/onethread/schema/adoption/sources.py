"""What other systems' tables say about messages and people: two SELECTs each, in db/sources.

A file begins with what it is and, after `-- tables:`, by which tables it is known, of which one
column may be named in parentheses; `-- messages` and `-- evidence` stand before the SELECTs, and
the second may be missing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import psycopg

from onethread.database import config
from onethread.errors import OnethreadError


@dataclass(frozen=True)
class Source:
    """Where messages are read from.

    Attributes:
        messages: SELECT with the column address, and tenant, thread, is_typed where there are such.
        evidence: SELECT with the columns a and b, two names of one person each, and tenant,
            is_typed; a name may be `lead:` and any id.
    """

    messages: str
    evidence: str | None = None
    name: str = "--messages"
    title: str = ""
    tables: tuple[str, ...] = ()


def list_sources() -> list[Source]:
    """Those of db/sources, by name."""
    return [_parse(path.stem, path.read_text("utf-8")) for path in sorted(_folder().glob("*.sql"))]


def find_source(name: str) -> Source:
    """The source with this name."""
    sources = {source.name: source for source in list_sources()}
    if name not in sources:
        raise OnethreadError(
            f"there is no source {name}",
            f"These are there: {', '.join(sources)}. For any other system write the SELECT "
            "yourself: --messages, see docs/adoption.md.",
        )
    return sources[name]


def find_fitting(connection: psycopg.Connection[Any]) -> list[Source]:
    """The sources whose tables are all in the database, in its search_path."""
    return [source for source in list_sources() if not list_missing(connection, source)]


def list_missing(connection: psycopg.Connection[Any], source: Source) -> list[str]:
    """The tables of a source that the database does not have."""
    rows = connection.execute(
        """
        select t.name
        from unnest(%s::text[]) as t (name)
        cross join lateral regexp_match(t.name, '^([^ ]+)(?: \\("?([^)"]+)"?\\))?$') as part
        where to_regclass(part[1]) is null
          or part[2] is not null and not exists (
            select
            from pg_catalog.pg_attribute a
            where a.attrelid = to_regclass(part[1]) and a.attname = part[2]
          )
        """,
        [list(source.tables)],
    )
    return [row[0] for row in rows]


def _folder() -> Any:
    return config.DB_DIR / "sources"


def _parse(name: str, text: str) -> Source:
    head, *parts = re.split(r"^-- (messages|evidence)$", text, flags=re.MULTILINE)
    selects = dict(zip(parts[::2], parts[1::2], strict=True))
    tables = re.search(r"^-- tables: (.*)$", head, flags=re.MULTILINE)
    if tables is None or "messages" not in selects:
        raise OnethreadError(f"db/sources/{name}.sql has no `-- tables:` or no `-- messages`")
    return Source(
        messages=selects["messages"],
        evidence=selects.get("evidence"),
        name=name,
        title=head.partition("\n")[0].removeprefix("-- "),
        tables=tuple(tables[1].split(", ")),
    )
