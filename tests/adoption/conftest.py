"""Fixtures: a CRM's database as it was before Onethread."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from app import migrate
from app.adoption.sample import Person, create_sample

PEOPLE = 150
MESSAGES = 1500


@dataclass
class Crm:
    """A generated CRM database and who is in it."""

    url: str
    people: list[Person]

    def connect(self, **options: Any) -> psycopg.Connection[Any]:
        """An autocommit session."""
        return psycopg.connect(self.url, autocommit=True, **options)

    def rows(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Rows of a query in a session of its own."""
        with self.connect() as connection:
            return connection.execute(query, parameters or None).fetchall()

    def value(self, query: str, *parameters: Any) -> Any:
        """The first column of the first row."""
        return self.rows(query, *parameters)[0][0]


@pytest.fixture
def legacy(empty_database: str) -> Iterator[Crm]:
    """A CRM that never heard of Onethread."""
    with psycopg.connect(empty_database, autocommit=True) as connection:
        people = create_sample(connection, PEOPLE, MESSAGES)
    yield Crm(empty_database, people)


@pytest.fixture
def adopted(legacy: Crm) -> Crm:
    """The same after `onethread migrate --default-region IL`; its messages are not linked yet."""
    migrate.migrate(legacy.url, "IL")
    return legacy
