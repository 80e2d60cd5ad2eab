"""Fixtures: a CRM's database as it was before Onethread."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import psycopg
import pytest
from pytest_postgresql import factories
from pytest_postgresql.executors import NoopExecutor

from onethread.schema import migrate
from tests import server
from tests.adoption.sample import SEED, Person, create_sample, make_people
from tests.server import cloned, uri_at

PEOPLE = 150
MESSAGES = 1500


@dataclass
class Crm:
    """A generated CRM database."""

    url: str

    @cached_property
    def people(self) -> list[Person]:
        """Who is in it."""
        return list(make_people(random.Random(SEED), PEOPLE))

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


def load_legacy(**where: Any) -> None:
    """What `legacy` is a copy of."""
    with psycopg.connect(uri_at(where), autocommit=True) as connection:
        create_sample(connection, PEOPLE, MESSAGES)


def load_adopted(**where: Any) -> None:
    """What `adopted` is a copy of."""
    migrate.migrate(uri_at(where), "IL")


legacy_noproc = factories.postgresql_noproc(
    depends_on="postgresql_server", dbname=f"legacy_{server.RUN}", load=[load_legacy]
)
adopted_noproc = factories.postgresql_noproc(
    depends_on="legacy_noproc", dbname=f"adopted_{server.RUN}", load=[load_adopted]
)


@pytest.fixture
def legacy(legacy_noproc: NoopExecutor) -> Iterator[Crm]:
    """A CRM that never heard of Onethread."""
    with cloned(legacy_noproc) as url:
        yield Crm(url)


@pytest.fixture
def adopted(adopted_noproc: NoopExecutor) -> Iterator[Crm]:
    """The same after `onethread migrate --default-region IL`; its messages are not linked yet."""
    with cloned(adopted_noproc) as url:
        yield Crm(url)
