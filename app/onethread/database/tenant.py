"""The business that a transaction is about: what row-level security shows the application.

A setting of the transaction, never of the session: it ends with it, whatever becomes of the
connection, also behind a pooler that gives each transaction another session.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import dict_row

Statement = tuple[str, Any]
"""A query, and its parameters."""


@contextmanager
def business_transaction(
    connection: psycopg.Connection[Any], business_id: int | None, *first: Statement
) -> Iterator[list[psycopg.Cursor[Any]]]:
    """A transaction, or a part of the caller's, that is about this business.

    Args:
        business_id: None: about none; then only the owner of the tables sees anything.
        first: what it begins with: sent along, so that it is no round trip of its own. Yields their
            cursors.
    """
    is_whole = connection.info.transaction_status == TransactionStatus.IDLE
    with ExitStack() as transaction:
        with at_once(connection):
            transaction.enter_context(psycopg.Transaction(connection))
            before = connection.execute(
                "select current_setting('onethread.business_id', true), "
                "set_config('onethread.business_id', %s, true)",
                [business_setting(business_id)],
            )
            cursors = [connection.execute(query.encode(), values) for query, values in first]
        yield cursors
        if not is_whole:  # a savepoint that is released keeps its settings
            [(value, _)] = before.fetchall()
            connection.execute(
                "select set_config('onethread.business_id', %s, true)", [value or ""]
            )


def at_once(connection: psycopg.Connection[Any]) -> AbstractContextManager[object]:
    """What is executed in the block is one round trip, as far as nobody asks for a result.

    Not behind a pooler, which may know nothing of it, nor where psycopg begins transactions itself.
    """
    is_able = psycopg.Pipeline.is_supported() and connection.autocommit
    return connection.pipeline() if is_able and connection.prepare_threshold else nullcontext()


def business_rows(
    connection: psycopg.Connection[Any], business_id: int, query: str, parameters: Any
) -> list[dict[str, Any]]:
    """The rows of a query about one business."""
    with business_transaction(connection, business_id):
        return rows_of(connection, query, parameters)


def rows_of(
    connection: psycopg.Connection[Any], query: str, parameters: Any
) -> list[dict[str, Any]]:
    """The rows of a query, in the caller's transaction."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query.encode(), parameters).fetchall()


def forget_business(connection: psycopg.Connection[Any]) -> None:
    """For a pool, when a connection comes back: nobody's business is left on it."""
    connection.execute("reset onethread.business_id")


def business_setting(business_id: int | None) -> str:
    """Empty for what is no bigint: there is no such business."""
    if business_id is None or not -(2**63) <= business_id < 2**63:
        return ""
    return str(business_id)
