"""What an INSERT costs as the table grows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

from tests.benchmarks.client import Client, open_clients
from tests.benchmarks.contest import OURS
from tests.benchmarks.report import Result, Target, costs
from tests.benchmarks.rounds import Round, race, timed
from tests.benchmarks.run import Run
from tests.benchmarks.tables import SizedTable


def insert_costs(run: Run) -> Iterator[Result]:
    """Single rows of known people, anybody of the tenant: most threads are cold."""
    with ExitStack() as stack:
        contests = []
        for table in run.tables:
            [client] = stack.enter_context(open_clients(table.url, 1))
            contests.append(_inserting(run, table, client))
        smallest, *others = race(contests, run.sizes.rounds)
    for table, seconds in zip(run.tables[1:], others, strict=True):
        yield costs(
            "growth of the table",
            f"single row at {table.messages:,} messages",
            f"at {run.tables[0].messages:,} messages",
            run.sizes.inserts,
            seconds,
            smallest,
            target=Target(at_most=1.25),
        )


def _inserting(run: Run, table: SizedTable, client: Client) -> Round:
    OURS.prepare(client)

    def once() -> float:
        rows = [
            OURS.parameters([table.ordinary.message(run.choose.randrange(table.ordinary.people))])
            for _ in range(run.sizes.inserts)
        ]
        return timed(lambda: client.send_all(rows))

    return once
