"""The measurement runs, and leaves nothing behind."""

from __future__ import annotations

import psycopg

from app.throughput import measure


def test_every_way_is_measured_when_run(empty_database: str) -> None:
    rates = list(measure(empty_database, messages=12, people=4))
    assert [rate.messages for rate in rates] == [12] * 4
    assert all(rate.per_second > 0 for rate in rates)
    with psycopg.connect(empty_database) as connection:
        query = "select from pg_database where datname ~ '^onethread_throughput'"
        assert connection.execute(query).fetchall() == []
