"""Evidence that had to wait is applied in the background, of a business by one server at a time."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout

from onethread.database.shards import ask_each_shard
from onethread.database.tenant import business_transaction
from onethread.web.settings import Settings

log = logging.getLogger("onethread")

_STATEMENTS = 10_000

_PENDING = "select l.business_id, l.evidence_id from onethread.list_pending_evidence(%s) as l"

# Several servers may be at it; the lock goes with the transaction.
_CLAIM = "select onethread.take_turn(%s, 'pending', false)"

_APPLY = "select onethread.apply_pending_evidence(%s, %s)"


class PendingEvidence:
    """Looks now and then whether evidence is pending, on a connection of its own."""

    def __init__(self, settings: Settings, pool: ConnectionPool) -> None:
        self._settings = settings
        self._pool = pool
        self._connection: psycopg.Connection[Any] | None = None
        self._is_stopping = threading.Event()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Looks until the block ends; what is being applied then is rolled back, and stays
        pending."""
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            self._is_stopping.set()
            task.cancel()
            if connection := self._connection:
                connection.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._settings.pending_seconds)
            await asyncio.to_thread(self._look)

    def _look(self) -> None:
        try:
            with self._pool.connection(timeout=self._settings.pool_seconds) as connection:
                self._connection = connection
                seconds = self._settings.pending_statement_seconds
                apply_all_pending(connection, seconds, self._is_stopping.is_set)
        except (psycopg.OperationalError, PoolTimeout) as error:
            log.warning("pending evidence was not looked at: %s", error)
        finally:
            self._connection = None


def apply_all_pending(
    connection: psycopg.Connection[Any],
    statement_seconds: float,
    is_stopping: Callable[[], bool] = lambda: False,
) -> None:
    """Applies what is pending, of every business that nobody else is at; each statement is a
    transaction, which holds one person, and one that fails keeps no other out."""
    missing: list[str] = []
    pages = ask_each_shard(
        connection, lambda: connection.execute(_PENDING, [_STATEMENTS]).fetchall(), missing
    )
    for business_id, evidence_id in (row for _, rows in pages for row in rows):
        if is_stopping():
            return
        try:
            with business_transaction(connection, business_id):
                timeout = int(statement_seconds * 1000)
                connection.execute(f"set local statement_timeout = {timeout}")
                [[is_claimed]] = connection.execute(_CLAIM, [business_id]).fetchall()
                if is_claimed:
                    connection.execute(_APPLY, [business_id, evidence_id])
        except psycopg.Error as error:
            if connection.closed:
                raise
            log.warning("business %s: evidence stays pending: %s", business_id, error)
