"""One arena for each worker; attacks are committed, the victim is compared after each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_postgresql.executors import NoopExecutor

from onethread.schema.text_index import create_text_index
from tests.conftest import Connection
from tests.security.arena import Arena, build
from tests.server import cloned


@pytest.fixture(scope="session")
def shared_arena(postgresql_noproc: NoopExecutor) -> Iterator[Arena]:
    """The arena of this worker."""
    with cloned(postgresql_noproc) as uri:
        arena = build(uri)
        yield arena
        arena.owner.close()


@pytest.fixture(scope="module")
def analyzed_arena(postgresql_noproc: NoopExecutor) -> Iterator[Arena]:
    """Another one, with the full text index, and with statistics.

    They count everybody's rows, and may be worth stealing.

    Plans differ with them by how much a business has: there even two harmless calls can differ in
    which of two errors comes first.
    """
    with cloned(postgresql_noproc) as uri:
        arena = build(uri)
        create_text_index(arena.owner)
        arena.owner.execute("analyze")
        with arena.untouched():
            yield arena
        arena.owner.close()


@pytest.fixture
def arena(shared_arena: Arena, request: pytest.FixtureRequest) -> Iterator[Arena]:
    """The arena, in which nothing of the victim's may change during the test."""
    before = shared_arena.attempts
    with shared_arena.untouched():
        yield shared_arena
    request.node.user_properties.append(("attacks", shared_arena.attempts - before))


@pytest.fixture
def attacker(arena: Arena) -> Iterator[Connection]:
    """The attacker with all three groups."""
    with arena.login("all") as connection:
        yield connection
