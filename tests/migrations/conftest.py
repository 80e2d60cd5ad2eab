"""Fixtures: who migrates."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tests.conftest import add_login


@pytest.fixture
def plain_owner(empty_database: str) -> Iterator[str]:
    """An empty database of a role that may not create roles."""
    name = psycopg.conninfo.conninfo_to_dict(empty_database)["dbname"]
    role = f"owner_{name}"
    with psycopg.connect(empty_database, autocommit=True) as connection:
        add_login(connection, role)
        connection.execute(f"alter database {name} owner to {role}")
    yield psycopg.conninfo.make_conninfo(empty_database, user=role)
