"""Many writers of the same people: hot contacts, and bursts of people nobody has heard of."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import psycopg

from tests.benchmarks.client import Client, Parameters, open_clients, run_together
from tests.benchmarks.contest import FLOOR, NAIVE, OURS, Table, empty_tables, meet
from tests.benchmarks.people import Message, Population, new_message
from tests.benchmarks.report import Result, Target, rates
from tests.benchmarks.rounds import race
from tests.benchmarks.run import Run

_CONTACTS = 100
_MESSAGES_A_TRANSACTION = 5
_CLIENTS_OF_A_BURST = 16
_MESSAGES_OF_A_BURST = 4
_PATIENCE = 60


class _Writers:
    """The clients of one contestant, and how often one was chosen as a deadlock's victim."""

    def __init__(self, table: Table, clients: Sequence[Client]) -> None:
        self.table = table
        self.clients = clients
        self.deadlocks = 0
        for client in clients:
            table.prepare(client)

    def write(self, client: Client, transaction: Sequence[Parameters]) -> None:
        """Writes one transaction. A victim's is lost: to try again would hide what it costs."""
        client.execute(b"begin")
        try:
            client.send_all(transaction)
        except psycopg.errors.DeadlockDetected:
            self.deadlocks += 1
        client.execute(b"commit")


def hot_contacts(run: Run) -> Iterator[Result]:
    """8 clients write to 100 contacts, 5 messages of several of them in a transaction."""
    with run.baselines() as (url, connection):
        known = meet(connection, Population(connection).take(_CONTACTS), "jid")
        empty_tables(connection)
        with (
            open_clients(url, 8) as ours,
            open_clients(url, 8) as floor,
            open_clients(url, 8) as naive,
        ):
            contestants = [
                _Writers(OURS, ours),
                _Writers(FLOOR, floor),
                _Writers(NAIVE, naive),
            ]
            seconds = race(
                [_writing_to(run, known, writers) for writers in contestants], run.sizes.rounds
            )
        for position, baseline in ((1, "floor"), (2, "naive trigger")):
            yield rates(
                "hot contacts",
                "8 clients, 100 contacts, 5 messages a transaction",
                baseline,
                run.sizes.transactions,
                seconds[0],
                seconds[position],
                unit="transactions/s",
                target=Target(at_least=0.80 if baseline == "floor" else None, zero=("deadlocks",)),
                counts={
                    "deadlocks": contestants[0].deadlocks,
                    f"of the {baseline}": contestants[position].deadlocks,
                },
            )


def _writing_to(run: Run, known: Sequence[Message], writers: _Writers) -> Callable[[], float]:
    def once() -> float:
        return run_together([share(client) for client in writers.clients])

    def share(client: Client) -> Callable[[], None]:
        transactions = [
            [
                writers.table.parameters([message])
                for message in run.choose.choices(known, k=_MESSAGES_A_TRANSACTION)
            ]
            for _ in range(run.sizes.transactions // len(writers.clients))
        ]

        def write_all() -> None:
            for transaction in transactions:
                writers.write(client, transaction)

        return write_all

    return once


def bursts(run: Run) -> Iterator[Result]:
    """16 clients write to the same new person at the same moment, 4 messages a transaction."""
    with (
        run.baselines() as (url, connection),
        open_clients(url, _CLIENTS_OF_A_BURST) as ours,
        open_clients(url, _CLIENTS_OF_A_BURST) as naive,
    ):
        population = Population(connection)
        contestants = [_Writers(OURS, ours), _Writers(NAIVE, naive)]
        seconds = race(
            [_bursting(run, population, writers) for writers in contestants], run.sizes.rounds
        )
        people, split, unlinked = _count_people(connection, OURS)
        naive_people, naive_split, _ = _count_people(connection, NAIVE)
        yield rates(
            "burst of new people",
            f"{_CLIENTS_OF_A_BURST} clients at once, {_MESSAGES_OF_A_BURST} messages a transaction",
            "naive trigger",
            run.sizes.newcomers * _CLIENTS_OF_A_BURST * _MESSAGES_OF_A_BURST,
            *seconds,
            target=Target(zero=("split", "null", "deadlocks")),
            counts={
                "people": people,
                "split": split,
                "null": unlinked,
                "deadlocks": contestants[0].deadlocks,
                "deadlocks of the naive trigger": contestants[1].deadlocks,
                "% split by it": round(100 * naive_split / naive_people, 1),
            },
        )


def _bursting(run: Run, population: Population, writers: _Writers) -> Callable[[], float]:
    def once() -> float:
        people = population.take(run.sizes.newcomers)
        start_line = threading.Barrier(len(writers.clients), timeout=_PATIENCE)

        def share(client: Client, spelling: str) -> Callable[[], None]:
            transactions = [
                [
                    writers.table.parameters([new_message(person, spelling)])
                    for _ in range(_MESSAGES_OF_A_BURST)
                ]
                for person in people
            ]

            def write_all() -> None:
                for transaction in transactions:
                    start_line.wait()
                    writers.write(client, transaction)

            return write_all

        return run_together(
            [
                share(client, ("jid", "e164")[number % 2])
                for number, client in enumerate(writers.clients)
            ]
        )

    return once


def _count_people(connection: psycopg.Connection[Any], table: Table) -> tuple[int, int, int]:
    """People; those whose messages are in several conversations; those with one in none."""
    [row] = connection.execute(
        f"""
        select count(*), count(*) filter (where conversations > 1), count(*) filter (where is_null)
        from (
          select
            count(distinct conversation_id) as conversations,
            bool_or(conversation_id is null) as is_null
          from {table.name}
          group by ltrim(split_part(from_number, '@', 1), '+')
        ) person
        """.encode()
    ).fetchall()
    return row[0], row[1], row[2]
