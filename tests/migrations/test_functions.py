"""Functions of earlier versions: what is no longer called must be gone, and nobody may miss it."""

from __future__ import annotations

import re
from pathlib import Path

import psycopg
import pytest

from onethread.errors import OnethreadError
from onethread.schema import migrate, sources
from tests.concurrency.sessions import Connection, create_business, run_until_blocked
from tests.conftest import insert
from tests.sql.query import scalar

DB_DIR = Path(__file__).parents[2] / "db"
DROPS = DB_DIR / "dropped_functions.sql"
SIGNATURES = Path(__file__).with_name("signatures.txt")

_SIGNATURES = """
select p.oid::regprocedure || ' ' || pg_get_function_result(p.oid)
from pg_proc p
where p.pronamespace = to_regnamespace('onethread')
"""


def test_signature_is_kept_or_dropped_when_it_was_ever_there(database: str) -> None:
    """signatures.txt has every function that a version had, with its result."""
    known = set(SIGNATURES.read_text("utf-8").splitlines())
    with psycopg.connect(database) as connection:
        today = _signatures(connection)
        dropped = {
            scalar(connection, "select %s::regprocedure::text", name)
            for name in _create_dropped(connection)
        }
        connection.rollback()
    missing = sorted(today - known)
    assert not missing, f"add to {SIGNATURES.name}: {missing}"
    gone = sorted(line for line in known - today if _name(line) not in dropped)
    assert not gone, f"drop these in {DROPS.name}: {gone}"
    changed = {_name(line) for line in known - today} & {_name(line) for line in today}
    assert not changed, f"a function whose result changes gets another name: {sorted(changed)}"


def test_functions_of_earlier_versions_are_gone_when_migrated(database: str) -> None:
    with psycopg.connect(database) as connection:
        today = _signatures(connection)
        assert len(_create_dropped(connection)) >= 15
        assert _signatures(connection) != today
    migrate.migrate(database)
    with psycopg.connect(database) as connection:
        assert _signatures(connection) == today


def test_writer_is_not_the_victim_when_a_function_goes(database: str) -> None:
    """It holds one of the tables and then wants another, which the loader has already."""
    business_id = create_business(database)
    with psycopg.connect(database) as connection:
        _create_dropped(connection)

    def load(connection: Connection) -> None:
        with connection.transaction():
            sources.load_sources(connection)

    with psycopg.connect(database) as writer:
        writer.execute("insert into lead (business_id) values (%s)", [business_id])

        def go_on() -> None:
            insert(writer, business_id, "inbound", address="0501234567")
            writer.commit()

        assert run_until_blocked(database, load, go_on) == []
    with psycopg.connect(database) as connection:
        assert not _is_left_over(connection)
        assert connection.execute("select count(*) from whatsapp_message").fetchone() == (1,)


def test_nothing_is_loaded_when_a_writer_stays(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("onethread.schema.sources._LOCK_ATTEMPTS", 1)
    business_id = create_business(database)
    with psycopg.connect(database) as connection:
        _create_dropped(connection)
    with psycopg.connect(database) as writer:
        insert(writer, business_id, "inbound", address="0501234567")
        with pytest.raises(OnethreadError, match="still open"):
            migrate.migrate(database)
        writer.commit()
    with psycopg.connect(database) as connection:
        assert _is_left_over(connection)
    migrate.migrate(database)
    with psycopg.connect(database) as connection:
        assert not _is_left_over(connection)


def _signatures(connection: Connection) -> set[str]:
    return {row[0] for row in connection.execute(_SIGNATURES)}


def _name(line: str) -> str:
    """Name and parameter types of a line of signatures.txt."""
    return line.partition(") ")[0] + ")"


def _create_dropped(connection: Connection) -> list[str]:
    """Makes what dropped_functions.sql drops; returns the names with parameter types."""
    text = re.sub(r"--.*", "", DROPS.read_text("utf-8"))
    names = re.findall(r"drop function if exists (public\.\w+\([^;]*\));", text)
    for name in names:
        connection.execute(f"create function {name} returns boolean return true")
    return names


def _is_left_over(connection: Connection) -> bool:
    query = "select to_regprocedure('onethread.apply_pending_evidence(bigint)') is not null"
    return bool(scalar(connection, query))
