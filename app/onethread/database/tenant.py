"""The business that a transaction is about: what row-level security shows the application.

A setting of the transaction, never of the session: it ends with it, whatever becomes of the
connection, also behind a pooler that gives each transaction another session.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import dict_row


@contextmanager
def business_transaction(
    connection: psycopg.Connection[Any], business_id: int | None
) -> Iterator[None]:
    """A transaction, or a part of the caller's, that is about this business.

    Args:
        business_id: None: about none; then only the owner of the tables sees anything.
    """
    is_whole = connection.info.transaction_status == TransactionStatus.IDLE
    with connection.transaction():
        [(before, _)] = connection.execute(
            "select current_setting('onethread.business_id', true), "
            "set_config('onethread.business_id', %s, true)",
            [_setting(business_id)],
        ).fetchall()
        yield
        if not is_whole:  # a savepoint that is released keeps its settings
            connection.execute(
                "select set_config('onethread.business_id', %s, true)", [before or ""]
            )


def business_rows(
    connection: psycopg.Connection[Any], business_id: int, query: str, parameters: Any
) -> list[dict[str, Any]]:
    """The rows of a query about one business."""
    with (
        business_transaction(connection, business_id),
        connection.cursor(row_factory=dict_row) as cursor,
    ):
        return cursor.execute(query.encode(), parameters).fetchall()


def forget_business(connection: psycopg.Connection[Any]) -> None:
    """For a pool, when a connection comes back: nobody's business is left on it."""
    connection.execute("reset onethread.business_id")


def _setting(business_id: int | None) -> str:
    """Empty for what is no bigint: there is no such business."""
    if business_id is None or not -(2**63) <= business_id < 2**63:
        return ""
    return str(business_id)
