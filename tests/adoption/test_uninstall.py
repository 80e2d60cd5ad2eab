"""The way back: what runs goes, what the CRM reads and writes stays."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from onethread.cli import main
from onethread.database import version
from onethread.errors import NotMigrated, OnethreadError
from onethread.schema import access, migrate
from onethread.schema.adoption import run
from onethread.schema.adoption.backfill import backfill
from onethread.schema.adoption.statements import read_migrations
from onethread.schema.adoption.uninstall import plan_uninstall, uninstall
from tests.adoption.crm import Crm
from tests.adoption.people import assert_one_thread_each, partition
from tests.conftest import add_login
from tests.sql import privileges
from tests.sql.query import scalar

TABLES = [
    "business", "business_number", "lead", "whatsapp_conversation", "whatsapp_identity",
    "whatsapp_identity_evidence", "whatsapp_message", "whatsapp_message_event",
]  # fmt: skip

# Every object that is not PostgreSQL's, without columns, indexes and what belongs to tables.
_OBJECTS = """
select 'relation ' || c.relname from pg_class c
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm')
union all
select 'function ' || p.proname from pg_proc p where p.pronamespace = 'public'::regnamespace
union all
select 'trigger ' || tgname from pg_trigger where not tgisinternal
union all
select 'policy ' || polname from pg_policy
union all
select 'protected ' || relname from pg_class where relrowsecurity
union all
select 'schema ' || nspname from pg_namespace where nspname !~ '^pg_|^information_schema$|^public$'
order by 1
"""


def objects(url: str) -> list[str]:
    """What there is, but for PostgreSQL's own."""
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute(_OBJECTS).fetchall()]


@contextmanager
def role(connection: psycopg.Connection[object], prefix: str) -> Iterator[str]:
    """A login of this database alone."""
    name = f"{prefix}_{connection.info.dbname}"
    add_login(connection, name)
    try:
        yield name
    finally:
        connection.execute(f"drop owned by {name}; drop role {name}".encode())


def test_only_the_tables_of_the_crm_are_left_when_uninstalled(
    adopted: Crm, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", adopted.url)
    with adopted.connect() as connection:
        backfill(connection)
    threads = partition(adopted.url)
    assert main(["uninstall"]) == 1
    error = capsys.readouterr().err
    assert "onethread.whatsapp_conversation_merge (" in error
    assert "pg_dump -n onethread" in error
    with adopted.connect() as connection:
        version.check_schema(connection)

    assert main(["uninstall", "--drop-data"]) == 0
    assert objects(adopted.url) == [
        f"relation {name}" for name in sorted([*TABLES, "conversation_note"])
    ]
    assert partition(adopted.url) == threads
    # The CRM goes on as before.
    assert adopted.rows(
        "insert into whatsapp_message (business_id, to_number, direction) "
        "values (1, '0541112223', 'in') returning conversation_id"
    ) == [(None,)]
    with adopted.connect() as connection, pytest.raises(NotMigrated):
        version.check_schema(connection)
    assert main(["uninstall", "--drop-data"]) == 0
    assert "no Onethread" in capsys.readouterr().out


def test_nothing_is_lost_when_nothing_was_there(database: str) -> None:
    """No merge, no read mark: then nobody need confirm; what is stored stays."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("insert into business (name, default_region) values ('Own', 'IL')")
        connection.execute(
            "insert into whatsapp_message (business_id, direction, from_number) "
            "select id, 'inbound', '0501234567' from business"
        )
        before = connection.execute("select id, conversation_id from whatsapp_message").fetchall()
        uninstall(connection)
        assert objects(database) == [f"relation {name}" for name in TABLES]
        after = connection.execute("select id, conversation_id from whatsapp_message").fetchall()
        assert after == before
        migrate.migrate(database)
        assert connection.execute(
            "insert into whatsapp_message (business_id, direction, from_number) "
            "select id, 'inbound', '+972-50-1234567' from business returning conversation_id"
        ).fetchall() == [(before[0][1],)]
        assert scalar(connection, "select count(*) from thread_integrity") == 0


def test_dry_run_says_what_would_go_and_leaves_it(
    adopted: Crm, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", adopted.url)
    before = objects(adopted.url)
    assert main(["uninstall", "--dry-run"]) == 0
    printed = capsys.readouterr().out
    assert objects(adopted.url) == before
    for line in (
        "-- needs --drop-data: onethread.whatsapp_conversation_merge (",
        "drop trigger zzz_onethread_message_10_link on public.whatsapp_message;",
        "  onethread.mark_read(bigint,bigint,bigint),",
        "drop schema onethread;",
    ):
        assert line in printed
    # It is what is done.
    with adopted.connect() as connection:
        connection.execute(printed.encode())
    assert objects(adopted.url) == [
        f"relation {name}" for name in sorted([*TABLES, "conversation_note"])
    ]


def test_what_came_between_is_linked_when_installed_again(adopted: Crm) -> None:
    person = next(p for p in adopted.people if p.spellings[0].startswith("05"))
    with adopted.connect() as connection:
        backfill(connection)
        threads = partition(adopted.url)
        uninstall(connection, drop_data=True)
        migrate.migrate(adopted.url)
        assert partition(adopted.url) == threads
        uninstall(connection, drop_data=True)
        connection.execute(
            "insert into whatsapp_message (business_id, to_number, direction, body) "
            "values (%s, %s, 'in', %s)",
            [person.business_id, person.spellings[5], person.name],
        )
        [(lead_id,)] = connection.execute(
            "insert into lead (business_id, phone) values (%s, '0541112223') returning id",
            [person.business_id],
        ).fetchall()
        migrate.migrate(adopted.url)
        backfill(connection)
    assert_one_thread_each(adopted)
    assert adopted.value(
        "insert into whatsapp_message (business_id, to_number, direction) "
        "values (%s, '+972541112223', 'in') returning "
        "(select c.lead_id from whatsapp_conversation c where c.id = conversation_id) is null "
        "and conversation_id is not null",
        person.business_id,
    )
    assert adopted.rows(
        "select c.lead_id from whatsapp_message m inner join whatsapp_conversation c "
        "on c.id = m.conversation_id where m.to_number = '+972541112223'"
    ) == [(lead_id,)]


@pytest.mark.parametrize(
    ("theirs", "name"),
    [
        (
            "create view report as "
            "select onethread.normalize_phone(to_number, 'IL') from whatsapp_message",
            "view report",
        ),
        (
            "create view report as select * from onethread.whatsapp_conversation_merge",
            "view report",
        ),
        ("create view report as select kind from crm_conversation", "view report"),
        ("create table onethread.note (id int)", "table onethread.note"),
        (
            "alter table lead enable row level security; create policy own on lead "
            "using (business_id = any (array(select onethread.visible_businesses(current_user))))",
            "policy own on table lead",
        ),
    ],
)
def test_object_of_others_stops_it_when_it_uses_one_of_ours(
    adopted: Crm, theirs: str, name: str
) -> None:
    """It is named, and nothing is half gone."""
    with adopted.connect() as connection:
        connection.execute(theirs.encode())
        before = objects(adopted.url)
        with pytest.raises(OnethreadError, match=name) as refused:
            uninstall(connection, drop_data=True)
        assert "Nothing was removed" in refused.value.hint
        assert objects(adopted.url) == before
        version.check_schema(connection)


def test_roles_have_no_rights_when_uninstalled(database: str) -> None:
    """The roles are the server's, and what somebody granted them on another table stays."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "create table note (id bigint); grant select on note to onethread_reader"
        )
        before, there = privileges.render(connection), objects(database)
        uninstall(connection)
        assert privileges.render(connection) == "onethread_reader table note select\n"
        assert connection.execute(
            "select count(*) from pg_roles where rolname = any (%s)", [list(access.ROLES)]
        ).fetchone() == (len(access.ROLES),)
        migrate.migrate(database)
        assert privileges.render(connection) == before
        assert objects(database) == there


def test_programs_see_their_rows_when_uninstalled(database: str) -> None:
    """Row-level security without a policy would show them nothing."""
    with psycopg.connect(database, autocommit=True) as owner, role(owner, "program") as program:
        owner.execute(f"grant select on whatsapp_message to {program}".encode())
        owner.execute("insert into business (name) values ('Own')")
        owner.execute(
            "insert into whatsapp_message (business_id, direction, from_number) "
            "select id, 'inbound', '0501234567' from business"
        )
        query = "select count(*) from whatsapp_message"
        with psycopg.connect(database, user=program, autocommit=True) as session:
            assert session.execute(query).fetchone() == (0,)
            uninstall(owner)
            assert session.execute(query).fetchone() == (1,)


def test_row_security_stays_when_there_is_another_policy(
    database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("create policy own on lead using (name <> '')")
    monkeypatch.setenv("DATABASE_URL", database)
    assert main(["uninstall"]) == 0
    assert "stays on for public.lead" in capsys.readouterr().err
    assert [name for name in objects(database) if not name.startswith("relation")] == [
        "policy own",
        "protected lead",
    ]


def test_row_security_of_the_crm_stays_when_its_table_was_adopted(legacy: Crm) -> None:
    with legacy.connect() as connection:
        connection.execute(
            "alter table lead enable row level security; create policy theirs on lead using (true)"
        )
        migrate.migrate(legacy.url, "IL")
        uninstall(connection, drop_data=True)
    assert [name for name in objects(legacy.url) if "p" in name.split()[0]] == [
        "policy theirs",
        "protected lead",
    ]


def test_notes_of_yoyo_stay_when_the_crm_migrates_with_it_too(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "insert into _yoyo_migration (migration_hash, migration_id) values ('x', '0001_crm')"
        )
        uninstall(connection)
        assert connection.execute("select migration_id from _yoyo_migration").fetchall() == [
            ("0001_crm",)
        ]
        assert connection.execute("select count(*) from _yoyo_log").fetchone() == (0,)
    assert [name for name in objects(database) if "yoyo" in name] == [
        f"relation {name}"
        for name in ("_yoyo_log", "_yoyo_migration", "_yoyo_version", "yoyo_lock")
    ]


def test_function_of_the_crm_stays_when_it_is_ours_by_name(database: str) -> None:
    """An overload in our schema is in the way of the schema, and of nothing else."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "create function onethread.mark_read(a text) returns int language sql as 'select 1'"
        )
        with pytest.raises(OnethreadError, match=r"function onethread\.mark_read\(text\)"):
            uninstall(connection)
        assert not any("mark_read(text)" in s for s in plan_uninstall(connection).statements)


def test_row_security_of_the_crm_stays_when_it_has_no_policy_or_one_of_our_name(
    legacy: Crm,
) -> None:
    """Off, its tables would be open to whoever has a right on them."""
    with legacy.connect() as connection:
        connection.execute(
            "alter table lead enable row level security; "
            "alter table business enable row level security; "
            "create policy business_isolation on business using (true)"
        )
        before = objects(legacy.url)
        migrate.migrate(legacy.url, "IL")
        uninstall(connection, drop_data=True)
    assert [name for name in before if name in objects(legacy.url)] == before


def test_tables_of_the_crm_stay_its_own_when_they_look_like_ours(empty_database: str) -> None:
    """After an uninstall they have all of our columns: row-level security would show its programs
    nothing."""
    with psycopg.connect(empty_database, autocommit=True) as connection:
        connection.execute(
            """
            create table business (id bigserial primary key, name text not null);
            create table lead (
              business_id bigint not null references business, id bigserial, name text, phone text,
              created_at timestamptz not null default now(), primary key (business_id, id));
            """
        )
        migrate.migrate(empty_database)
        before = objects(empty_database)
        uninstall(connection)
        migrate.migrate(empty_database)
        assert objects(empty_database) == before
        assert scalar(connection, "select count(*) from onethread.adopted_table") == 2


def test_it_goes_when_the_adoption_was_broken_off(legacy: Crm) -> None:
    """After the first migration: most of our tables are not there yet."""
    before = objects(legacy.url)
    with legacy.connect() as connection:
        early, _ = run.make_plan(connection, read_migrations(), "IL")
        run.run_steps(connection, early[:12], lambda line: None)
        uninstall(connection)
    assert objects(legacy.url) == before
