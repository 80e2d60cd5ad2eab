"""normalize_phone(), phone_status() and phone_parse() give libphonenumber's answers."""

from __future__ import annotations

import re

import psycopg
import pytest

from phone_generator.metadata import PHONENUMBERS_VERSION
from phone_generator.prefixes import Pattern, international_prefix, national_prefix
from tests.phone.cases import random_digits, random_member
from tests.phone.comparison import disagreements
from tests.phone.numbers import numbering_plans
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
