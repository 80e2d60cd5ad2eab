"""docs/reference says what is there, and what it shows runs."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from pytest_postgresql.executors import NoopExecutor

from tests.conftest import Connection
from tests.reference.examples import EXAMPLES, STORY
from tests.reference.render import FOLDER, functions, pages
from tests.server import cloned


@pytest.fixture(scope="module")
def told(postgresql_noproc: NoopExecutor) -> Iterator[Connection]:
    """A database with the story of the examples."""
    with cloned(postgresql_noproc) as uri, psycopg.connect(uri, autocommit=True) as connection:
        connection.execute(STORY)
        yield connection


def test_reference_is_what_make_reference_writes(told: Connection) -> None:
    made = pages(told)
    written = {name: (FOLDER / name).read_text("utf-8") for name in made}
    assert [name for name in made if made[name] != written[name]] == [], "run `make reference`"


def test_every_function_that_programs_call_has_an_example_that_runs(told: Connection) -> None:
    assert sorted(EXAMPLES) == sorted(name for names in functions().values() for name in names)
    for name, example in EXAMPLES.items():
        assert f"onethread.{name}(" in example
        with told.transaction(force_rollback=True):
            told.execute(example)
