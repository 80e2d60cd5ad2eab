"""The table onethread.source: what Onethread has loaded into a database, and under which names.

A source is known by its name (functions/find_thread), not by its path: a file may change its room.
What the ledger knows is Onethread's own, to be replaced and to be removed; everything else of the
same name is somebody else's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg

from onethread.database.sources import without_head

Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Entry:
    """A source as it was last loaded."""

    sha256: str
    signature: str | None
    """Of a function: its name and types; of a trigger: its table; always with the schema."""


def read_ledger(connection: Connection) -> dict[str, Entry]:
    """Name -> what was loaded; empty in a database without Onethread, and after an uninstall."""
    row = connection.execute("select to_regclass('onethread.source')").fetchone()
    if row == (None,):
        return {}
    rows = connection.execute("select name, sha256, signature from onethread.source").fetchall()
    return {name: Entry(sha256, signature) for name, sha256, signature in rows}


def remember(
    connection: Connection, texts: Mapping[str, str], signatures: Mapping[str, str]
) -> None:
    """Notes that sources were loaded: name -> text, and the signatures of those that have one."""
    connection.execute(
        """
        insert into onethread.source (name, sha256, signature)
        select name, sha256, signature
        from unnest(%s::text[], %s::text[], %s::text[]) as loaded (name, sha256, signature)
        on conflict (name) do update
        set sha256 = excluded.sha256, signature = excluded.signature, loaded_at = now()
        where (source.sha256, source.signature)
          is distinct from (excluded.sha256, excluded.signature)
        """,
        [
            list(texts),
            [hash_of(text) for text in texts.values()],
            [signatures.get(name) for name in texts],
        ],
    )


def forget(connection: Connection, names: Iterable[str]) -> None:
    """Notes that sources are no longer there."""
    connection.execute("delete from onethread.source where name = any (%s)", [list(names)])


def hash_of(text: str) -> str:
    """What tells one text of a source from another: not the comment at its top."""
    return hashlib.sha256(without_head(text).encode()).hexdigest()
