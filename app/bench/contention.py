"""Many writers of the same people: hot contacts, and bursts of people nobody has heard of."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import psycopg

from app.bench.client import Client, Parameters, open_clients, run_together
from app.bench.contest import FLOOR, NAIVE, OURS, Table, empty_tables, meet
from app.bench.people import Message, Person, Population, new_message
from app.bench.report import Result, Target, rates
from app.bench.rounds import Round, race
from app.bench.run import Run

_CONTACTS = 100
_MESSAGES_A_TRANSACTION = 5
_CLIENTS_OF_A_BURST = 16
_MESSAGES_OF_A_BURST = 4
_PATIENCE = 60


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
            contests = [
                _HotContacts(run, known, OURS, ours),
                _HotContacts(run, known, FLOOR, floor),
                _HotContacts(run, known, NAIVE, naive),
            ]
            seconds = race([contest.once for contest in contests], run.sizes.rounds)
        for position, baseline in ((1, "floor"), (2, "naive trigger")):
            counts = {
                "deadlocks": contests[0].deadlocks,
                f"deadlocks of the {baseline}": contests[position].deadlocks,
            }
            yield rates(
                "hot contacts",
                "8 clients, 100 contacts, 5 messages a transaction",
                baseline,
                run.sizes.transactions,
                seconds[0],
                seconds[position],
                unit="transactions/s",
                target=Target(at_least=0.80 if baseline == "floor" else None, zero=("deadlocks",)),
                counts=counts,
            )


class _HotContacts:
    """One contestant: its clients, and how often one was chosen as a deadlock's victim."""

    def __init__(
        self, run: Run, known: Sequence[Message], table: Table, clients: Sequence[Client]
    ) -> None:
        self.deadlocks = 0
        self._run = run
        self._known = known
        self._table = table
        self._clients = clients
        for client in clients:
            table.prepare(client)

    def once(self) -> float:
        """Runs the transactions of a round."""
        return run_together([self._share(client) for client in self._clients])

    def _share(self, client: Client) -> Callable[[], None]:
        count = self._run.sizes.transactions // len(self._clients)
        transactions = [
            [
                self._table.parameters([message])
                for message in self._run.choose.choices(self._known, k=_MESSAGES_A_TRANSACTION)
            ]
            for _ in range(count)
        ]

        def write_all() -> None:
            for transaction in transactions:
                self._write(client, transaction)

        return write_all

    def _write(self, client: Client, transaction: Sequence[Parameters]) -> None:
        """A victim's transaction is lost: trying again would only hide what it costs."""
        client.execute(b"begin")
        try:
            for parameters in transaction:
                client.send(parameters)
        except psycopg.errors.DeadlockDetected:
            self.deadlocks += 1
        client.execute(b"commit")


def bursts(run: Run) -> Iterator[Result]:
    """16 clients write to the same new person at the same moment, 4 messages each."""
    with (
        run.baselines() as (url, connection),
        open_clients(url, _CLIENTS_OF_A_BURST) as ours,
        open_clients(url, _CLIENTS_OF_A_BURST) as naive,
    ):
        population = Population(connection)
        seconds = race(
            [_burst(run, population, OURS, ours), _burst(run, population, NAIVE, naive)],
            run.sizes.rounds,
        )
        people, split, unlinked = _count_people(connection, OURS)
        naive_people, naive_split, _ = _count_people(connection, NAIVE)
        yield rates(
            "burst of new people",
            f"{_CLIENTS_OF_A_BURST} clients at once, {_MESSAGES_OF_A_BURST} messages each",
            "naive trigger",
            run.sizes.newcomers * _CLIENTS_OF_A_BURST * _MESSAGES_OF_A_BURST,
            *seconds,
            target=Target(zero=("split", "null")),
            counts={
                "people": people,
                "split": split,
                "null": unlinked,
                "% split by the naive trigger": round(100 * naive_split / naive_people, 1),
            },
        )


def _burst(run: Run, population: Population, table: Table, clients: Sequence[Client]) -> Round:
    for client in clients:
        table.prepare(client)

    def once() -> float:
        people = population.take(run.sizes.newcomers)
        start_line = threading.Barrier(len(clients), timeout=_PATIENCE)
        return run_together(
            [
                _arriving(client, table, people, ("jid", "e164")[number % 2], start_line)
                for number, client in enumerate(clients)
            ]
        )

    return once


def _arriving(
    client: Client,
    table: Table,
    people: Sequence[Person],
    spelling: str,
    start_line: threading.Barrier,
) -> Callable[[], None]:
    bursts = [
        [table.parameters([new_message(person, spelling)]) for _ in range(_MESSAGES_OF_A_BURST)]
        for person in people
    ]

    def write_all() -> None:
        for burst in bursts:
            start_line.wait()
            for parameters in burst:
                client.send(parameters)

    return write_all


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
