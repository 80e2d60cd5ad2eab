"""Fixtures: a server to break, one a worker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import server
from tests.faults.server import FragileServer, run_fragile_server


@pytest.fixture(scope="session")
def fragile() -> Iterator[FragileServer]:
    """A server that only this worker uses."""
    if not server.is_available():
        pytest.skip(f"PostgreSQL {server.VERSION} is not installed")
    with run_fragile_server() as fragile:
        yield fragile
