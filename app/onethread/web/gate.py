"""How much may be at work on the database at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, TypeVar

import anyio
import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout

from onethread.database.connection import is_connection_lost
from onethread.database.failures import SERVER_FAILURES
from onethread.database.tenant import business_transaction
from onethread.web.problem import Problem
from onethread.web.settings import Settings

_Result = TypeVar("_Result")


class Gate:
    """Lets in so many requests and no more; runs their database work on the pool."""

    def __init__(self, settings: Settings, pool: ConnectionPool, unchecked: ConnectionPool) -> None:
        """
        Args:
            unchecked: a connection that is not asked whether it is alive before it is used.
        """
        self._settings = settings
        self._pool = pool
        self._unchecked = unchecked
        # One thread for each connection, the unchecked one too; the semaphore, because a wait for
        # it can time out.
        self._limiter = anyio.CapacityLimiter(settings.pool_size + 1)
        self._turn = asyncio.Semaphore(settings.pool_size)
        self._inside = 0

    @asynccontextmanager
    async def enter(self) -> AsyncIterator[None]:
        """Raises Problem 503 when too many are inside: the provider comes again."""
        if self._inside >= self._settings.max_waiting:
            raise Problem(503, "busy: too many requests are in progress", retry_after=5)
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1

    async def run(self, work: Callable[..., _Result], *arguments: object) -> _Result:
        """Runs work(connection, *arguments) in a thread, as many at once as there are connections.

        Raises:
            Problem 503: the database cannot be reached or cannot answer now.
        """

        try:
            async with asyncio.timeout(self._settings.pool_seconds):
                await self._turn.acquire()
        except TimeoutError:
            raise Problem(503, "busy: no connection was free in time", retry_after=5) from None
        try:
            return await self._run_in_thread(partial(self._run_on, self._pool, work, *arguments))
        finally:
            self._turn.release()

    async def run_at_once(self, work: Callable[..., _Result], *arguments: object) -> _Result:
        """run(), on the unchecked connection; once more on another one when that is lost: it may
        have been for long.

        Raises:
            Problem 503: see run().
        """

        def run() -> _Result:
            try:
                return self._run_on(self._unchecked, work, *arguments)
            except PoolTimeout:
                raise
            except psycopg.Error as error:
                if not is_connection_lost(error):
                    raise
            return self._run_on(self._pool, work, *arguments)

        return await self._run_in_thread(run)

    def _run_on(
        self, pool: ConnectionPool, work: Callable[..., _Result], *arguments: object
    ) -> _Result:
        with pool.connection(timeout=self._settings.pool_seconds) as connection:
            return work(connection, *arguments)

    async def _run_in_thread(self, run: Callable[[], _Result]) -> _Result:
        try:
            return await anyio.to_thread.run_sync(run, limiter=self._limiter)
        except SERVER_FAILURES as error:
            raise Problem(503, "the database cannot answer now", retry_after=10) from error

    async def run_about(
        self, business_id: int, work: Callable[..., _Result], *arguments: object
    ) -> _Result:
        """run(), but work(connection, business_id, *arguments) is in a transaction about it."""

        def in_transaction(connection: psycopg.Connection[Any]) -> _Result:
            with business_transaction(connection, business_id):
                return work(connection, business_id, *arguments)

        return await self.run(in_transaction)
