"""`onethread migrate --sql`: all of Onethread as one statement, for an SQL editor."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import psycopg
import pytest

from onethread import cli
from onethread.database import version
from onethread.schema import migrate
from tests.adoption.crm import Crm
from tests.adoption.test_collisions import relations
from tests.conftest import insert
from tests.migrations.test_migrations import dump_schema
from tests.sql import privileges


@pytest.fixture(scope="module")
def statement() -> str:
    """What the command prints."""
    return migrate.sql_file(None)


def run_sql(url: str, statement: str) -> None:
    """As an SQL editor does: all of it at once, by the simple protocol."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


def dump(url: str) -> str:
    """The schema, whoever owns it."""
    return re.sub(r"(?m)^(ALTER .* OWNER TO .*|-- .*)\n", "", dump_schema(url))


def ledger(url: str) -> list[Any]:
    """What was loaded, and which migrations yoyo has marked."""
    with psycopg.connect(url) as connection:
        return connection.execute(
            "select name, sha256, signature from onethread.source "
            "union all select 'yoyo ' || migration_id, migration_hash, null from _yoyo_migration "
            "order by 1"
        ).fetchall()


def test_database_is_what_migrate_makes_when_no_superuser_runs_it(
    database: str, empty_database: str, plain_owner: str, statement: str
) -> None:
    run_sql(plain_owner, statement)
    once = dump(plain_owner)
    assert once == dump(database)
    assert ledger(plain_owner) == ledger(database)
    run_sql(plain_owner, statement)
    assert dump(plain_owner) == once
    assert migrate.migrate(plain_owner) == []
    assert dump(plain_owner) == once
    with psycopg.connect(plain_owner, autocommit=True) as mine, psycopg.connect(database) as other:
        version.check_schema(mine)
        assert privileges.render(mine) == privileges.render(other)
        mine.execute("insert into business (name, default_region) values ('Clinic', 'IL')")
        assert insert(mine, 1, "in", address="054-1112223").conversation_id is not None


def test_file_can_be_sent_to_an_editor_when_it_is_printed(statement: str) -> None:
    """Editors take a megabyte, as JSON; comments are all that is outside of the one statement."""
    assert len(json.dumps(statement)) < 1_000_000
    assert statement.isascii()
    outside = re.sub(r"(?s)do \$onethread\$.*\$onethread\$;|/\*.*\*/|--[^\n]*", "", statement)
    assert outside.strip() == ""


def _change_everything(db: Path) -> None:
    """A later version: each way in which what is loaded can differ."""
    functions, views = db / "functions", db / "views"

    def edit(path: Path, *changes: tuple[str, str]) -> None:
        text = path.read_text("utf-8")
        for old, new in changes:
            assert old in text, (path, old)
            text = text.replace(old, new)
        path.write_text(text, "utf-8")

    (db / "migrations" / "onethread_0999_more.sql").write_text(
        f"-- depends: {max(path.stem for path in (db / 'migrations').glob('*.sql'))}\n"
        "create table onethread.more (id bigint);\n"
        "do $$\nbegin\n  perform onethread.revoke_from_others('table', 'onethread.more');\n"
        "end;\n$$;\n",
        "utf-8",
    )
    # Another parameter, in a function that a view calls; a view by itself; one that goes.
    (functions / "extra.sql").write_text(
        "-- New.\ncreate or replace function onethread.extra() returns int language sql immutable "
        "security definer set search_path = pg_catalog as $$select 1$$;\n",
        "utf-8",
    )
    open_time = next(functions.rglob("open_time.sql"))
    edit(open_time, ("bigint", "numeric"))
    (views / "crm_unanswered.sql").unlink()
    for path in (db / "access").glob("*.sql"):
        path.write_text(path.read_text("utf-8").replace("  public.crm_unanswered,\n", ""), "utf-8")
    # A trigger under another name, and its function.
    function = next(functions.rglob("stamp_change_trigger.sql"))
    trigger = db / "triggers" / "zzz_onethread_message_30_stamp.sql"
    edit(function, ("stamp_change_trigger", "mark_change"))
    edit(trigger, ("stamp_change_trigger", "mark_change"), ("30_stamp", "31_mark"))
    function.rename(function.with_name("mark_change.sql"))
    trigger.rename(trigger.with_name("zzz_onethread_message_31_mark.sql"))
    # What it returns.
    edit(next(functions.rglob("phone_metadata_version.sql")), ("returns text", "returns varchar"))


def test_database_is_what_migrate_makes_when_a_newer_file_upgrades_it(
    database: str, second_database: str, db_copy: Path
) -> None:
    _change_everything(db_copy)
    run_sql(database, migrate.sql_file(None))
    migrate.migrate(second_database)
    assert dump(database) == dump(second_database)
    assert ledger(database) == ledger(second_database)
    assert migrate.migrate(database) == []


def test_database_is_as_before_when_the_file_fails(
    database: str, empty_database: str, db_copy: Path
) -> None:
    (db_copy / "triggers" / "zzz_onethread_message_30_stamp.sql").write_text(
        "create or replace trigger zzz_onethread_message_30_stamp\n"
        "before update on public.whatsapp_message\nfor each row\n"
        "execute function onethread.none();\n",
        "utf-8",
    )
    broken = migrate.sql_file(None)
    for url in (database, empty_database):
        before = relations(url)
        with pytest.raises(psycopg.errors.UndefinedFunction):
            run_sql(url, broken)
        assert relations(url) == before


@pytest.mark.parametrize(
    ("setup", "message"),
    [
        ("create view crm_unanswered as select 1 as a", "view public.crm_unanswered"),
        ("create table lead (id int)", "Run `onethread migrate`"),
        ("revoke create on schema public from public, pg_database_owner", "grant create"),
    ],
)
def test_nothing_is_changed_when_something_is_in_the_way(
    empty_database: str, plain_owner: str, statement: str, setup: str, message: str
) -> None:
    with psycopg.connect(empty_database, autocommit=True) as connection:
        connection.execute(setup.encode())
    before = relations(empty_database)
    with pytest.raises(psycopg.Error, match=re.escape(message)):
        run_sql(plain_owner, statement)
    assert relations(empty_database) == before


def test_nothing_is_changed_when_the_database_is_newer(database: str, statement: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "insert into _yoyo_migration values ('x', 'onethread_9999_later', now())"
        )
    with pytest.raises(psycopg.Error, match="onethread_9999_later"):
        run_sql(database, statement)


def test_adopted_tables_are_left_to_migrate_when_a_migration_is_missing(
    adopted: Crm, statement: str, db_copy: Path
) -> None:
    """The functions may come from the file, what changes tables in use may not."""
    run_sql(adopted.url, statement)
    _change_everything(db_copy)
    before = relations(adopted.url)
    with pytest.raises(psycopg.Error, match="Run `onethread migrate`"):
        run_sql(adopted.url, migrate.sql_file(None))
    assert relations(adopted.url) == before


_INSERT = (
    "insert into whatsapp_message (direction, {side}) values (%s, %s) "
    "returning business_id, conversation_id"
)


@pytest.mark.parametrize("is_file", [False, True])
def test_writer_need_not_name_the_business_when_it_is_the_only_one(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    is_file: bool,
) -> None:
    url = str(request.getfixturevalue("empty_database" if is_file else "database"))
    monkeypatch.setenv("DATABASE_URL", url)
    command = ["migrate", "--single", "Clínica d'Ouro", "--region", "br"]
    for _ in range(2):
        assert cli.main([*command, "--sql"] if is_file else command) == 0
        printed = capsys.readouterr().out
        if is_file:
            run_sql(url, printed)
    with psycopg.connect(url, autocommit=True) as connection:
        version.check_schema(connection)
        assert connection.execute("select id, name, default_region from business").fetchall() == [
            (1, "Clínica d'Ouro", "BR")
        ]
        connection.execute("insert into lead (phone) values ('(31) 98888-7777')")
        received = connection.execute(
            _INSERT.format(side="from_number"), ["in", "5531988887777@s.whatsapp.net"]
        ).fetchone()
        sent = connection.execute(
            _INSERT.format(side="to_number"), ["out", "31 98888 7777"]
        ).fetchone()
        assert received is not None and received[0] == 1 and received[1] is not None
        assert sent == received
        # The next business is 2.
        assert connection.execute(
            "insert into business (name) values ('x') returning id"
        ).fetchone() == (2,)
    assert cli.main(command) == 1
    assert "there are several businesses: 1, 2" in capsys.readouterr().err


def test_pending_evidence_is_applied_when_pg_cron_runs_what_the_file_says(
    database: str, statement: str
) -> None:
    [job] = re.findall(r"(?s)\$cron\$\n(.*?)\n\$cron\$", statement)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("insert into business (name, default_region) values ('Clinic', 'IL')")
        first, second = (
            insert(connection, 1, "in", address=address)
            for address in ("0541112223", "876019134910105@lid")
        )
        assert first.conversation_id != second.conversation_id
        with psycopg.connect(database) as holder:
            holder.execute("select from whatsapp_conversation for update")
            connection.execute(
                "insert into whatsapp_identity_evidence (business_id, a, b, relation) "
                "values (1, '0541112223', '876019134910105@lid', 'same')"
            )
            holder.rollback()
        count = "select count(distinct conversation_id) from whatsapp_message"
        assert connection.execute(count).fetchone() == (2,)
        connection.execute(job.encode())
        assert connection.execute(count).fetchone() == (1,)
