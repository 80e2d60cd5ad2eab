"""Fixtures of the phone tests: one connection, which keeps nothing but a temporary table."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import psycopg
import pytest

from tests.phone import cases
from tests.phone.comparison import add_cases, create_table
from tests.phone.numbers import regions
from tests.phone.seeded import seeded

SEED = 20260101


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The cases are made once: all tests that read them go to one pytest worker."""
    for item in items:
        if "compared_cases" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("compared_cases"))


@pytest.fixture(scope="session")
def phone_session(worker_database: str) -> Iterator[psycopg.Connection]:
    """A connection to a migrated database. It is in no transaction between two tests: logical
    replication waits for all that are open, in whatever database."""
    with psycopg.connect(worker_database, autocommit=True) as connection:
        connection.execute("set jit = off")
        yield connection


@pytest.fixture
def phone_db(phone_session: psycopg.Connection) -> Iterator[psycopg.Connection]:
    """A connection with the phone functions; what a test does is undone after it."""
    with phone_session.transaction(force_rollback=True):
        yield phone_session


@pytest.fixture(scope="session")
def compared_cases(phone_session: psycopg.Connection) -> dict[str, int]:
    """Fills the table phone_case with the bounded set of cases; returns rows per family."""
    everywhere = [plan.name for plan in regions()]
    families = {
        "nasty": cases.nasty_cases(),
        "example": cases.example_cases(foreign=("IL", "US", "IT")),
        "random": cases.random_cases(SEED, 120_000),
        "prefix": _sampled(cases.prefix_cases(SEED, 1), 0.5),
        "boundary": _sampled(cases.boundary_cases(), 0.25),
        "short": itertools.chain(
            cases.short_cases(2, everywhere), cases.short_cases(3, ["IL", "US", "FI", None])
        ),
        "code point": cases.code_point_cases(step=151),
    }
    create_table(phone_session)
    counts = {name: add_cases(phone_session, family) for name, family in families.items()}
    phone_session.execute("analyze phone_case")
    return counts


def _sampled(source: Iterator[cases.Case], share: float) -> Iterator[cases.Case]:
    rng = seeded(SEED)
    return (case for case in source if rng.random() < share)
