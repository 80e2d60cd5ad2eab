"""Behind a pooler that gives each transaction another session, nothing may be left in a session."""

from __future__ import annotations

import pytest

from app.connection import open_connection


@pytest.mark.parametrize(("setting", "is_prepared"), [("off", False), (None, True)])
def test_statements_are_not_prepared_when_told(
    database: str, monkeypatch: pytest.MonkeyPatch, setting: str | None, is_prepared: bool
) -> None:
    if setting is not None:
        monkeypatch.setenv("ONETHREAD_PREPARE", setting)
    with open_connection(database) as connection:
        for _ in range(10):
            connection.execute("select %s::int", [1])
        found = connection.execute("select from pg_prepared_statements").rowcount
    assert bool(found) == is_prepared
