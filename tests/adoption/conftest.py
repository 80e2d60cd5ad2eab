"""Fixtures: a CRM's database as it was before Onethread."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from onethread.schema import migrate
from tests.adoption.sample import Person, create_sample
from tests.conftest import clone, drop

PEOPLE = 150
MESSAGES = 1500


@dataclass
class Crm:
    """A generated CRM database and who is in it."""

    url: str
    people: list[Person]

    @property
    def name(self) -> str:
        """The database's name."""
        return str(psycopg.conninfo.conninfo_to_dict(self.url)["dbname"])

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


@pytest.fixture(scope="session")
def legacy_template(server_uri: str) -> Crm:
    """What `legacy` is a copy of."""
    url = clone(server_uri, template="template1")
    with psycopg.connect(url, autocommit=True) as connection:
        return Crm(url, create_sample(connection, PEOPLE, MESSAGES))


@pytest.fixture(scope="session")
def adopted_template(server_uri: str, legacy_template: Crm) -> Crm:
    """What `adopted` is a copy of."""
    url = clone(server_uri, legacy_template.name)
    migrate.migrate(url, "IL")
    return Crm(url, legacy_template.people)


@pytest.fixture
def legacy(server_uri: str, legacy_template: Crm) -> Iterator[Crm]:
    """A CRM that never heard of Onethread."""
    url = clone(server_uri, legacy_template.name)
    yield Crm(url, legacy_template.people)
    drop(server_uri, url)


@pytest.fixture
def adopted(server_uri: str, adopted_template: Crm) -> Iterator[Crm]:
    """The same after `onethread migrate --default-region IL`; its messages are not linked yet."""
    url = clone(server_uri, adopted_template.name)
    yield Crm(url, adopted_template.people)
    drop(server_uri, url)
