"""normalize_phone() beside Python's phonenumbers: one statement over a table against a loop."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import phonenumbers
import psycopg
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult

from app.bench.people import Person, Population
from app.bench.report import Result, Target, rates
from app.bench.rounds import Round, race, timed
from app.bench.run import Run
from app.connection import open_connection

Input = tuple[str, str]
"""What somebody typed, and the region it is read in."""
Normalize = Callable[[str, str], str | None]

_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")  # noqa: RUF001
_MESSY = (
    "tel:{}",
    "{} ext. 12",
    "mobile: {}",
    "({})",
    "\u200e{}\u00a0",
    "{} / {}",
)


def normalizations(run: Run) -> Iterator[Result]:
    """The same inputs on both sides; Python once gives the same answer, once the least it can."""
    with run.databases.open() as url, open_connection(url) as connection:
        connection.execute("create temp table input (raw text, region text)")
        for case, inputs, least in _cases(run, connection):
            _load(connection, inputs)
            for baseline, normalize in (
                ("phonenumbers, same answer", normalize_in_python),
                ("phonenumbers, parse and format", parse_in_python),
            ):
                yield rates(
                    "normalize_phone",
                    case,
                    baseline,
                    len(inputs),
                    *race(
                        [_in_sql(connection), _in_python(normalize, inputs)],
                        run.sizes.rounds,
                    ),
                    target=Target(at_least=least),
                )


def normalize_in_python(raw: str, region: str) -> str | None:
    """What normalize_phone() answers."""
    try:
        number = phonenumbers.parse(raw, region)
    except NumberParseException:
        return None
    if (
        phonenumbers.is_valid_number(number)
        or phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE
    ):
        return phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return None


def parse_in_python(raw: str, region: str) -> str | None:
    """Whatever comes out, valid or not."""
    try:
        number = phonenumbers.parse(raw, region)
    except NumberParseException:
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def _cases(
    run: Run, connection: psycopg.Connection[Any]
) -> Iterator[tuple[str, list[Input], float]]:
    """Name, inputs, and the ratio that is wanted."""
    for name, regions in (("one country", 1), ("200 regions", 200)):
        people = Population(connection, regions).take(run.sizes.numbers)
        yield f"{name}, national", _spell(people, "national"), 3
        yield f"{name}, + and digits", _spell(people, "e164"), 3
    yield "messy text", [_mess_up(person, run.choose.choice(_MESSY)) for person in people], 1


def _spell(people: Sequence[Person], spelling: str) -> list[Input]:
    return [(person.address(spelling), person.region) for person in people]


def _mess_up(person: Person, pattern: str) -> Input:
    text = person.address("national")
    if person.number % 3 == 0:
        text = text.translate(_FULL_WIDTH)
    return pattern.format(text, "+972 50-123-4567"), person.region


def _load(connection: psycopg.Connection[Any], inputs: Sequence[Input]) -> None:
    connection.execute("truncate input")
    with connection.cursor() as cursor, cursor.copy("copy input from stdin") as copy:
        for row in inputs:
            copy.write_row(row)


def _in_sql(connection: psycopg.Connection[Any]) -> Round:
    query = "select count(public.normalize_phone(raw, region)) from input"
    return lambda: timed(lambda: connection.execute(query))


def _in_python(normalize: Normalize, inputs: Sequence[Input]) -> Round:
    return lambda: timed(lambda: [normalize(raw, region) for raw, region in inputs])
