"""What is loaded, by name: a source that is gone takes its object along, and nobody may miss it."""

from __future__ import annotations

import re
from pathlib import Path

import psycopg
import pytest

from onethread.database import version
from onethread.errors import OnethreadError
from onethread.schema import loading, migrate
from tests.concurrency.sessions import Connection, create_business, run_until_blocked
from tests.conftest import insert
from tests.sql.query import scalar

_EXTRA = """
create or replace function onethread.extra({parameters})
returns bigint
language sql
as 'select 1::bigint';
"""


def test_ledger_has_every_function_when_loaded(connection: Connection) -> None:
    """By a signature that leads to it whatever the search_path, and no other function is there."""
    connection.execute("set local search_path = pg_temp")
    missing = connection.execute(
        "select p.oid::regprocedure from pg_proc p "
        "full join onethread.source s on to_regprocedure(s.signature) = p.oid "
        "where (p.pronamespace = 'onethread'::regnamespace and s.name is null) "
        "or (s.name like 'functions/%' and s.name <> 'functions/' || p.proname) "
        "or (s.name like 'functions/%' and p.oid is null)"
    ).fetchall()
    assert missing == []


def test_function_is_gone_when_its_file_is(database: str, db_copy: Path) -> None:
    file = _write(db_copy, "p_id bigint, p_address onethread.whatsapp_address")
    migrate.migrate(database)
    assert _extras(database) == ["onethread.extra(bigint,onethread.whatsapp_address)"]
    file.unlink()
    with psycopg.connect(database, autocommit=True) as connection:
        assert version.list_outdated(connection) == ["functions/extra"]
    migrate.migrate(database)
    assert _extras(database) == []


def test_function_is_one_when_its_parameters_changed(database: str, db_copy: Path) -> None:
    """The old one beside it would make calls ambiguous."""
    _write(db_copy, "p_id bigint")
    migrate.migrate(database)
    _write(db_copy, "p_id bigint, p_limit int default 1")
    migrate.migrate(database)
    assert _extras(database) == ["onethread.extra(bigint,integer)"]
    assert migrate.migrate(database) == []
    assert _extras(database) == ["onethread.extra(bigint,integer)"]


def test_function_is_one_when_what_it_returns_changed(database: str, db_copy: Path) -> None:
    """PostgreSQL replaces no function by one with other columns."""
    file = _write(db_copy, "p_id bigint")
    migrate.migrate(database)
    text = file.read_text("utf-8").replace("p_id bigint", "p_id bigint, out one int, out two int")
    text = text.replace("returns bigint", "returns record").replace("1::bigint", "1, 2")
    file.write_text(text, "utf-8")
    migrate.migrate(database)
    assert _extras(database) == ["onethread.extra(bigint)"]
    assert migrate.migrate(database) == []


def test_views_call_the_new_function_when_a_parameter_has_another_name(
    database: str, db_copy: Path
) -> None:
    """Nor by one whose parameters are called otherwise."""
    file = next((db_copy / "functions").rglob("open_time.sql"))
    file.write_text(file.read_text("utf-8").replace("p_business_id", "p_tenant_id"), "utf-8")
    migrate.migrate(database)
    with psycopg.connect(database) as connection:
        names = connection.execute(
            "select p.proargnames[1] from pg_proc p where p.proname ~ '^open_time'"
        ).fetchall()
        assert names == [("p_tenant_id",)]
        connection.execute("select * from crm_response_time")


def test_views_call_the_new_function_when_its_parameters_changed(
    database: str, db_copy: Path
) -> None:
    """Their text is the same; the old function would be held by them."""
    file = next((db_copy / "functions").rglob("open_time.sql"))
    text = file.read_text("utf-8").replace(
        "timestamptz\n)", "timestamptz,\n  p_more int default 0\n)"
    )
    file.write_text(re.sub("(?s)\ncomment on .*", "", text), "utf-8")
    migrate.migrate(database)
    with psycopg.connect(database) as connection:
        names = connection.execute(
            "select p.oid::regprocedure::text from pg_proc p where p.proname = 'open_time'"
        ).fetchall()
        assert [name.count(",") for (name,) in names] == [3]
        connection.execute("select * from crm_response_time")


def test_nothing_changes_when_a_file_moves_to_another_room(database: str, db_copy: Path) -> None:
    file = next((db_copy / "functions").rglob("find_thread.sql"))
    (db_copy / "functions" / "elsewhere").mkdir()
    file.rename(db_copy / "functions" / "elsewhere" / file.name)
    with psycopg.connect(database, autocommit=True) as connection:
        version.check_schema(connection)
        oid = "select 'onethread.find_thread'::regproc::oid"
        before = scalar(connection, oid)
        migrate.migrate(database)
        assert scalar(connection, oid) == before


def test_two_files_of_one_name_are_refused_when_loaded(database: str, db_copy: Path) -> None:
    (db_copy / "functions" / "find_thread.sql").write_text("select 1;", "utf-8")
    with pytest.raises(OnethreadError, match=r"two files of db/functions .* find_thread\.sql"):
        migrate.migrate(database)


@pytest.mark.parametrize("text", [_EXTRA.format(parameters=""), "select 1;"])
def test_file_is_refused_when_its_function_has_another_name(
    database: str, db_copy: Path, text: str
) -> None:
    (db_copy / "functions" / "other.sql").write_text(text, "utf-8")
    with pytest.raises(OnethreadError, match="other"):
        migrate.migrate(database)
    assert _extras(database) == []


def test_old_view_and_trigger_are_gone_when_their_files_are(database: str, db_copy: Path) -> None:
    """A trigger under another name is there before the old one goes, and its function last."""
    function = next((db_copy / "functions").rglob("stamp_change_trigger.sql"))
    trigger = db_copy / "triggers" / "zzz_onethread_message_30_stamp.sql"
    for file, old, new in (
        (function, "stamp_change_trigger", "mark_change"),
        (trigger, "stamp_change_trigger", "mark_change"),
    ):
        file.write_text(file.read_text("utf-8").replace(old, new), "utf-8")
    function.rename(function.with_name("mark_change.sql"))
    text = trigger.read_text("utf-8").replace("30_stamp", "31_mark")
    trigger.with_name("zzz_onethread_message_31_mark.sql").write_text(text, "utf-8")
    trigger.unlink()
    (db_copy / "views" / "crm_unanswered.sql").unlink()
    for path in (db_copy / "access").glob("*.sql"):
        text = path.read_text("utf-8").replace("  public.crm_unanswered,\n", "")
        path.write_text(text, "utf-8")
    migrate.migrate(database)
    with psycopg.connect(database) as connection:
        triggers = connection.execute(
            "select tgname from pg_trigger where tgname ~ 'message_3' order by 1"
        ).fetchall()
        assert triggers == [("zzz_onethread_message_31_mark",)]
        assert scalar(connection, "select to_regproc('onethread.stamp_change_trigger') is null")
        assert scalar(connection, "select to_regclass('public.crm_unanswered') is null")
        version.check_schema(connection)


def test_writer_is_not_the_victim_when_a_function_goes(database: str, db_copy: Path) -> None:
    """It holds one of the tables and then wants another, which the loader has already."""
    business_id = create_business(database)
    file = _write(db_copy, "")
    migrate.migrate(database)
    file.unlink()

    def load(connection: Connection) -> None:
        with connection.transaction():
            loading.load_sources(connection)

    with psycopg.connect(database) as writer:
        writer.execute("insert into lead (business_id) values (%s)", [business_id])

        def go_on() -> None:
            insert(writer, business_id, "inbound", address="0501234567")
            writer.commit()

        assert run_until_blocked(database, load, go_on) == []
    assert _extras(database) == []
    with psycopg.connect(database) as connection:
        assert connection.execute("select count(*) from whatsapp_message").fetchone() == (1,)


def test_nothing_is_loaded_when_a_writer_stays(
    database: str, db_copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("onethread.schema.loading._LOCK_ATTEMPTS", 1)
    business_id = create_business(database)
    file = _write(db_copy, "")
    migrate.migrate(database)
    file.unlink()
    with psycopg.connect(database) as writer:
        insert(writer, business_id, "inbound", address="0501234567")
        with pytest.raises(OnethreadError, match="still open"):
            migrate.migrate(database)
        writer.commit()
    assert _extras(database) != []
    migrate.migrate(database)
    assert _extras(database) == []


def _write(db_copy: Path, parameters: str) -> Path:
    file = db_copy / "functions" / "inbox" / "extra.sql"
    file.write_text(_EXTRA.format(parameters=parameters), "utf-8")
    return file


def _extras(database: str) -> list[str]:
    with psycopg.connect(database, options="-c search_path=pg_catalog") as connection:
        return [
            row[0]
            for row in connection.execute(
                "select p.oid::regprocedure::text from pg_proc p where p.proname = 'extra'"
            )
        ]
