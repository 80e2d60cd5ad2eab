"""Whatever happens to the people of a business, in whatever order: thread_integrity is empty after.

ONETHREAD_HISTORIES sets how many histories are tried, without a limit of time; unless told, some
hundred, as many as fit into half a minute of the server's own time.
"""

from __future__ import annotations

import os

import psycopg
import pytest

from tests.backend import backend_seconds
from tests.conftest import Connection
from tests.sql.histories import History

LENGTH = 18


@pytest.mark.slow
def test_integrity_is_empty_when_anything_happened_to_anybody(connection: Connection) -> None:
    told = os.environ.get("ONETHREAD_HISTORIES")
    histories = int(told or 300)
    started = backend_seconds(connection)
    for seed in range(histories):
        with connection.transaction() as transaction:
            history = History(connection, seed)
            history.run(LENGTH)
            assert history.violations() == [], (seed, history.steps)
            raise psycopg.Rollback(transaction)
        if told is None and backend_seconds(connection) - started > 30:
            break
    assert seed >= min(histories, 100) - 1
