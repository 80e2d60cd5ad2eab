"""The long comparison with libphonenumber: millions of inputs, random ones never seen before.

    python -m tests.phone.full [--seed N] [--rows N] [--only FAMILY ...] [--quick]

Complete families (every Unicode character in eleven places, all short strings of all regions, both
sides of every interval) and random cases. Prints the seed, so that a disagreement can be repeated,
and exits 1 if there is any. The server is its own: ONETHREAD_TEST_POSTGRES chooses the version.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import time
from collections.abc import Callable, Iterator

import psycopg

from tests import server
from tests.phone import cases
from tests.phone.cases import Case
from tests.phone.comparison import PARSE_DISAGREES, add_cases, create_table, disagreements
from tests.phone.numbers import regions


def families(seed: int, rows: int, quick: bool) -> dict[str, Callable[[], Iterator[Case]]]:
    """What is compared; every family is a transaction's worth of rows."""
    everywhere = [plan.name for plan in regions()]
    result: dict[str, Callable[[], Iterator[Case]]] = {
        "nasty": cases.nasty_cases,
        "examples": cases.example_cases,
        "boundaries": cases.boundary_cases,
        "prefixes": lambda: cases.prefix_cases(seed, 1 if quick else 6),
        "short, every region": lambda: cases.short_cases(2 if quick else 3, everywhere),
        "short, a few regions": lambda: cases.short_cases(
            4 if quick else 5, ["IL", "US", "FI", None]
        ),
    }
    step = 50 if quick else 1
    stretch = 0x110000 // 8 + 1
    for start in range(1, 0x110000, stretch):
        result[f"characters from U+{start:04X}"] = _characters(start, start + stretch, step)
    for part in range(0, rows, 250_000):
        count = min(250_000, rows - part)
        result[f"random {part // 250_000 + 1}"] = _random(seed + part, count)
    return result


def _characters(start: int, stop: int, step: int) -> Callable[[], Iterator[Case]]:
    return lambda: cases.code_point_cases(step, start, min(stop, 0x110000))


def _random(seed: int, count: int) -> Callable[[], Iterator[Case]]:
    return lambda: cases.random_cases(seed, count)


def compare(connection: psycopg.Connection, family: Iterator[Case]) -> tuple[int, int, list[str]]:
    """Rows compared, rows that libphonenumber takes for a number, and disagreements."""
    create_table(connection)
    count = add_cases(connection, family)
    wrong = [repr(row) for row in disagreements(connection, condition=PARSE_DISAGREES)]
    row = connection.execute("select count(e164) from phone_case").fetchone()
    assert row is not None
    connection.execute("drop table phone_case")
    return count, row[0], wrong


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.phone.full", description=__doc__)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**9))
    parser.add_argument("--rows", type=int, default=2_000_000, help="random cases")
    parser.add_argument("--only", nargs="+", default=[""], metavar="FAMILY", help="how names begin")
    parser.add_argument("--quick", action="store_true", help="a small part of every family")
    options = parser.parse_args()
    if not server.is_available():
        print(f"PostgreSQL {server.VERSION} is not installed: nothing is compared")
        return 0
    chosen = {
        name: family
        for name, family in families(
            options.seed, 100_000 if options.quick else options.rows, options.quick
        ).items()
        if name.startswith(tuple(options.only))
    }

    total = 0
    failures = 0
    with server.migrated_database() as uri, psycopg.connect(uri) as connection:
        connection.execute("set local jit = off")
        print(f"PostgreSQL {server.VERSION}, seed {options.seed}", flush=True)
        for name, family in chosen.items():
            start = time.perf_counter()
            count, parsed, wrong = compare(connection, family())
            seconds = time.perf_counter() - start
            total += count
            failures += len(wrong)
            print(f"{name:28}{count:10} rows,{parsed:10} numbers, {len(wrong)} wrong, "
                  f"{seconds:.0f} s", flush=True)  # fmt: skip
            for line in wrong:
                print(f"    {line}", flush=True)
        connection.rollback()
    print(f"{total} rows compared, {failures} disagreements, seed {options.seed}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
