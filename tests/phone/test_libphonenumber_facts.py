"""What libphonenumber's own unit tests say, of the plans that they are about.

Nobody here has written these numbers. Formatting, types and everything else that the SQL does not
do is left out of libphonenumber_facts.json.
"""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest

from phone_generator.metadata import installed_metadata
from phone_generator.prefixes import international_prefix
from phone_generator.render import generated_files
from tests.phone.numbers import numbering_plans
from tests.phone.plans import FOLDER, load_plans, unit_test_metadata

FACTS: dict[str, list[list[Any]]] = json.loads(
    (FOLDER / "libphonenumber_facts.json").read_text("utf-8")
)["facts"]

# Does the SQL say so too? Of text f.a, region or other text f.b, and the answers of the fact.
AGREES = {
    "parse": """
      onethread.phone_parse(f.a, f.b) is not distinct from
        case
          when f.answers[2] = 'unparseable' then null
          when f.answers[2] in ('valid', 'possible')
            then array[f.answers[1], f.answers[2], f.answers[1]]
          else array[null, f.answers[2], f.answers[1]]
        end
    """,
    "possible": """
      (onethread.phone_status(f.a, f.b) in ('valid', 'possible', 'local_only'))::text
        = f.answers[1]
    """,
    "valid": "(onethread.phone_status(f.a, f.b) = 'valid')::text = f.answers[1]",
    "status": "onethread.phone_status(f.a, f.b) = f.answers[1]",
    # Of a number that is possible it says no more.
    "reason": """
      replace(onethread.phone_status(f.a, f.b), 'valid', 'possible') = f.answers[1]
    """,
    "match": """
      case
        when onethread.phone_parse(f.a, null) is null
          or onethread.phone_parse(f.b, null) is null then 'not a number'
        when (onethread.phone_parse(f.a, null))[3] = (onethread.phone_parse(f.b, null))[3]
          then 'exact'
        else 'none'
      end = f.answers[1]
    """,
    "viable": """
      (onethread.phone_is_viable(onethread.phone_fold_digits(f.a)))::text = f.answers[1]
    """,
}


@pytest.fixture
def unit_test_db(phone_db: psycopg.Connection) -> psycopg.Connection:
    """A database whose phone functions know those plans and no others."""
    load_plans(phone_db, unit_test_metadata())
    return phone_db


@pytest.mark.parametrize("question", AGREES)
def test_facts(unit_test_db: psycopg.Connection, question: str) -> None:
    facts = [
        (a, b, [str(answer).lower() if isinstance(answer, bool) else answer for answer in answers])
        for a, b, *answers in FACTS[question]
    ]
    with unit_test_db.cursor() as cursor:
        cursor.execute("create temp table fact (a text, b text, answers text[]) on commit drop")
        cursor.executemany("insert into fact values (%s, %s, %s)", facts)
        wrong = cursor.execute(
            "select f.a, f.b, f.answers, onethread.phone_parse(f.a, f.b), "
            "onethread.phone_parse(f.b, null) "
            f"from fact f where ({AGREES[question]}) is not true"
        ).fetchall()
    assert wrong == []


def test_every_fact_is_asked() -> None:
    assert FACTS.keys() == AGREES.keys()
    assert sum(map(len, FACTS.values())) == 366


def test_plans_are_not_the_installed_ones(unit_test_db: psycopg.Connection) -> None:
    """A number of the unit tests' Singapore, and one of an Israel that they do not have."""
    row = unit_test_db.execute(
        "select onethread.phone_metadata_version(), onethread.phone_status('777777', 'SG'), "
        "onethread.normalize_phone('0501234567', 'IL')"
    ).fetchone()
    assert row == ("0.0.0", "impossible", None)


def test_generator_needs_no_plan_with_a_plain_00() -> None:
    """No long prefix of these plans begins with one; some of the installed ones do."""
    assert generated_files(unit_test_metadata()).keys() == generated_files().keys()
    prefixes = [international_prefix(plan) for plan in numbering_plans().plans]
    assert any(p.has_plain_00 for p in prefixes if p and p.pattern not in ("00", "011"))
    assert installed_metadata().version != unit_test_metadata().version
