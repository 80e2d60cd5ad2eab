"""Single rows, batches of 100 and COPY, beside the floor and the application."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import psycopg

from tests.benchmarks import app_side
from tests.benchmarks.client import Client, open_clients, run_together
from tests.benchmarks.contest import FLOOR, NAIVE, OURS, Table, empty_tables, meet
from tests.benchmarks.people import (
    BODY,
    SPELLINGS,
    Message,
    Population,
    new_message,
    new_message_id,
)
from tests.benchmarks.report import Result, Target, rates
from tests.benchmarks.rounds import Round, race, timed
from tests.benchmarks.run import Run

_BATCH = 100

# Many rows a statement, known people.
_MANY_ROWS = {"jid": 0.55, "e164": 0.55, "national": 0.40, "bsuid": 0.35, "lid": 0.35}

Write = Callable[[list[Message]], float]
"""Writes messages; returns the seconds that it took, without the preparation."""


def single_rows(run: Run) -> Iterator[Result]:
    """An INSERT each, prepared, in a transaction of its own."""
    targets = {1: Target(at_least=0.90), 8: Target(at_least=0.80)}
    with run.baselines() as (url, connection):
        known = meet(connection, Population(connection).take(run.sizes.people), "jid")
        for count, commit in ((1, "off"), (8, "off"), (1, "on"), (8, "on")):
            empty_tables(connection)
            with (
                open_clients(url, count, commit) as ours,
                open_clients(url, count, commit) as theirs,
            ):
                seconds = _race(
                    run,
                    known,
                    run.sizes.inserts,
                    [_write_single_rows(OURS, ours), _write_single_rows(FLOOR, theirs)],
                )
            yield rates(
                "single row",
                f"{count} client{'s' * (count > 1)}, synchronous_commit {commit}",
                "floor",
                run.sizes.inserts,
                *seconds,
                target=targets[count] if commit == "off" else Target(),
            )


def beside_application(run: Run) -> Iterator[Result]:
    """The same driver on both sides: one INSERT, or all that an application does for it."""
    with run.baselines() as (_, connection):
        known = meet(connection, Population(connection).take(run.sizes.people), "jid")
        empty_tables(connection)

        def insert(message: Message) -> None:
            connection.execute(
                "insert into public.whatsapp_message "
                "(business_id, direction, from_number, body, provider_message_id) "
                "values (%s, 'inbound', %s, %s, %s)",
                [message.business_id, message.address, BODY, new_message_id()],
            )

        def insert_app_side(message: Message) -> None:
            app_side.insert_message(connection, message, "IL")

        seconds = _race(
            run,
            known,
            run.sizes.inserts,
            [_write_each(insert), _write_each(insert_app_side)],
        )
        yield rates(
            "single row",
            "1 client, synchronous_commit off",
            "application",
            run.sizes.inserts,
            *seconds,
            target=Target(at_least=3),
        )


def batches(run: Run) -> Iterator[Result]:
    """One INSERT of 100 rows."""
    with run.baselines() as (url, connection), open_clients(url, 2) as (ours, theirs):
        writes = [_write_batches(OURS, ours), _write_batches(FLOOR, theirs)]
        population = Population(connection)
        for spelling, target in _MANY_ROWS.items():
            known = meet(connection, population.take(run.sizes.people), spelling)
            empty_tables(connection)
            seconds = _race(run, known, run.sizes.rows, writes)
            yield rates(
                "batch of 100",
                f"known, {SPELLINGS[spelling]}",
                "floor",
                run.sizes.rows,
                *seconds,
                target=Target(at_least=target),
            )


def copies(run: Run) -> Iterator[Result]:
    """One COPY: every spelling, people of many countries, new people."""
    with run.baselines() as (_, connection):
        ours, theirs = _write_copy(OURS, connection), _write_copy(FLOOR, connection)
        cases = [(spelling, 1) for spelling in _MANY_ROWS]
        cases += [(spelling, regions) for spelling in ("jid", "national") for regions in (10, 200)]
        for spelling, regions in cases:
            people = Population(connection, regions).take(run.sizes.people)
            known = meet(connection, people, spelling)
            empty_tables(connection)
            yield rates(
                "COPY",
                f"known, {SPELLINGS[spelling]}, {regions} region{'s' * (regions > 1)}",
                "floor",
                run.sizes.rows,
                *_race(run, known, run.sizes.rows, [ours, theirs]),
                target=Target(at_least=_MANY_ROWS[spelling]),
            )

        known = meet(connection, Population(connection).take(run.sizes.people), "jid")
        empty_tables(connection)
        seconds = _race(run, known, run.sizes.rows, [ours, _write_copy(NAIVE, connection)])
        yield rates("COPY", "known, JIDs", "naive trigger", run.sizes.rows, *seconds)

        for case, one_in in (("5 % new", 20), ("new", 1)):
            population = Population(connection)
            known = meet(connection, population.take(run.sizes.people), "jid")
            empty_tables(connection)
            newcomers = _with_newcomers(ours, population, one_in)
            # The floor is told conversations that exist: it never makes one.
            seconds = _race(run, known, run.sizes.rows, [newcomers, theirs])
            yield rates("COPY", f"{case}, JIDs", "floor", run.sizes.rows, *seconds)


def _race(
    run: Run, known: Sequence[Message], rows: int, writes: Sequence[Write]
) -> list[list[float]]:
    """Each writes messages of people chosen anew."""

    def contestant(write: Write) -> Round:
        return lambda: write(run.choose.choices(known, k=rows))

    return race([contestant(write) for write in writes], run.sizes.rounds)


def _write_each(insert: Callable[[Message], None]) -> Write:
    def insert_all(messages: list[Message]) -> None:
        for message in messages:
            insert(message)

    return lambda messages: timed(lambda: insert_all(messages))


def _write_single_rows(table: Table, clients: Sequence[Client]) -> Write:
    for client in clients:
        table.prepare(client)

    def write(messages: list[Message]) -> float:
        rows = [table.parameters([message]) for message in messages]
        return run_together(
            [
                partial(client.send_all, rows[number :: len(clients)])
                for number, client in enumerate(clients)
            ]
        )

    return write


def _write_batches(table: Table, client: Client) -> Write:
    table.prepare(client, _BATCH)

    def write(messages: list[Message]) -> float:
        batches = [
            table.parameters(messages[start : start + _BATCH])
            for start in range(0, len(messages), _BATCH)
        ]
        return timed(lambda: client.send_all(batches))

    return write


def _write_copy(table: Table, connection: psycopg.Connection[Any]) -> Write:
    def write(messages: list[Message]) -> float:
        data = table.copy_data(messages)
        return timed(lambda: table.copy(connection, data))

    return write


def _with_newcomers(write: Write, population: Population, one_in: int) -> Write:
    """Puts people nobody has heard of in the place of some of the senders."""

    def write_with_newcomers(messages: list[Message]) -> float:
        places = range(0, len(messages), one_in)
        for place, person in zip(places, population.take(len(places)), strict=True):
            messages[place] = new_message(person, "jid")
        return write(messages)

    return write_with_newcomers
