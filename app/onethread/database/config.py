"""Where things are: the database, the SQL files."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import psycopg

from onethread.errors import OnethreadError

_PACKAGE_DIR = Path(__file__).resolve().parents[1]

# In a checkout db/ lies beside the package, in an installed wheel inside it.
_PLACES = (_PACKAGE_DIR / "db", _PACKAGE_DIR.parents[1] / "db")
DB_DIR = next(path for path in _PLACES if path.is_dir())

SHARD_NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")


def database_url() -> str | None:
    """DATABASE_URL; None where it is not set, or empty."""
    from onethread.environment import Environment  # pydantic takes its time: who asks, waits

    return Environment.read().database_url or None


def prepare_threshold() -> int | None:
    """After how many runs psycopg prepares a statement: its default; never (None) with
    ONETHREAD_PREPARE=off, for a pooler that gives each transaction another session, as a router
    does."""
    from onethread.environment import Environment

    return None if Environment.read().prepare == "off" or shard_names() else 5


@cache  # every transaction asks
def shard_names() -> tuple[str, ...]:
    """The router's names of the servers, from ONETHREAD_SHARDS; none: DATABASE_URL is one server.

    Raises:
        OnethreadError: one is no name.
    """
    from onethread.environment import Environment

    names = Environment.read().shards
    for name in names:
        if not SHARD_NAME.fullmatch(name):
            raise OnethreadError(
                f"ONETHREAD_SHARDS: {name!r} is no name of a shard",
                "The names of `onethread shards status`, with a blank between two: one two.",
            )
    return names


def session_options(*, is_async: bool = False) -> dict[str, Any]:
    """How psycopg talks to DATABASE_URL.

    A router keeps a prepared statement by its text alone, whatever the types of its parameters, and
    reads no number of two bytes: to it values go as a part of the text.
    """
    cursors = (psycopg.ClientCursor, psycopg.AsyncClientCursor)
    if not shard_names():
        cursors = (psycopg.Cursor, psycopg.AsyncCursor)  # type: ignore[assignment]
    return {
        "autocommit": True,
        "prepare_threshold": prepare_threshold(),
        "cursor_factory": cursors[is_async],
    }
