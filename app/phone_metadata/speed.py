"""How fast is normalize_phone() beside Python's phonenumbers, in the same run?

    python -m app.phone_metadata.speed [--rows N] [--rounds N]

PostgreSQL normalizes each set of inputs by one statement over a table, Python by a loop, in turns,
round after round. A ratio compares the two within a round, in which the machine was as busy for the
one as for the other; what is printed is the median of the rounds. Two ratios: against parse and
format alone, the least that Python can do, and against the same answer, which needs
is_valid_number() and is_possible_number() too. Uses DATABASE_URL, else the embedded server, and
leaves nothing behind.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import phonenumbers
import psycopg

from app.connection import connect
from app.phone_metadata.numbers import (
    reference_e164,
    reference_normalize,
    regions,
    valid_national_number,
)
from app.phone_metadata.spellings import messy_spelling

Inputs = list[tuple[str, str]]


@dataclass(frozen=True)
class Speed:
    """Medians of one set of inputs: rows a second in SQL, and how many times Python's that is."""

    name: str
    rows_per_second: float
    ratio_e164: float
    ratio_same: float


def measure(
    connection: psycopg.Connection[Any], rows: int = 10_000, rounds: int = 9, seed: int = 1
) -> list[Speed]:
    """The speed of normalize_phone() on every set of inputs, in a migrated database."""
    sets = input_sets(rows, seed)
    with connection.transaction(force_rollback=True), connection.cursor() as cursor:
        cursor.execute("set local jit = off")
        cursor.execute("set local max_parallel_workers_per_gather = 0")
        cursor.execute("create temp table input (name text, raw text, region text)")
        with cursor.copy("copy input from stdin") as copy:
            for name, inputs in sets.items():
                for raw, region in inputs:
                    copy.write_row((name, raw, region))
        cursor.execute("create index on input (name)")
        cursor.execute("analyze input")
        return [_race(cursor, name, inputs, rounds) for name, inputs in sets.items()]


def first_call_milliseconds(url: str, sessions: int = 9) -> float:
    """How long the first call in a new session takes: the median of several sessions."""
    return statistics.median(_first_call(url) for _ in range(sessions))


def input_sets(rows: int, seed: int) -> dict[str, Inputs]:
    """What is measured: one country, all regions, and text that takes the long way."""
    rng = random.Random(seed)  # noqa: S311  # no secrets, but the same in every run
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
    text: str = phonenumbers.format_number(
        phonenumbers.parse(f"+{code}{number}"), phonenumbers.PhoneNumberFormat.INTERNATIONAL
    )
    return text


def _race(cursor: psycopg.Cursor[Any], name: str, inputs: Inputs, rounds: int) -> Speed:
    contestants: list[Callable[[], object]] = [
        lambda: cursor.execute(
            "select count(public.normalize_phone(raw, region)) from input where name = %s", [name]
        ),
        lambda: _loop(reference_e164, inputs),
        lambda: _loop(reference_normalize, inputs),
    ]
    times = [[_timed(run) for run in contestants] for _ in range(rounds)]
    return Speed(
        name,
        statistics.median(len(inputs) / sql for sql, _, _ in times),
        statistics.median(e164 / sql for sql, e164, _ in times),
        statistics.median(same / sql for sql, _, same in times),
    )


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _loop(function: Callable[[str, str | None], str | None], inputs: Inputs) -> None:
    for raw, region in inputs:
        function(raw, region)


def _first_call(url: str) -> float:
    with psycopg.connect(url) as connection:
        connection.execute("select 1")
        return 1000 * _timed(
            lambda: connection.execute("select public.normalize_phone('050-234 5678', 'IL')")
        )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m app.phone_metadata.speed", description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000, help="of each set; %(default)s")
    parser.add_argument("--rounds", type=int, default=9, help="default: %(default)s")
    options = parser.parse_args()
    with connect() as connection:
        first = first_call_milliseconds(connection.info.dsn)
        version = connection.info.server_version // 10000
        print(f"PostgreSQL {version}, phonenumbers {phonenumbers.__version__}")
        print(f"{options.rows} rows a set, {options.rounds} rounds")
        print(f"first call in a session: {first:.1f} ms")
        print(f"{'':32}{'rows/s':>9}{'/ parse+format':>16}{'/ same answer':>15}")
        for speed in measure(connection, options.rows, options.rounds):
            ratios = f"{speed.ratio_e164:16.2f}{speed.ratio_same:15.2f}"
            print(f"{speed.name:32}{speed.rows_per_second:9.0f}{ratios}")


if __name__ == "__main__":
    main()
