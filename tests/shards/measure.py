"""What a router costs: python -m tests.shards.measure

Each thing is done by the router and on the server itself, in turns, in one run; what is printed is
the ratio of the medians, which the machine's other work changes least.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack

import psycopg

import onethread
from onethread.database.business import add_business
from onethread.database.config import shard_names
from onethread.shards import move_business
from tests.conftest import Connection
from tests.shards.running import NAMES, missing, run_cluster

_ROUNDS = 9
_PEOPLE = 200


def main() -> None:
    """Measures and prints."""
    if reason := missing():
        raise SystemExit(reason)
    with run_cluster() as running, ExitStack() as stack:
        os.environ["ONETHREAD_SHARDS"] = " ".join(NAMES)
        shard_names.cache_clear()
        session = stack.enter_context(onethread.connect(running.router()))
        ids = {name: add_business(session, name, "IL", [], name) for name in NAMES}
        one = ids["one"]

        def plain(url: str) -> Connection:
            return stack.enter_context(
                psycopg.connect(url, autocommit=True, cursor_factory=psycopg.ClientCursor)
            )

        by_router, direct = plain(running.router()), plain(running.shard("one"))
        other = plain(running.router(2))
        fill(direct, one)
        for name, work in {
            "insert, 200 rows one by one": lambda there: insert(there, one),
            "COPY, 5,000 rows": lambda there: copy(there, one),
            "thread, 100 times": lambda there: read(
                there, f"select * from onethread.list_thread({one}, 1)"
            ),
            "inbox, 100 times": lambda there: read(
                there, f"select * from onethread.list_inbox({one}, null, 50)"
            ),
        }.items():
            compare(name, work, direct, by_router, one)
        alone = run(lambda: insert(by_router, one))
        both = run(lambda: (insert(by_router, one), insert(other, ids["two"])))
        print(f"a row on one shard, a row on each of two: {alone * 2 / both:.2f} of twice the rate")
        count = direct.execute(
            f"select count(*) from whatsapp_message where business_id = {one}"
        ).fetchall()[0][0]
        moved = move_business(running.cluster, one, "two")
        print(f"move of {count:,} messages: {moved.seconds:.1f} s")


def fill(there: Connection, business_id: int) -> None:
    """People who are known."""
    for _ in range(10):
        copy(there, business_id)


def insert(there: Connection, business_id: int) -> None:
    """As a plain writer does."""
    for number in range(200):
        there.execute(
            "insert into public.whatsapp_message (business_id, direction, from_number, body) "
            "values (%s, 'inbound', %s, 'hello')",
            [business_id, f"+97250123{number % _PEOPLE:04}"],
        )


def copy(there: Connection, business_id: int) -> None:
    """The same at once."""
    with there.cursor().copy(
        "copy public.whatsapp_message (business_id, direction, from_number, body) from stdin"
    ) as rows:
        for number in range(5000):
            rows.write_row((business_id, "inbound", f"+97250123{number % _PEOPLE:04}", "hello"))


def read(there: Connection, query: str) -> None:
    """A hundred times, each in its transaction."""
    for _ in range(100):
        there.execute(query.encode()).fetchall()


def compare(
    name: str,
    work: Callable[[Connection], None],
    direct: Connection,
    by_router: Connection,
    business_id: int,
) -> None:
    """Prints the ratio."""
    by_router.execute(
        "set __spqr__distribution to 'onethread'; "
        f"set __spqr__sharding_key to '{business_id}'".encode()
    )
    times: dict[Connection, list[float]] = {direct: [], by_router: []}
    for there in (direct, by_router):
        work(there)
    for _ in range(_ROUNDS):
        for there, taken in times.items():
            taken.append(run(lambda there=there: work(there)))
    plain, routed = (statistics.median(taken) for taken in times.values())
    print(
        f"{name}: {plain / routed:.2f} ({plain * 1000:.0f} ms, by the router {routed * 1000:.0f})"
    )


def run(work: Callable[[], object]) -> float:
    """How long it takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
