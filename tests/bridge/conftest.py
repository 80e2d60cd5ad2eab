"""One database of Evolution API's tables with its bridge, for all tests that leave it whole."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_postgresql.executors import NoopExecutor

from tests.bridge.site import Site, open_site
from tests.server import cloned


@pytest.fixture(scope="module")
def evolution(postgresql_noproc: NoopExecutor) -> Iterator[Site]:
    """The bridge is in place, what was there before is read."""
    with cloned(postgresql_noproc) as url, open_site(url, "evolution") as site:
        site.apply()
        site.catch_up()
        yield site


@pytest.fixture
def site(evolution: Site) -> Iterator[Site]:
    """The same; whatever failed in the test is forgotten."""
    yield evolution
    evolution.run("truncate onethread_bridge.failure")
