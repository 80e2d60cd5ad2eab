"""Fixtures: one cluster for all tests, and businesses of a test's own on each server."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import psycopg
import pytest

import onethread
from onethread.database.business import add_business
from onethread.database.config import shard_names
from tests.conftest import Connection
from tests.shards.running import NAMES, Running, missing, run_cluster


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker has the cluster."""
    for item in items:
        if "/shards/" in str(item.path):
            item.add_marker(pytest.mark.xdist_group("shards"))


@pytest.fixture(scope="session")
def running() -> Iterator[Running]:
    """The cluster."""
    if reason := missing():
        pytest.skip(reason)
    with run_cluster() as running:
        yield running


SetShards = Callable[..., None]
"""Says which shards there are, as a program is told when it starts; none: it is one server."""


@pytest.fixture
def set_shards(monkeypatch: pytest.MonkeyPatch) -> Iterator[SetShards]:
    """Sets ONETHREAD_SHARDS, which a program reads once."""

    def set_to(*names: str) -> None:
        monkeypatch.setenv("ONETHREAD_SHARDS", " ".join(names))
        shard_names.cache_clear()

    yield set_to
    shard_names.cache_clear()


@pytest.fixture(autouse=True)
def environment(running: Running, monkeypatch: pytest.MonkeyPatch, set_shards: SetShards) -> None:
    """As programs on a cluster have it."""
    monkeypatch.setenv("DATABASE_URL", running.router())
    set_shards(*NAMES)


@pytest.fixture
def session(running: Running) -> Iterator[Connection]:
    """The package's connection, by the router."""
    with onethread.connect() as connection:
        yield connection


@pytest.fixture
def plain(running: Running) -> Iterator[Connection]:
    """A plain writer's, by the router."""
    with psycopg.connect(
        running.router(), autocommit=True, cursor_factory=psycopg.ClientCursor
    ) as connection:
        yield connection


@pytest.fixture
def businesses(session: Connection) -> dict[str, int]:
    """A new business on each server, by its name."""
    return {name: add_business(session, f"Clinic of {name}", "IL", [], name) for name in NAMES}
