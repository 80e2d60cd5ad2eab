"""normalize_phone() beside Python's phonenumbers: one statement over a table against a loop."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import phonenumbers
import psycopg
from phonenumbers import PhoneNumberFormat

from onethread.database.connection import open_connection
from tests.benchmarks.report import Result, Target, rates
from tests.benchmarks.rounds import Round, race, timed
from tests.benchmarks.run import Run
from tests.phone.numbers import (
    reference_e164,
    reference_normalize,
    regions,
    valid_national_number,
)
from tests.phone.spellings import messy_spelling

Input = tuple[str, str]
"""What somebody typed, and the region it is read in."""
Normalize = Callable[[str, str], str | None]

_NORMAL = Target(at_least=3)
_MESSY = Target(at_least=1)


def normalizations(run: Run) -> Iterator[Result]:
    """The same inputs on both sides; Python once gives the same answer, once the least it can."""
    with run.databases.open() as url, open_connection(url) as connection:
        connection.execute("set jit = off")
        connection.execute("set max_parallel_workers_per_gather = 0")
        connection.execute("create temp table input (raw text, region text)")
        for case, inputs, target in _cases(run):
            _load(connection, inputs)
            in_sql, same_answer, least = race(
                [
                    _in_sql(connection),
                    _in_python(reference_normalize, inputs),
                    _in_python(reference_e164, inputs),
                ],
                run.sizes.rounds,
            )
            for baseline, seconds in (
                ("phonenumbers, same answer", same_answer),
                ("phonenumbers, parse and format", least),
            ):
                yield rates(
                    "normalize_phone", case, baseline, len(inputs), in_sql, seconds, target=target
                )


def _cases(run: Run) -> Iterator[tuple[str, list[Input], Target]]:
    """Name, inputs and what is wanted; messy text is what takes the long way."""
    for country, sets in (("one country", _israeli), ("all regions", _of_all)):
        for name, inputs in sets(run.choose, run.sizes.numbers):
            yield f"{country}, {name}", inputs, _NORMAL
    messy = [messy_spelling(run.choose) for _ in range(run.sizes.numbers)]
    yield "messy text", messy, _MESSY
    spellings = [*(inputs for _, inputs in _of_all(run.choose, run.sizes.numbers)), messy]
    mixed = [run.choose.choice(same) for same in zip(*spellings, strict=True)]
    yield "random mixed input", mixed, _NORMAL


def _israeli(choose: random.Random, count: int) -> Iterator[tuple[str, list[Input]]]:
    plan = next(plan for plan in regions() if plan.name == "IL")
    numbers = [valid_national_number(choose, plan) for _ in range(count)]
    yield "national", [(f"0{number}", "IL") for number in numbers]
    yield "+ and digits", [(f"+972{number}", "IL") for number in numbers]
    yield (
        "formatted",
        [(f"0{number[:2]}-{number[2:5]} {number[5:]}", "IL") for number in numbers],
    )


def _of_all(choose: random.Random, count: int) -> Iterator[tuple[str, list[Input]]]:
    numbers = [
        (plan, valid_national_number(choose, plan)) for plan in choose.choices(regions(), k=count)
    ]
    yield (
        "national",
        [((plan.metadata.national_prefix or "") + number, plan.name) for plan, number in numbers],
    )
    yield "+ and digits", [(f"+{plan.calling_code}{number}", "IL") for plan, number in numbers]
    yield "00 and digits", [(f"00{plan.calling_code}{number}", "IL") for plan, number in numbers]
    yield (
        "formatted",
        [(_international(plan.calling_code, number), plan.name) for plan, number in numbers],
    )


def _international(code: int, number: str) -> str:
    text: str = phonenumbers.format_number(
        phonenumbers.parse(f"+{code}{number}"), PhoneNumberFormat.INTERNATIONAL
    )
    return text


def _load(connection: psycopg.Connection[Any], inputs: Sequence[Input]) -> None:
    connection.execute("truncate input")
    with connection.cursor() as cursor, cursor.copy("copy input from stdin") as copy:
        for row in inputs:
            copy.write_row(row)
    connection.execute("analyze input")


def _in_sql(connection: psycopg.Connection[Any]) -> Round:
    query = "select count(onethread.normalize_phone(raw, region)) from input"
    return lambda: timed(lambda: connection.execute(query))


def _in_python(normalize: Normalize, inputs: Sequence[Input]) -> Round:
    return lambda: timed(lambda: [normalize(raw, region) for raw, region in inputs])
