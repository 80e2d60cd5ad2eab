"""What a call asks of the database, written once for programs that wait and for those that await.

A call is a generator: it yields a statement and gets its rows. Here are the two ways to run one, on
a connection and on an asynchronous one; no rule stands in either.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Generator
from functools import partial, update_wrapper
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, cast

import psycopg
from psycopg.pq import TransactionStatus

from onethread.database.retry import await_conflicts, retry_conflicts
from onethread.database.tenant import (
    Statement,
    await_statement,
    awaited_transaction,
    business_transaction,
    start_statement,
)

Connection = psycopg.Connection[Any]
AsyncConnection = psycopg.AsyncConnection[Any]
Rows = list[dict[str, Any]]

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")
_Given = TypeVar("_Given", covariant=True)

Steps = Generator[Statement, Rows, _Result]
"""A transaction: yields (query, parameters) of what returns rows, and gets them."""

Parts = Generator[Callable[[], Steps[Any]], Any, _Result]
"""Several transactions, each of which may be run again: yields what makes its steps, gets their
result, or the psycopg.Error that the last try ended with."""


class Call(Protocol[_Arguments, _Given]):
    """What a program calls."""

    def __call__(
        self,
        connection: Connection,
        business_id: int,
        *arguments: _Arguments.args,
        **named: _Arguments.kwargs,
    ) -> _Given:
        """Waits for the result."""

    async def awaited(
        self,
        connection: AsyncConnection,
        business_id: int,
        *arguments: _Arguments.args,
        **named: _Arguments.kwargs,
    ) -> _Given:
        """The same for asynchronous programs."""


class StepCall(Call[_Arguments, _Given], Protocol[_Arguments, _Given]):
    """A call that is one transaction, and may be a part of another one."""

    def steps(
        self, business_id: int, *arguments: _Arguments.args, **named: _Arguments.kwargs
    ) -> Steps[_Given]:
        """What it asks: for `yield from`."""


def call(
    function: Callable[Concatenate[int, _Arguments], Steps[_Result]],
) -> StepCall[_Arguments, _Result]:
    """Makes a call of a function of the business whose steps are one transaction."""

    def run(connection: Connection, business_id: int, *arguments: Any, **named: Any) -> Any:
        steps = function(business_id, *arguments, **named)
        try:
            first = next(steps)
        except StopIteration as end:
            return end.value
        with business_transaction(connection, business_id, first) as [cursor]:
            return run_steps(connection, steps, cursor)

    async def awaited(
        connection: AsyncConnection, business_id: int, *arguments: Any, **named: Any
    ) -> Any:
        steps = function(business_id, *arguments, **named)
        try:
            first = next(steps)
        except StopIteration as end:
            return end.value
        async with awaited_transaction(connection, business_id, first) as [cursor]:
            return await await_steps(connection, steps, cursor)

    made = _describe(run, awaited, function)
    made.steps = function
    return cast("StepCall[_Arguments, _Result]", made)


def call_in_parts(
    function: Callable[Concatenate[int, _Arguments], Parts[_Result]],
) -> Call[_Arguments, _Result]:
    """Makes a call of a function that takes several transactions, or one that may be repeated."""

    def run(connection: Connection, business_id: int, *arguments: Any, **named: Any) -> Any:
        parts = function(business_id, *arguments, **named)
        try:
            part = next(parts)
            while True:
                again = partial(_run_part, connection, part)
                try:
                    result = retry_conflicts(connection, business_id, again)
                except psycopg.Error as error:
                    _refuse_lost(connection, error)
                    part = parts.throw(error)
                else:
                    part = parts.send(result)
        except StopIteration as end:
            return end.value

    async def awaited(
        connection: AsyncConnection, business_id: int, *arguments: Any, **named: Any
    ) -> Any:
        parts = function(business_id, *arguments, **named)
        try:
            part = next(parts)
            while True:
                again = partial(_await_part, connection, part)
                try:
                    result = await await_conflicts(connection, business_id, again)
                except psycopg.Error as error:
                    _refuse_lost(connection, error)
                    part = parts.throw(error)
                else:
                    part = parts.send(result)
        except StopIteration as end:
            return end.value

    return cast("Call[_Arguments, _Result]", _describe(run, awaited, function))


def run_steps(
    connection: Connection,
    steps: Steps[_Result],
    cursor: psycopg.Cursor[dict[str, Any]] | None = None,
) -> _Result:
    """Runs steps in the transaction that there is.

    Args:
        cursor: of the first statement, when it was executed already.
    """
    try:
        if cursor is None:
            cursor = start_statement(connection, next(steps))
        while True:
            cursor = start_statement(connection, steps.send(cursor.fetchall()))
    except StopIteration as end:
        return cast(_Result, end.value)


async def await_steps(
    connection: AsyncConnection,
    steps: Steps[_Result],
    cursor: psycopg.AsyncCursor[dict[str, Any]] | None = None,
) -> _Result:
    """run_steps() for asynchronous programs."""
    try:
        if cursor is None:
            cursor = await await_statement(connection, next(steps))
        while True:
            cursor = await await_statement(connection, steps.send(await cursor.fetchall()))
    except StopIteration as end:
        return cast(_Result, end.value)


def _run_part(connection: Connection, part: Callable[[], Steps[Any]]) -> Any:
    return run_steps(connection, part())


async def _await_part(connection: AsyncConnection, part: Callable[[], Steps[Any]]) -> Any:
    return await await_steps(connection, part())


def _refuse_lost(connection: Connection | AsyncConnection, error: psycopg.Error) -> None:
    """Raises the error when the caller's transaction is lost, as where there are no savepoints:
    nothing can be tried in it any more."""
    if connection.info.transaction_status == TransactionStatus.INERROR:
        raise error


def _describe(run: Any, awaited: Any, function: Callable[..., Any]) -> Any:
    """Both with the name and the words of the function, and the connection before its arguments."""
    given = inspect.signature(function)
    for made in (run, awaited):
        update_wrapper(made, function)
        del made.__wrapped__
        kind = "Connection" if made is run else "AsyncConnection"
        connection = inspect.Parameter(
            "connection",
            inspect.Parameter.POSITIONAL_OR_KEYWORD,
            annotation=f"psycopg.{kind}[Any]",
        )
        made.__signature__ = given.replace(
            parameters=[connection, *given.parameters.values()],
            return_annotation=_result_of(given.return_annotation),
        )
    run.awaited = awaited
    return run


def _result_of(annotation: str) -> str:
    """What Steps[...] or Parts[...] ends with."""
    return annotation.partition("[")[2].removesuffix("]")
