"""normalize_phone(), phone_status() and phone_parse() give libphonenumber's answers."""

from __future__ import annotations

import re

import psycopg
import pytest
from phonenumbers import PhoneNumber, phonenumberutil

from phone_generator.metadata import PHONENUMBERS_VERSION
from phone_generator.prefixes import Pattern, international_prefix, national_prefix
from tests.phone.cases import examples, random_digits, random_member
from tests.phone.comparison import disagreements
from tests.phone.numbers import numbering_plans, regions, valid_national_number
from tests.phone.seeded import seeded

FAMILIES = ["nasty", "example", "random", "prefix", "boundary", "short", "code point"]
MINIMUM_ROWS = 250_000


def test_enough_is_compared(compared_cases: dict[str, int]) -> None:
    assert sorted(compared_cases) == sorted(FAMILIES)
    assert sum(compared_cases.values()) >= MINIMUM_ROWS


@pytest.mark.parametrize("family", FAMILIES)
def test_sql_agrees(
    phone_db: psycopg.Connection, compared_cases: dict[str, int], family: str
) -> None:
    random_kinds = phone_db.execute(
        "select distinct kind from phone_case where kind <> all(%s)", (FAMILIES,)
    ).fetchall()
    kinds = [kind for (kind,) in random_kinds] if family == "random" else [family]
    assert disagreements(phone_db, kinds) == []


def test_version_is_that_of_the_reference(phone_db: psycopg.Connection) -> None:
    row = phone_db.execute("select onethread.phone_metadata_version()").fetchone()
    assert row == (PHONENUMBERS_VERSION,)


def test_regions_agree(phone_db: psycopg.Connection) -> None:
    """phone_region() of valid, possible and impossible numbers of every calling code."""
    rng = seeded("regions")
    numbers = [number for _, number in examples()]
    texts = {f"+{number.country_code}{_national(number)}" for number in numbers}
    for plan in regions():
        for _ in range(60):
            texts.add(f"+{plan.calling_code}{valid_national_number(rng, plan)}")
            texts.add(f"+{plan.calling_code}{random_digits(rng, rng.randint(4, 17))}")
    for plan in numbering_plans().plans:
        texts.add(f"+{plan.calling_code}{random_digits(rng, 9)}")
    expected = {text: _region(text) for text in texts}
    rows = phone_db.execute(
        "select t.e164, onethread.phone_region(t.e164) from unnest(%s::text[]) t(e164)",
        (sorted(expected),),
    ).fetchall()
    wrong = [(e164, region, expected[e164]) for e164, region in rows if region != expected[e164]]
    assert wrong == []


def _national(number: PhoneNumber) -> str:
    return phonenumberutil.national_significant_number(number)


def _region(e164: str) -> str | None:
    """The reference's region of a number taken as it is (parsing could change it)."""
    code, national = phonenumberutil._extract_country_code(e164[1:])
    number = PhoneNumber(country_code=code, national_number=int(national))
    phonenumberutil._set_italian_leading_zeros_for_phone_number(national, number)
    return phonenumberutil.region_code_for_number(number)


@pytest.mark.parametrize(
    "text",
    ["", "+", "+1", "+12", "972501234567", "+972 50", "+0123456", "+999123456", "x", "+1" * 9],
)
def test_region_of_other_text_is_null(phone_db: psycopg.Connection, text: str) -> None:
    assert phone_db.execute("select onethread.phone_region(%s)", (text,)).fetchone() == (None,)


def test_prefix_patterns_match_the_same_in_both_engines(phone_db: psycopg.Connection) -> None:
    """PostgreSQL prefers the longest alternative, Python the first: for ours that is the same."""
    rng = seeded("prefix patterns")
    patterns: dict[str, None] = {}
    for plan in numbering_plans().plans:
        national = national_prefix(plan)
        if isinstance(national, Pattern):
            patterns.update(dict.fromkeys(national.alternatives))
        abroad = international_prefix(plan)
        if abroad is not None:
            patterns[abroad.pattern] = None
    short = [str(value).zfill(size) for size in range(1, 5) for value in range(10**size)]
    for pattern in patterns:
        texts = [
            *short,
            *(
                random_member(rng, pattern) + random_digits(rng, rng.randint(0, 12))
                for _ in range(1000)
            ),
        ]
        compiled = re.compile(f"({pattern})")
        expected = [
            [match[0], *match.groups()[1:]] if (match := compiled.match(text)) else None
            for text in texts
        ]
        rows = phone_db.execute(
            "select regexp_match(t.text, %s) from unnest(%s::text[]) with ordinality t(text, n) "
            "order by t.n",
            (f"^({pattern})", texts),
        ).fetchall()
        found = [row[0] for row in rows]
        assert found == expected, pattern
