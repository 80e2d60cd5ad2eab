"""The business that a transaction is about: what row-level security shows the application.

A setting of the transaction, never of the session: it ends with it, whatever becomes of the
connection, also behind a pooler that gives each transaction another session.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    ExitStack,
    asynccontextmanager,
    contextmanager,
    nullcontext,
    suppress,
)
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import dict_row

from onethread.database.config import shard_names
from onethread.database.shards import business_hint, routed, rows_of_each_shard
from onethread.errors import OnethreadError

Statement = tuple[str, Any]
"""A query, and its parameters."""

_ENTER = (
    "select current_setting('onethread.business_id', true) as business, "
    "set_config('onethread.business_id', %s, true)"
)
_LEAVE = "select set_config('onethread.business_id', %s, true)"


@contextmanager
def business_transaction(
    connection: psycopg.Connection[Any], business_id: int | None, *first: Statement
) -> Iterator[list[psycopg.Cursor[dict[str, Any]]]]:
    """A transaction, or a part of the caller's, that is about this business.

    Args:
        business_id: None: about none; then only the owner of the tables sees anything.
        first: what it begins with: sent along, so that it is no round trip of its own. Yields their
            cursors.
    """
    is_whole = connection.info.transaction_status == TransactionStatus.IDLE
    is_routed = bool(shard_names())
    with ExitStack() as transaction:
        transaction.enter_context(routed())
        with at_once(connection):
            if is_whole or not is_routed:  # the router has no savepoints
                transaction.enter_context(psycopg.Transaction(connection))
            if is_whole and is_routed:
                connection.execute(_hint(business_id))
            before = start_statement(connection, (_ENTER, [business_setting(business_id)]))
            cursors = [start_statement(connection, statement) for statement in first]
        yield cursors
        if not is_whole:  # a savepoint that is released keeps its settings
            [row] = before.fetchall()
            connection.execute(_LEAVE, [row["business"] or ""])


@asynccontextmanager
async def awaited_transaction(
    connection: psycopg.AsyncConnection[Any], business_id: int | None, *first: Statement
) -> AsyncIterator[list[psycopg.AsyncCursor[dict[str, Any]]]]:
    """business_transaction() for asynchronous programs."""
    is_whole = connection.info.transaction_status == TransactionStatus.IDLE
    is_routed = bool(shard_names())
    async with AsyncExitStack() as transaction:
        transaction.enter_context(routed())
        async with _at_once(connection):
            if is_whole or not is_routed:
                await transaction.enter_async_context(psycopg.AsyncTransaction(connection))
            if is_whole and is_routed:
                await connection.execute(_hint(business_id))
            before = await await_statement(connection, (_ENTER, [business_setting(business_id)]))
            cursors = [await await_statement(connection, statement) for statement in first]
        yield cursors
        if not is_whole:
            [row] = await before.fetchall()
            await connection.execute(_LEAVE, [row["business"] or ""])


@contextmanager
def at_once(connection: psycopg.Connection[Any], *, is_transaction: bool = False) -> Iterator[None]:
    """What is executed in the block is one round trip, as far as nobody asks for a result.

    Not behind a pooler, which may know nothing of it, nor where psycopg begins transactions itself.

    Args:
        is_transaction: it is a transaction too, which begins and ends in the same round trip.
    """
    whole = psycopg.Transaction(connection) if is_transaction else nullcontext()
    if not _can_pipeline(connection):
        with whole:
            yield
        return
    with connection.pipeline() as pipeline, whole:
        try:
            yield
        except BaseException:
            with suppress(psycopg.Error):  # what was sent after what failed
                pipeline.sync()
            raise


def _at_once(connection: psycopg.AsyncConnection[Any]) -> AbstractAsyncContextManager[object]:
    return connection.pipeline() if _can_pipeline(connection) else nullcontext()


def _can_pipeline(connection: psycopg.Connection[Any] | psycopg.AsyncConnection[Any]) -> bool:
    is_able = psycopg.Pipeline.is_supported() and connection.autocommit
    return is_able and bool(connection.prepare_threshold)


def business_rows(
    connection: psycopg.Connection[Any], business_id: int, query: str, parameters: Any
) -> list[dict[str, Any]]:
    """The rows of a query about one business."""
    with business_transaction(connection, business_id, (query, parameters)) as [cursor]:
        return cursor.fetchall()


def rows_of_all(
    connection: psycopg.Connection[Any], business_id: int | None, query: str, parameters: Any
) -> list[dict[str, Any]]:
    """The rows of a query about one business, or (None) about all: in a cluster of each server,
    which `shard` names."""
    statement = (query, parameters)
    if business_id is None and shard_names():
        return rows_of_each_shard(
            connection, lambda: start_statement(connection, statement).fetchall()
        )
    with business_transaction(connection, business_id, statement) as [cursor]:
        return cursor.fetchall()


def start_statement(
    connection: psycopg.Connection[Any], statement: Statement
) -> psycopg.Cursor[dict[str, Any]]:
    """Executes it in the caller's transaction; its rows are named."""
    query, parameters = statement
    return connection.cursor(row_factory=dict_row).execute(query.encode(), parameters)


async def await_statement(
    connection: psycopg.AsyncConnection[Any], statement: Statement
) -> psycopg.AsyncCursor[dict[str, Any]]:
    """start_statement() for asynchronous programs."""
    query, parameters = statement
    return await connection.cursor(row_factory=dict_row).execute(query.encode(), parameters)


def forget_business(connection: psycopg.Connection[Any]) -> None:
    """For a pool, when a connection comes back: nobody's business is left on it."""
    connection.execute("reset onethread.business_id")


def _hint(business_id: int | None) -> bytes:
    if business_id is None:
        raise OnethreadError(
            "in a cluster this is about one business", "Say which with --business ID."
        )
    # There is no business whose id is no bigint: any server will say so.
    return business_hint(business_id if business_setting(business_id) else 0)


def business_setting(business_id: int | None) -> str:
    """Empty for what is no bigint: there is no such business."""
    if business_id is None or not -(2**63) <= business_id < 2**63:
        return ""
    return str(business_id)
