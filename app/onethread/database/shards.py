"""A cluster: ordinary servers behind a sharding router (SPQR), one DATABASE_URL for all of them.

The router sends a transaction to one server. To which one it reads in a column of the statement; a
call of a function has none, and so the transaction begins with settings that the router keeps to
itself. With one server ONETHREAD_SHARDS is not set, and nothing here does anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, TypeVar

import psycopg

from onethread.database.config import shard_names

_Result = TypeVar("_Result")

DISTRIBUTION = "onethread"
"""The router's name for what is divided by business."""

# What the router itself answers begins with these: no server has been asked.
_ROUTER_CODES = "SPQR"


class ShardUnavailable(psycopg.OperationalError):
    """The router cannot send this to a server now: it is down, or its business is being moved."""


def business_hint(business_id: int) -> bytes:
    """What a transaction about this business begins with."""
    # The name of any server as the default: the router then lets pass what it does not know by name
    # (a view), and the key still says where to.
    return (
        f"set local __spqr__distribution to '{DISTRIBUTION}'; "
        f"set local __spqr__sharding_key to '{business_id:d}'; "
        f"set local __spqr__default_route_behaviour to '{shard_names()[0]}'"
    ).encode()


def routed() -> AbstractContextManager[None]:
    """What the router refuses in the block is ShardUnavailable."""
    return _routed() if shard_names() else nullcontext()


@contextmanager
def _routed() -> Iterator[None]:
    try:
        yield
    except psycopg.DatabaseError as error:
        if not (error.sqlstate or "").startswith(_ROUTER_CODES):
            raise
        said = str(error).splitlines()[0]
        raise ShardUnavailable(f"the router does not pass this on: {said}") from error


@contextmanager
def shard_transaction(connection: psycopg.Connection[Any], name: str) -> Iterator[None]:
    """A transaction on one server, about no business."""
    with _routed(), connection.transaction():
        connection.execute(f"set local __spqr__execute_on to '{name}'".encode())
        yield


def ask_each_shard(
    connection: psycopg.Connection[Any],
    ask: Callable[[], _Result],
    missing: list[str] | None = None,
) -> list[tuple[str | None, _Result]]:
    """(server, answer) of each server of the cluster; with one server its answer, under None.

    Args:
        missing: takes the names of servers that do not answer; without it the first one raises.

    Raises:
        ShardUnavailable: says which.
    """
    names = shard_names()
    if not names:
        return [(None, ask())]
    answers: list[tuple[str | None, _Result]] = []
    for name in names:
        try:
            with shard_transaction(connection, name):
                answers.append((name, ask()))
        except psycopg.OperationalError as error:
            if connection.closed:
                raise
            if missing is None:
                raise ShardUnavailable(f"shard {name}: {error}") from error
            missing.append(name)
    return answers


def rows_of_each_shard(
    connection: psycopg.Connection[Any], ask: Callable[[], list[dict[str, Any]]]
) -> list[dict[str, Any]]:
    """The rows that all servers answer, each with its `shard`; of one server as they are."""
    return [
        row if name is None else {"shard": name, **row}
        for name, rows in ask_each_shard(connection, ask)
        for row in rows
    ]
