"""A database of an earlier version, with people in it, is brought to this one.

tests/fixtures/upgrade/migration_0014.sql.gz is a `pg_dump --no-owner --inserts` of one that had 14
migrations and the functions of that day: on PostgreSQL 15, with eleven messages of seven people,
one of whom is a group, a merge by hand, an answer that waits, and copies that were joined then.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from onethread.schema import migrate
from tests.conftest import Connection, insert
from tests.sql.query import rows, scalar

OLD = Path(__file__).parents[1] / "fixtures" / "upgrade" / "migration_0014.sql.gz"

_COLUMNS = (
    "select c.relname::text as name, "
    "array_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod) order by a.attnum) "
    "as columns "
    "from pg_class c inner join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 "
    "where c.relnamespace = 'public'::regnamespace and c.relkind = 'v' group by c.relname"
)


@pytest.fixture
def old(empty_database: str, postgresql_noproc: Any) -> str:
    """The earlier version's database; the roles are the server's, and there."""
    with psycopg.connect(empty_database, autocommit=True) as connection:
        connection.execute(gzip.decompress(OLD.read_bytes()))
    return empty_database


def _by_sql(url: str) -> None:
    """As an SQL editor does."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(migrate.sql_file(None).encode())


@pytest.mark.parametrize("load", [migrate.migrate, _by_sql])
def test_people_and_views_stay_when_an_earlier_version_is_upgraded(
    old: str, load: Callable[[str], object]
) -> None:
    with psycopg.connect(old, autocommit=True) as connection:
        columns = _read_columns(connection)
        threads = _read_threads(connection)
    assert len(threads) == 11
    load(old)

    with psycopg.connect(old, autocommit=True) as connection:
        assert _read_threads(connection) == threads
        assert rows(connection, "select * from thread_integrity") == []
        after = _read_columns(connection)
        # A program that reads a view by position, or a view of its own on it, goes on.
        assert {name: after[name][: len(each)] for name, each in columns.items()} == columns
        written = insert(connection, 1, "inbound", address="876000000000001@lid")
        assert written.conversation_id == threads[1]
        claimed = rows(
            connection, "select * from onethread.claim_queued_messages(1, 5, interval '1 minute')"
        )
        assert [row.body for row in claimed] == ["hello"]
        merge_id = scalar(
            connection,
            "select id from onethread.whatsapp_conversation_merge "
            "where undone_at is null and reason = 'by hand'",
        )
        connection.execute("select onethread.undo_merge(1, %s)", [merge_id])
        assert rows(connection, "select * from thread_integrity") == []
    assert migrate.migrate(old) == []


def _read_threads(connection: Connection) -> dict[int, int]:
    found = rows(connection, "select id, conversation_id from whatsapp_message order by id")
    return {row.id: row.conversation_id for row in found}


def _read_columns(connection: Connection) -> dict[str, list[str]]:
    return {row.name: row.columns for row in rows(connection, _COLUMNS)}
