"""A CRM that has the names that Onethread gives: what it has stays as it is, whatever happens."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from onethread.cli import main
from onethread.database.config import DB_DIR
from onethread.errors import OnethreadError
from onethread.schema import migrate
from onethread.schema.adoption.uninstall import uninstall
from tests.adoption.crm import Crm

# How many migrations are ours.
OURS = len(list((DB_DIR / "migrations").glob("*.sql")))

# A CRM's own, under names that Onethread uses in its own schema.
_THEIRS = """
create function normalize_phone(raw text, default_region text) returns text
  language sql immutable as $$select 'own:' || default_region || raw$$;
create function mark_read(message_id bigint) returns text language sql as $$select 'own'$$;
create function search_messages(words text) returns text language sql as $$select 'own'$$;
create table customer (
  id int, phone text, read_phone text generated always as (normalize_phone(phone, 'IL')) stored);
insert into customer values (1, '0501234567');
create table business_hour (a int);
insert into business_hour values (7);
create type erasure as enum ('own');
"""

_VIEW = "create view crm_conversation as select a from business_hour;"

# Definitions, rights and data of all of it, and of whatever else is not Onethread's.
_STATE = """
select p.oid::text, pg_get_functiondef(p.oid), p.proacl::text
from pg_proc p where p.pronamespace = 'public'::regnamespace
union all
select c.oid::text, c.relname || coalesce(pg_get_viewdef(c.oid), ''), c.relacl::text
from pg_class c
where c.oid in (to_regclass('customer'), to_regclass('business_hour'))
  -- The CRM's, not the one that Onethread makes.
  or (c.oid = to_regclass('crm_conversation') and pg_get_viewdef(c.oid) ~ 'business_hour')
union all
select a.attrelid::text, a.attname || a.atttypid::regtype, pg_get_expr(d.adbin, d.adrelid)
from pg_attribute a
left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
where a.attrelid in (to_regclass('customer'), to_regclass('business_hour')) and a.attnum > 0
union all
select e.oid::text, e.enumlabel, null from pg_enum e
union all
select 'data', c::text, null from customer c
union all
select 'data', h::text, null from business_hour h
order by 1, 2
"""


def state(url: str) -> list[Any]:
    """The CRM's own objects, as they are."""
    with psycopg.connect(url) as connection:
        return connection.execute(_STATE).fetchall()


def execute(url: str, statements: str) -> None:
    """Runs statements of the CRM's."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statements.encode())


def relations(url: str) -> list[Any]:
    """Everything that there is."""
    with psycopg.connect(url) as connection:
        return connection.execute(
            "select c.oid, c.relname, c.relkind, c.relnatts, c.relacl from pg_class c "
            "where c.relnamespace <> 'pg_toast'::regnamespace "
            "union all select p.oid, p.proname, p.prokind, p.pronargs, p.proacl from pg_proc p "
            "union all select n.oid, n.nspname, 'n', 0, n.nspacl from pg_namespace n "
            "union all select t.oid, t.tgname, t.tgenabled, 0, null from pg_trigger t order by 1"
        ).fetchall()


def _apply_by_yoyo(url: str) -> None:
    yoyo = shutil.which("yoyo", path=str(Path(sys.executable).parent))
    assert yoyo is not None
    uri = url.replace("postgresql://", "postgresql+psycopg://")
    done = subprocess.run(
        [yoyo, "apply", "--database", uri], cwd=DB_DIR, capture_output=True, text=True
    )
    if done.returncode != 0:
        raise OnethreadError(done.stderr)


def _migrate(url: str) -> None:
    migrate.migrate(url, "IL")


def _dry_run(url: str) -> None:
    migrate.plan_adoption(url, "IL")


def test_everything_of_the_crm_is_untouched_when_it_is_named_alike(legacy: Crm) -> None:
    """After migrate, after a second one, after uninstall, and after that once more."""
    execute(legacy.url, _THEIRS)
    before = state(legacy.url)
    for _ in range(2):
        migrate.migrate(legacy.url, "IL")
        assert state(legacy.url) == before
        execute(legacy.url, "insert into customer values (2, '0507654321')")
        assert legacy.rows("select read_phone from customer where id = 2") == [
            ("own:IL0507654321",)
        ]
        execute(legacy.url, "delete from customer where id = 2")
        migrate.migrate(legacy.url, "IL")
        assert state(legacy.url) == before
        with legacy.connect() as connection:
            uninstall(connection, drop_data=True)
        assert state(legacy.url) == before


@pytest.mark.parametrize("load", [_migrate, _dry_run])
def test_nothing_is_changed_when_a_view_of_the_crm_has_our_name(
    legacy: Crm, load: Callable[[str], object]
) -> None:
    execute(legacy.url, _THEIRS + _VIEW)
    before, there = state(legacy.url), relations(legacy.url)
    with pytest.raises(OnethreadError, match=r"view public\.crm_conversation") as refused:
        load(legacy.url)
    assert "move them to another schema" in refused.value.hint
    assert state(legacy.url) == before
    assert relations(legacy.url) == there
    # What the hint says helps, and the view is still the CRM's.
    execute(legacy.url, "create schema report; alter view crm_conversation set schema report")
    migrate.migrate(legacy.url, "IL")
    assert legacy.value("select pg_get_viewdef('report.crm_conversation'::regclass)")
    with legacy.connect() as connection:
        uninstall(connection, drop_data=True)
    assert legacy.rows("select a from report.crm_conversation") == [(7,)]


def test_view_of_the_crm_is_untouched_when_plain_yoyo_applies(empty_database: str) -> None:
    """The migrations are applied before the post-apply hook can look: nothing is replaced."""
    execute(empty_database, _THEIRS + _VIEW)
    before = state(empty_database)
    with pytest.raises(OnethreadError, match=r"view public\.crm_conversation"):
        _apply_by_yoyo(empty_database)
    assert state(empty_database) == before


def test_command_names_all_of_them_when_there_are_several(
    empty_database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    execute(
        empty_database,
        """
        create table crm_conversation (id int);
        create view whatsapp_identity as select 1 as id;
        create sequence whatsapp_message_event_id_seq;
        create table note (id int);
        create index whatsapp_message_inbox_idx on note (id);
        create type business_number as enum ('own');
        create domain crm_unanswered as text;
        create schema onethread;
        create table onethread.source_of_truth (id int);
        create function onethread.mark_read(a bigint) returns int language sql as 'select 1';
        create type onethread.mood as enum ('good');
        """,
    )
    there = relations(empty_database)
    monkeypatch.setenv("DATABASE_URL", empty_database)
    for arguments in (["migrate"], ["migrate", "--dry-run"]):
        assert main(arguments) == 1
        error = capsys.readouterr().err
        for name in (
            "table public.crm_conversation",
            "view public.whatsapp_identity",
            "sequence public.whatsapp_message_event_id_seq",
            "index public.whatsapp_message_inbox_idx on public.note",
            "type public.business_number",
            "type public.crm_unanswered",
            "table onethread.source_of_truth",
            "function onethread.mark_read(bigint)",
            "type onethread.mood",
        ):
            assert name in error, name
        assert "11 names" not in error and "9 names" in error
        assert relations(empty_database) == there


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        (
            "create function onethread.mark_read(a bigint) returns int language sql as 'select 1'",
            r"function onethread\.mark_read\(bigint\)",
        ),
        ("delete from onethread.source where name = 'views/crm_unanswered'", "view public.crm_un"),
        (
            "delete from onethread.source where name = 'triggers/lead_20_link'",
            r"trigger lead_20_link on public\.lead",
        ),
    ],
)
def test_object_is_refused_when_the_ledger_does_not_know_it(
    database: str, statement: str, name: str
) -> None:
    execute(database, statement)
    there = relations(database)
    with pytest.raises(OnethreadError, match=name):
        migrate.migrate(database)
    assert relations(database) == there


def test_trigger_of_the_crm_is_refused_when_it_has_our_name(legacy: Crm) -> None:
    execute(
        legacy.url,
        "create function fill() returns trigger language plpgsql as 'begin return new; end'; "
        "create trigger lead_20_link before insert on lead for each row execute function fill(); "
        # Of another table, it is in nobody's way.
        "create trigger lead_20_link before insert on business "
        "for each row execute function fill()",
    )
    with pytest.raises(
        OnethreadError, match=r"something else has: trigger lead_20_link on public\.lead$"
    ):
        migrate.migrate(legacy.url, "IL")


def test_trigger_that_demands_a_link_is_told_when_adopted(
    legacy: Crm, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    execute(
        legacy.url,
        "create function demand() returns trigger language plpgsql as "
        "$$begin if new.conversation_id is null then raise 'no'; end if; return new; end$$; "
        "create trigger demand before insert on whatsapp_message "
        "for each row execute function demand()",
    )
    monkeypatch.setenv("DATABASE_URL", legacy.url)
    assert main(["migrate", "--default-region", "IL", "--dry-run"]) == 0
    assert "-- warning: trigger demand on whatsapp_message" in capsys.readouterr().out
    assert main(["migrate", "--default-region", "IL"]) == 0
    assert "warning: trigger demand on whatsapp_message" in capsys.readouterr().err


@pytest.mark.parametrize(
    "name",
    [
        "whatsapp_message_provider_delivery_idx_claim",
        "lead_business_id_id_key",
        "whatsapp_message_text_idx",
    ],
)
def test_index_of_the_crm_is_refused_when_an_adoption_needs_its_name(
    legacy: Crm, name: str
) -> None:
    """The first was dropped, the second broke the adoption off in the middle."""
    execute(legacy.url, f"create table note (id int); create index {name} on note (id)")
    there = relations(legacy.url)
    for load in (_dry_run, _migrate):
        with pytest.raises(OnethreadError, match=rf"index public\.{name} on public\.note"):
            load(legacy.url)
    assert relations(legacy.url) == there


@pytest.mark.parametrize(
    "statement",
    [
        'create collation onethread.theirs from "C"',
        "create text search configuration onethread.theirs (copy = simple)",
        "create operator onethread.### (leftarg = int, rightarg = int, function = int4pl)",
    ],
)
def test_schema_is_refused_when_anything_is_in_it(empty_database: str, statement: str) -> None:
    """No uninstall could take it away."""
    execute(empty_database, f"create schema onethread; {statement}")
    with pytest.raises(OnethreadError, match="1 name"):
        migrate.migrate(empty_database)


def test_crm_is_adopted_when_plain_yoyo_was_tried_first(legacy: Crm) -> None:
    """It refuses before it changes anything."""
    with pytest.raises(OnethreadError, match="onethread migrate"):
        _apply_by_yoyo(legacy.url)
    assert legacy.value("select to_regnamespace('onethread')") is None
    migrate.migrate(legacy.url, "IL")
    assert legacy.value("select count(*) from onethread.adopted_table") == 4


def test_crm_is_adopted_when_yoyo_put_its_tables_elsewhere(legacy: Crm) -> None:
    execute(
        legacy.url,
        "create schema elsewhere; "
        f"alter database {legacy.name} set search_path = elsewhere, public",
    )
    yoyo = Path(sys.executable).with_name("yoyo")
    uri = legacy.url.replace("postgresql://", "postgresql+psycopg://")
    subprocess.run([yoyo, "list", "--database", uri], cwd=DB_DIR, check=True, capture_output=True)
    assert legacy.value("select to_regclass('elsewhere._yoyo_migration')") is not None
    migrate.migrate(legacy.url, "IL")
    assert legacy.value("select count(*) from elsewhere._yoyo_migration") == OURS


def test_log_is_shared_when_the_crm_uses_yoyo(legacy: Crm, tmp_path: Path) -> None:
    def apply() -> None:
        uri = legacy.url.replace("postgresql://", "postgresql+psycopg://")
        subprocess.run(
            [yoyo, "apply", "--batch", "--no-config-file", "--database", uri, tmp_path],
            check=True, capture_output=True,
        )  # fmt: skip

    yoyo = Path(sys.executable).with_name("yoyo")
    tmp_path.joinpath("0001.first.sql").write_text("create table first (id int)")
    apply()
    migrate.migrate(legacy.url, "IL")
    tmp_path.joinpath("0002.second.sql").write_text("create table second (id int)")
    apply()
    assert legacy.value("select to_regclass('second')") == "second"
    assert legacy.value("select count(*) from _yoyo_migration") == 2 + OURS
    with legacy.connect() as connection:
        uninstall(connection, drop_data=True)
    assert legacy.value("select count(*) from _yoyo_migration") == 2
    migrate.migrate(legacy.url, "IL")
