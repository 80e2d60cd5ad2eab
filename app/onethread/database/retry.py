"""Transactions that are run again when another session's writes got in their way."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import psycopg
from psycopg.pq import TransactionStatus

from onethread.database.failures import CONFLICTS
from onethread.database.tenant import Statement, awaited_transaction, business_transaction

_Result = TypeVar("_Result")

MAX_TRIES = 8

# The first try gives way soon: two transactions with several people each may wait in a circle, and
# the server looks for one only after a second. Whoever gave way comes again one at a time, waiting
# as long as it takes: all that is in its way are first tries, and they give way.
_FIRST_TRY: Statement = ("select set_config('lock_timeout', '250ms', true)", None)
_LATER_TRY = "select onethread.take_turn(%s, 'retry', true)"


def retry_conflicts(
    connection: psycopg.Connection[Any], business_id: int, run: Callable[[], _Result]
) -> _Result:
    """Runs it in a transaction about the business, again when another's writes got in its way.

    Inside somebody else's transaction there is one try: it is theirs to repeat.
    """
    if connection.info.transaction_status != TransactionStatus.IDLE:
        with business_transaction(connection, business_id):
            return run()
    first = _FIRST_TRY
    for tries_left in reversed(range(MAX_TRIES)):
        try:
            with business_transaction(connection, business_id, first):
                return run()
        except CONFLICTS:
            if not tries_left:
                raise
            first = (_LATER_TRY, [business_id])
            time.sleep(_pause())
    raise AssertionError("the last try returns or raises")


async def await_conflicts(
    connection: psycopg.AsyncConnection[Any],
    business_id: int,
    run: Callable[[], Awaitable[_Result]],
) -> _Result:
    """retry_conflicts() for asynchronous programs."""
    if connection.info.transaction_status != TransactionStatus.IDLE:
        async with awaited_transaction(connection, business_id):
            return await run()
    first = _FIRST_TRY
    for tries_left in reversed(range(MAX_TRIES)):
        try:
            async with awaited_transaction(connection, business_id, first):
                return await run()
        except CONFLICTS:
            if not tries_left:
                raise
            first = (_LATER_TRY, [business_id])
            await asyncio.sleep(_pause())
    raise AssertionError("the last try returns or raises")


def _pause() -> float:
    return random.uniform(0.005, 0.1)  # noqa: S311  # not for secrets
