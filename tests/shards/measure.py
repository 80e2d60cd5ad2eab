"""What a router costs: python -m tests.shards.measure

Each thing is done by the router and on the server itself, in turns, in one run; what is printed is
the ratio of the medians, which the machine's other work changes least.
"""

from __future__ import annotations

import os
import statistics
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
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
        fill(direct, one)
        for name, work in {
            "INSERT, 200 rows one by one": lambda there: insert(there, one),
            "INSERT, 500 rows in one statement": lambda there: insert_many(there, one),
            "COPY, 5,000 rows": lambda there: copy(there, one),
            "thread, 100 times": lambda there: read(
                there, f"select * from onethread.list_thread({one}, {conversation(direct, one)})"
            ),
            "inbox, 100 times": lambda there: read(
                there, f"select * from onethread.list_inbox({one}, null, 50)"
            ),
        }.items():
            compare(name, work, direct, by_router, one)
        compare_shards(by_router, plain(running.router(2)), ids)
        count = direct.execute(
            f"select count(*) from whatsapp_message where business_id = {one}"
        ).fetchall()[0][0]
        refused: list[float] = []
        stop = threading.Event()
        writer = threading.Thread(
            target=write_on, args=[plain(running.router()), one, refused, stop]
        )
        writer.start()
        moved = move_business(running.cluster, one, "two")
        stop.set()
        writer.join()
        print(
            f"move of {count:,} messages: {moved.seconds:.1f} s, "
            f"of which a writer was refused for {max(refused) - min(refused):.1f} s"
        )


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


def insert_many(there: Connection, business_id: int) -> None:
    """The same in one statement."""
    row = "(%s, 'inbound', %s, 'hello')"
    values: list[object] = []
    for number in range(500):
        values += [business_id, f"+97250123{number % _PEOPLE:04}"]
    there.execute(
        "insert into public.whatsapp_message (business_id, direction, from_number, body) values "
        + ", ".join([row] * 500),
        values,
    )


def copy(there: Connection, business_id: int) -> None:
    """The same as a stream."""
    with there.cursor().copy(
        "copy public.whatsapp_message (business_id, direction, from_number, body) from stdin"
    ) as rows:
        for number in range(5000):
            rows.write_row((business_id, "inbound", f"+97250123{number % _PEOPLE:04}", "hello"))


def read(there: Connection, query: str) -> None:
    """A hundred times, each in its transaction."""
    for _ in range(100):
        there.execute(query.encode()).fetchall()


def write_on(
    there: Connection, business_id: int, refused: list[float], stop: threading.Event
) -> None:
    """Writes while the business moves; keeps the times at which it was refused."""
    while not stop.is_set():
        try:
            there.execute(
                "insert into public.whatsapp_message (business_id, direction, from_number, body) "
                "values (%s, 'inbound', '+972501230000', 'hello')",
                [business_id],
            )
        except psycopg.DatabaseError:
            refused.append(time.perf_counter())
        time.sleep(0.01)


def conversation(direct: Connection, business_id: int) -> int:
    """One of them."""
    return int(
        direct.execute(
            "select max(conversation_id) from public.whatsapp_message where business_id = %s",
            [business_id],
        ).fetchall()[0][0]
    )


def compare_shards(first: Connection, second: Connection, ids: Mapping[str, int]) -> None:
    """Prints what two writers do together: to one server, and each to one of its own."""
    times: dict[str, list[float]] = {"one": [], "two": []}
    insert(second, ids["two"])
    for _ in range(_ROUNDS):
        for other, taken in times.items():
            with ThreadPoolExecutor(2) as pool:
                taken.append(
                    run(
                        lambda pool=pool, other=other: list(
                            pool.map(insert, (first, second), (ids["one"], ids[other]))
                        )
                    )
                )
    alone, divided = (statistics.median(taken) for taken in times.values())
    print(
        f"two writers of 200 rows, on two servers: {alone / divided:.2f} of the rate on one "
        f"({alone * 1000:.0f} ms, on two {divided * 1000:.0f})"
    )


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
