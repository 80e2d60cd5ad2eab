"""How fast is normalize_phone() beside Python's phonenumbers, in the same run?

    python -m tests.phone.speed [rows]

Every set of inputs is normalized by one statement over a table in PostgreSQL and by a loop in
Python, in turns, best of three: on a shared machine only the ratio means something. Two ratios are
printed: against parse and format alone, the least Python can do, and against the same answer,
which needs is_valid_number() and is_possible_number() too. Uses DATABASE_URL or a server of its
own, and commits the phone functions to it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import phonenumbers
import psycopg

from tests.phone.cases import messy_spelling
from tests.phone.database import connect, load_functions
from tests.phone.numbers import (
    reference_e164,
    reference_normalize,
    regions,
    valid_national_number,
)
from tests.phone.seeded import seeded

ROUNDS = 3
Inputs = list[tuple[str, str]]


@dataclass(frozen=True)
class Speed:
    """Rows per second of one set of inputs."""

    name: str
    sql: float
    python_e164: float
    python_same: float

    @property
    def ratio_e164(self) -> float:
        return self.sql / self.python_e164

    @property
    def ratio_same(self) -> float:
        return self.sql / self.python_same


def input_sets(rows: int, seed: int) -> dict[str, Inputs]:
    """What is measured: one country, all regions, and text that takes the long way."""
    rng = seeded(seed)
    israel = next(plan for plan in regions() if plan.name == "IL")
    one = [valid_national_number(rng, israel) for _ in range(rows)]
    mixed = [(plan, valid_national_number(rng, plan)) for plan in rng.choices(regions(), k=rows)]
    prefix = {plan.name: plan.metadata.national_prefix or "" for plan in regions()}
    return {
        "one country, national digits": [(f"0{number}", "IL") for number in one],
        "one country, + and digits": [(f"+972{number}", "IL") for number in one],
        "one country, formatted": [
            (f"0{number[:2]}-{number[2:5]} {number[5:]}", "IL") for number in one
        ],
        "all regions, national digits": [
            (prefix[plan.name] + number, plan.name) for plan, number in mixed
        ],
        "all regions, + and digits": [
            (f"+{plan.calling_code}{number}", "IL") for plan, number in mixed
        ],
        "all regions, 00 and digits": [
            (f"00{plan.calling_code}{number}", "IL") for plan, number in mixed
        ],
        "all regions, formatted": [
            (_international(plan.calling_code, number), plan.name) for plan, number in mixed
        ],
        "messy": [messy_spelling(rng) for _ in range(rows)],
    }


def _international(code: int, number: str) -> str:
    return phonenumbers.format_number(
        phonenumbers.parse(f"+{code}{number}"), phonenumbers.PhoneNumberFormat.INTERNATIONAL
    )


def measure(connection: psycopg.Connection, rows: int = 100_000, seed: int = 1) -> list[Speed]:
    """Rows per second of every input set, for SQL and for Python."""
    with connection.cursor() as cursor:
        cursor.execute("set jit = off")
        cursor.execute("set max_parallel_workers_per_gather = 0")
        cursor.execute("create temp table input (raw text, region text)")
        result = [_race(cursor, name, pairs) for name, pairs in input_sets(rows, seed).items()]
        cursor.execute("drop table input")
    return result


def _race(cursor: psycopg.Cursor, name: str, inputs: Inputs) -> Speed:
    cursor.execute("truncate input")
    with cursor.copy("copy input from stdin") as copy:
        for row in inputs:
            copy.write_row(row)
    statement = "select count(public.normalize_phone(raw, region)) from input"
    contestants: list[Callable[[], object]] = [
        lambda: cursor.execute(statement),
        lambda: _loop(reference_e164, inputs),
        lambda: _loop(reference_normalize, inputs),
    ]
    seconds = [[_timed(run) for run in contestants] for _ in range(ROUNDS)]
    return Speed(name, *(len(inputs) / min(column) for column in zip(*seconds, strict=True)))


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _loop(function: Callable[[str, str | None], str | None], inputs: Inputs) -> None:
    for raw, region in inputs:
        function(raw, region)


def first_call_milliseconds(dsn: str) -> float:
    """How long the first call in a new session takes."""
    with psycopg.connect(dsn) as connection:
        connection.execute("select 1")
        return 1000 * _timed(
            lambda: connection.execute("select public.normalize_phone('050-234 5678', 'IL')")
        )


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with connect() as connection:
        load_functions(connection)
        connection.commit()
        dsn = connection.info.dsn
        firsts = sorted(first_call_milliseconds(dsn) for _ in range(5))
        print(f"PostgreSQL {connection.info.server_version // 10000}, {rows} rows per set")
        print(f"first call in a session: {firsts[0]:.1f} to {firsts[-1]:.1f} ms")
        print(f"{'':32}{'rows/s':>9}{'/ parse+format':>16}{'/ same answer':>15}")
        for speed in measure(connection, rows):
            ratios = f"{speed.ratio_e164:16.2f}{speed.ratio_same:15.2f}"
            print(f"{speed.name:32}{speed.sql:9.0f}{ratios}")


if __name__ == "__main__":
    main()
