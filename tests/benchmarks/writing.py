"""Single rows, batches of 100 and COPY, beside a CRM's table, the floor and the application."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import psycopg

from tests.benchmarks import app_side
from tests.benchmarks.client import Client, open_clients, run_together
from tests.benchmarks.contest import CRM, FLOOR, NAIVE, OURS, Table, empty_tables, meet
from tests.benchmarks.people import (
    BODY,
    SPELLINGS,
    Message,
    Population,
    new_message_id,
)
from tests.benchmarks.report import Result, Target, rates
from tests.benchmarks.rounds import Round, race, timed
from tests.benchmarks.run import Run

_BATCH = 100

# Many rows a statement, known people: the least beside a CRM's own table.
_MANY_ROWS = {
    "jid": 0.55,
    "e164": None,
    "national": None,
    "bsuid": None,
    "lid": None,
}
_CRM = "a CRM's own table"

Write = Callable[[list[Message]], float]
"""Writes messages; returns the seconds that it took, without the preparation."""


def single_rows(run: Run) -> Iterator[Result]:
    """An INSERT each, prepared, in a transaction of its own."""
    targets = {1: 0.65, 8: 0.60}
    with run.baselines() as (url, connection):
        known = meet(connection, Population(connection).take(run.sizes.people), "jid")
        for count, commit in ((1, "off"), (8, "off"), (1, "on"), (8, "on")):
            empty_tables(connection)
            with (
                open_clients(url, count, commit) as ours,
                open_clients(url, count, commit) as crm,
                open_clients(url, count, commit) as floor,
            ):
                writes = [
                    _write_single_rows(OURS, ours),
                    _write_single_rows(CRM, crm),
                    _write_single_rows(FLOOR, floor),
                ]
                seconds = _race(run, known, run.sizes.inserts, writes)
            yield from _beside_tables(
                "single row",
                f"{count} client{'s' * (count > 1)}, synchronous_commit {commit}",
                run.sizes.inserts,
                seconds,
                targets[count] if commit == "off" else None,
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
    with run.baselines() as (url, connection), open_clients(url, 3) as (ours, crm, floor):
        writes = [
            _write_batches(OURS, ours),
            _write_batches(CRM, crm),
            _write_batches(FLOOR, floor),
        ]
        population = Population(connection)
        for spelling, target in _MANY_ROWS.items():
            known = meet(connection, population.take(run.sizes.people), spelling)
            empty_tables(connection)
            seconds = _race(run, known, run.sizes.rows, writes)
            case = f"known, {SPELLINGS[spelling]}"
            yield from _beside_tables("batch of 100", case, run.sizes.rows, seconds, target)


def copies(run: Run) -> Iterator[Result]:
    """One COPY: every spelling, people of many countries, a payload."""
    with run.baselines() as (_, connection):
        writes = [_write_copy(table, connection) for table in (OURS, CRM, FLOOR)]
        cases = [(spelling, 1) for spelling in _MANY_ROWS]
        cases += [(spelling, regions) for spelling in ("jid", "national") for regions in (10, 200)]
        for spelling, regions in cases:
            people = Population(connection, regions).take(run.sizes.people)
            known = meet(connection, people, spelling)
            empty_tables(connection)
            yield from _beside_tables(
                "COPY",
                f"known, {SPELLINGS[spelling]}, {regions} region{'s' * (regions > 1)}",
                run.sizes.rows,
                _race(run, known, run.sizes.rows, writes),
                _MANY_ROWS[spelling],
            )

        known = meet(connection, Population(connection).take(run.sizes.people), "jid")
        empty_tables(connection)
        seconds = _race(run, known, run.sizes.rows, [writes[0], _write_copy(NAIVE, connection)])
        yield rates("COPY", "known, JIDs", "naive trigger", run.sizes.rows, *seconds)

        empty_tables(connection)
        with_payload = [replace(message, has_payload=True) for message in known]
        seconds = _race(run, with_payload, run.sizes.rows, writes)
        case = "known, JIDs, 600 characters of payload"
        yield from _beside_tables("COPY", case, run.sizes.rows, seconds)


def _beside_tables(
    workload: str,
    case: str,
    rows: int,
    seconds: Sequence[Sequence[float]],
    target: float | None = None,
) -> Iterator[Result]:
    """Ours beside the CRM's own table, and beside the floor."""
    ours, *others = seconds
    for baseline, theirs in zip((_CRM, "floor"), others, strict=True):
        yield rates(
            workload, case, baseline, rows, ours, theirs,
            target=Target(at_least=target if baseline == _CRM else None),
        )  # fmt: skip


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
