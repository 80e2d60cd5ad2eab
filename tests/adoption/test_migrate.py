"""A CRM's database is adopted in place, while it is used."""

from __future__ import annotations

import random
import re
import threading
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy
from sqlalchemy import orm

from onethread import cli
from onethread.database import version
from onethread.database.config import DB_DIR
from onethread.errors import OnethreadError
from onethread.schema import migrate
from onethread.schema.adoption.backfill import backfill
from onethread.schema.adoption.uninstall import uninstall
from tests.adoption.crm import Crm
from tests.adoption.people import assert_one_thread_each
from tests.adoption.sample import SCHEMA
from tests.concurrency.sessions import run_together
from tests.conftest import add_login
from tests.migrations.test_migrations import dump_schema
from tests.server import Server, cloned

TABLES = ("business", "lead", "whatsapp_message", "conversation_note")


class _Base(orm.DeclarativeBase):
    pass


class _Message(_Base):
    """The CRM's model, which knows nothing of Onethread's columns."""

    __tablename__ = "whatsapp_message"

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    business_id: orm.Mapped[int]
    to_number: orm.Mapped[str | None]
    lead_id: orm.Mapped[int | None]
    direction: orm.Mapped[str]
    body: orm.Mapped[str | None]


class _Conversation(_Base):
    __tablename__ = "whatsapp_conversation"

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    business_id: orm.Mapped[int]
    lead_id: orm.Mapped[int | None]
    canonical_key: orm.Mapped[str | None]
    last_message_at: orm.Mapped[Any] = orm.mapped_column(sqlalchemy.DateTime(timezone=True))


def crm_session(crm: Crm, **connect_args: Any) -> orm.Session:
    """The CRM's ORM."""
    url = crm.url.replace("postgresql://", "postgresql+psycopg://")
    return orm.Session(
        sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool, connect_args=connect_args)
    )


def snapshot(crm: Crm) -> dict[str, list[Any]]:
    """All that the CRM stored, in its own columns."""
    columns = {}
    for table in TABLES:
        [body] = re.findall(rf"create table {table} \((.*?)\n\);", SCHEMA, re.S)
        columns[table] = re.findall(r"^  (\w+) ", body, re.M)
    columns["conversation_note"] = ["id", "note"]
    return {
        table: crm.rows(f"select {', '.join(names)} from {table} order by id")
        for table, names in columns.items()
    }


def test_rows_are_kept_when_adopted(legacy: Crm) -> None:
    before = snapshot(legacy)
    migrate.migrate(legacy.url, "IL")
    assert snapshot(legacy) == before
    with legacy.connect() as connection:
        backfill(connection)
    assert snapshot(legacy) == before


def test_region_is_asked_for_when_businesses_have_none(
    legacy: Crm, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", legacy.url)
    before = dump_schema(legacy.url)
    assert cli.main(["migrate"]) == 1
    assert "--default-region IL" in capsys.readouterr().err
    assert cli.main(["migrate", "--default-region", "XX"]) == 1
    assert "'XX' is not a region" in capsys.readouterr().err
    assert re.sub("(?s).*yoyo.*?;", "", dump_schema(legacy.url))  # its own tables at most
    assert "default_region" not in dump_schema(legacy.url)
    assert "whatsapp_identity" not in dump_schema(legacy.url)
    assert before

    assert cli.main(["migrate", "--default-region", "il"]) == 0
    assert legacy.rows("select distinct default_region from business") == [("IL",)]


def test_dry_run_tells_statements_and_locks_when_asked(
    legacy: Crm, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", legacy.url)
    before = dump_schema(legacy.url)
    assert cli.main(["migrate", "--default-region", "IL", "--dry-run"]) == 0
    assert dump_schema(legacy.url) == before

    steps = capsys.readouterr().out.split("-- locks: ")[1:]
    assert all("\n" in step for step in steps)
    text = "".join(steps)
    assert "add column conversation_id bigint" in text
    assert "create or replace trigger zzz_onethread_message_10_link" in text
    on_messages = [
        step for step in steps if re.search(r"index.* on public.whatsapp_message\b", step, re.S)
    ]
    assert len(on_messages) > 5
    assert all(" index concurrently " in step for step in on_messages)
    foreign_keys = [step for step in steps if "add constraint" in step and "foreign key" in step]
    assert foreign_keys
    assert all(step.rstrip().endswith("not valid;") for step in foreign_keys)


def test_dry_run_plans_no_statement_when_adopted_already(
    adopted: Crm, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", adopted.url)
    assert cli.main(["migrate", "--dry-run"]) == 0
    assert capsys.readouterr().out.split("\n", 1)[1].strip() == "-- load functions and views"


def test_nothing_changes_when_adopted_twice(adopted: Crm) -> None:
    schema = dump_schema(adopted.url)
    conversations = adopted.rows("select * from whatsapp_conversation order by id")
    assert migrate.migrate(adopted.url) == []
    assert dump_schema(adopted.url) == schema
    assert adopted.rows("select * from whatsapp_conversation order by id") == conversations


class StoppedError(Exception):
    pass


@pytest.mark.parametrize(
    "step",
    [
        1,
        12,
        40,
        90,
        130,
        175,
        "alter table public.whatsapp_message add constraint whatsapp_message_business_id_id_key",
        "do $$ begin perform onethread.revoke_from_others(",
        "alter sequence onethread.erasure_id_seq owned by onethread.erasure.id",
        "alter table public.business validate constraint business_message_retention_days_check",
        "drop index concurrently if exists public.whatsapp_message_provider_delivery_idx_claim",
    ],
)
def test_schema_is_whole_when_interrupted_and_run_again(
    legacy: Crm, adopted_schema: str, step: int | str
) -> None:
    """Before a step: its number, or how it begins."""
    count = 0

    def interrupt(line: str) -> None:
        nonlocal count
        count += 1
        if step == count or (isinstance(step, str) and line.startswith(step)):
            raise StoppedError(line)

    with pytest.raises(StoppedError):
        migrate.migrate(legacy.url, "IL", interrupt)
    migrate.migrate(legacy.url, "IL")
    assert dump_schema(legacy.url) == adopted_schema
    assert legacy.value(
        "select 'id' = any (host_columns) from onethread.adopted_table where name = 'business'"
    )


@pytest.fixture(scope="session")
def adopted_schema(postgresql_server: Server) -> str:
    """The schema of a CRM that was adopted without a break."""
    with cloned(postgresql_server) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(SCHEMA)
            connection.execute("insert into business (name) values ('Clinic')")
        migrate.migrate(url, "IL")
        return dump_schema(url)


def test_objects_are_those_of_a_fresh_database_when_adopted(adopted: Crm, database: str) -> None:
    """But for keys and row security of the CRM's own tables, nothing is missing."""
    query = """
        select 'column ' || table_name || '.' || column_name from information_schema.columns
        where table_schema in ('public', 'onethread')
        union
        select 'index ' || indexname from pg_indexes where schemaname in ('public', 'onethread')
        union
        select 'constraint ' || conname || ' ' || convalidated from pg_constraint
        where connamespace in ('public'::regnamespace, to_regnamespace('onethread'))
          and contype <> 'n'
        union
        select 'policy ' || tablename from pg_policies where schemaname in ('public', 'onethread')
        union
        select 'trigger ' || tgname from pg_trigger where not tgisinternal
        union
        select 'comment ' || c.relname || coalesce('.' || a.attname, '')
        from pg_description d
        inner join pg_class c on c.oid = d.objoid
        left join pg_attribute a on a.attrelid = c.oid and a.attnum = d.objsubid and d.objsubid > 0
        where c.relnamespace in ('public'::regnamespace, to_regnamespace('onethread'))
        """
    with psycopg.connect(database) as connection:
        fresh = {row[0] for row in connection.execute(query)}
    missing = fresh - {row[0] for row in adopted.rows(query)}
    tables = {"business", "lead", "whatsapp_conversation", "whatsapp_message"}
    # The CRM's own keys by its own names stand for these, and its rows stay open to its programs.
    # By the comment on a table, one that Onethread made is told from the CRM's.
    assert missing == {
        f"constraint {table}_business_fkey true" for table in tables - {"business"}
    } | {f"{kind} {table}" for kind in ("policy", "comment") for table in tables}


def test_conversations_of_one_person_are_one_when_adopted(legacy: Crm) -> None:
    """Equal keys, variant keys, and the lead's; what refers to them follows."""
    with legacy.connect() as connection:
        [(lead_id,)] = connection.execute(
            "insert into lead (business_id, name, phone) values (1, 'Dana', '054-7654321') "
            "returning id"
        ).fetchall()
        ids = [
            row[0]
            for key, lead in (
                ("phone:1:0547654321", None),
                ("phone:1:+972547654321", None),
                ("phone:1:+972547654321", None),
                (f"lead:1:{lead_id}", lead_id),
                ("054-765-4321", None),
            )
            for row in connection.execute(
                "insert into whatsapp_conversation (business_id, canonical_key, lead_id) "
                "values (1, %s, %s) returning id",
                [key, lead],
            ).fetchall()
        ]
        connection.execute(
            "insert into conversation_note (conversation_id, note) "
            "select unnest(%s::int[]), 'of Dana'",
            [ids],
        )
    lines: list[str] = []
    migrate.migrate(legacy.url, "IL", lines.append)
    assert [line for line in lines if line.endswith("into another one of the same person")]

    kept = legacy.rows(
        "select id, canonical_key, lead_id from whatsapp_conversation where id = any (%s)", ids
    )
    assert kept == [(ids[3], f"lead:1:{lead_id}", lead_id)]
    notes = legacy.rows("select conversation_id from conversation_note where note = 'of Dana'")
    assert notes == [(ids[3],)] * 5
    for old in ids:
        assert legacy.value("select onethread.find_conversation_by_id(1, %s)", old) == ids[3]
    # And a message finds it, in yet another spelling.
    assert legacy.value(
        "insert into whatsapp_message (business_id, to_number, direction) "
        "values (1, '972547654321@s.whatsapp.net', 'in') returning conversation_id"
    ) == ids[3]  # fmt: skip


def test_no_statement_queues_writers_when_a_transaction_is_open(legacy: Crm) -> None:
    """Somebody holds the table for long: migrate tries again and again, and writers pass it by."""
    person = legacy.people[0]
    insert = "insert into whatsapp_message (business_id, to_number, direction) values (1, %s, 'in')"
    tries: list[str] = []
    is_waiting = threading.Event()

    def report(line: str) -> None:
        tries.append(line)
        is_waiting.set()

    worker = threading.Thread(target=migrate.migrate, args=[legacy.url, "IL", report], daemon=True)
    with psycopg.connect(legacy.url) as holder:
        holder.execute(insert, [person.spellings[0]])
        worker.start()
        assert is_waiting.wait(60)
        with legacy.connect(options="-c lock_timeout=1s") as writer:
            for _ in range(20):
                writer.execute(insert, [person.spellings[0]])
        assert worker.is_alive()
        holder.commit()
    worker.join(120)
    assert not worker.is_alive()
    assert legacy.value(
        "insert into whatsapp_message (business_id, to_number, direction) values (1, %s, 'in') "
        "returning conversation_id is not null", person.spellings[0],
    )  # fmt: skip


def test_orm_writes_on_when_adopted_and_backfilled(legacy: Crm) -> None:
    """No insert fails or waits a second for a lock; all end in the one thread of their person."""
    errors: list[Exception] = []
    stopped = threading.Event()
    written = 0

    def write() -> None:
        nonlocal written
        rng = random.Random(3)
        with crm_session(legacy, options="-c lock_timeout=1s") as session:
            while not stopped.is_set():
                person = rng.choice(legacy.people)
                row = _Message(
                    business_id=person.business_id,
                    to_number=rng.choice(person.spellings),
                    lead_id=(person.lead_ids or (None,))[0],
                    direction=rng.choice(("incoming", "out", "sent")),
                    body=person.name,
                )
                try:
                    session.add(row)
                    session.commit()
                    assert row.id
                    written += 1
                except Exception as error:
                    errors.append(error)
                    return

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    try:
        migrate.migrate(legacy.url, "IL")
        with legacy.connect() as connection:
            backfill(connection)
    finally:
        stopped.set()
    writer.join(60)
    assert errors == []
    assert written > 0
    with legacy.connect() as connection:
        backfill(connection)
    assert_one_thread_each(legacy)


def test_conversation_of_the_crm_is_used_when_it_inserts_one(adopted: Crm) -> None:
    """Before the first message: by an address in its own spelling, by a lead without a phone."""
    with crm_session(adopted) as session:
        by_phone = _Conversation(business_id=1, canonical_key="phone:1:054-1112223")
        session.add(by_phone)
        session.commit()
        lead_id = session.execute(
            sqlalchemy.text("insert into lead (business_id) values (1) returning id")
        ).scalar_one()
        by_lead = _Conversation(business_id=1, lead_id=lead_id, canonical_key=f"lead:1:{lead_id}")
        session.add(by_lead)
        session.flush()
        session.add(
            _Message(business_id=1, to_number="+972541112223", direction="in", body="phone")
        )
        session.add(
            _Message(
                business_id=1, to_number="lid@55512345", lead_id=lead_id, direction="in", body="lid"
            )
        )
        session.flush()
        by_lead.last_message_at = sqlalchemy.func.now()  # the row must still be there
        session.commit()
        ids = (by_phone.id, by_lead.id)
    assert adopted.rows(
        "select conversation_id from whatsapp_message where body in ('phone', 'lid') order by id"
    ) == [(ids[0],), (ids[1],)]
    assert adopted.value("select count(*) from thread_integrity") == 0


def test_insert_succeeds_when_the_key_is_taken(adopted: Crm) -> None:
    with adopted.connect() as connection:
        connection.execute(
            "insert into whatsapp_message (business_id, to_number, direction) "
            "values (1, '+972541112223', 'in')"
        )
        for _ in range(2):
            connection.execute(
                "insert into whatsapp_conversation (business_id, canonical_key) "
                "values (1, 'phone:1:+972541112223')"
            )
    assert adopted.value(
        "select count(*) from whatsapp_conversation where canonical_key = 'phone:1:+972541112223'"
    ) == 1  # fmt: skip
    assert adopted.value("select count(*) from thread_integrity") == 0


def test_reference_follows_when_conversations_are_joined_later(adopted: Crm) -> None:
    with adopted.connect() as connection:
        ids = [
            row[0]
            for address in ("+972541112223", "lid@55512345")
            for row in connection.execute(
                "insert into whatsapp_message (business_id, to_number, direction) "
                "values (1, %s, 'in') returning conversation_id",
                [address],
            ).fetchall()
        ]
        connection.execute(
            "insert into conversation_note (conversation_id, note) values (%s, 'x'), (%s, 'x')", ids
        )
        connection.execute(
            "insert into whatsapp_identity_evidence (business_id, a, b, relation) "
            "values (1, '+972541112223', '55512345@lid', 'same')"
        )
    kept = adopted.rows("select id from whatsapp_conversation where id = any (%s)", ids)
    assert len(kept) == 1
    assert (
        adopted.rows("select conversation_id from conversation_note where note = 'x'") == kept * 2
    )


def test_program_without_a_tenant_setting_goes_on_when_adopted(legacy: Crm) -> None:
    """The CRM's role is not the owner, and never heard of onethread.business_id or of our roles."""
    role = "crm_" + legacy.name
    with legacy.connect() as connection:
        add_login(connection, role)
        connection.execute(
            f"grant select, insert, update, delete on all tables in schema public to {role}; "
            f"grant usage on all sequences in schema public to {role}"
        )
    try:
        migrate.migrate(legacy.url, "IL")
        with legacy.connect(user=role) as connection:
            row = connection.execute(
                "insert into whatsapp_message (business_id, to_number, direction) "
                "values (1, '0541112223', 'in') returning conversation_id"
            ).fetchone()
            assert row is not None and row[0] is not None
            assert _work_as_a_program(connection) == row[0]
            [(count,)] = connection.execute("select count(*) from whatsapp_message").fetchall()
            assert count == adopted_count(legacy)
    finally:
        with legacy.connect() as connection:
            connection.execute(f"drop owned by {role}")
            connection.execute(f"drop role {role}")


def _work_as_a_program(connection: psycopg.Connection[Any]) -> int:
    """Every statement that fires a trigger; returns the conversation of 0541112223."""
    for statement in (
        "insert into lead (business_id, phone) values (1, '0541112224')",
        "update lead set phone = '054-111-2223' where phone = '0541112224'",
        "insert into whatsapp_message (business_id, to_number, direction, body) "
        "values (1, '0541112229', 'in', 'typo')",
        "update whatsapp_message set to_number = '+972541112223' where body = 'typo'",
        "insert into whatsapp_conversation (business_id, canonical_key) "
        "values (1, 'phone:1:0541112228')",
        "delete from whatsapp_conversation where canonical_key like '%1112228'",
        "delete from lead where phone = '054-111-2223'",
    ):
        assert connection.execute(statement).rowcount == 1, statement
    [(conversation_id,)] = connection.execute(
        "select conversation_id from whatsapp_message where body = 'typo'"
    ).fetchall()
    return int(conversation_id)


def test_program_goes_on_when_the_owner_is_no_superuser(legacy: Crm) -> None:
    """Who adopts owns the tables, and may neither make roles nor set what only superusers may."""
    role = "owner_" + legacy.name
    with legacy.connect() as connection:
        add_login(connection, role)
        connection.execute(f"alter database {legacy.name} owner to {role}")
        for (name,) in legacy.rows(
            "select relname from pg_class "
            "where relnamespace = 'public'::regnamespace and relkind = 'r'"
        ):
            connection.execute(f"alter table public.{name} owner to {role}")
    try:
        url = psycopg.conninfo.make_conninfo(legacy.url, user=role)
        migrate.migrate(url, "IL")
        with legacy.connect(user=role) as connection:
            assert _work_as_a_program(connection) > 0
            backfill(connection)
            uninstall(connection, drop_data=True)
        migrate.migrate(url)
        assert_one_thread_each(legacy)
    finally:
        with legacy.connect() as connection:
            connection.execute(f"reassign owned by {role} to current_user; drop role {role}")


_ROW_SECURITY = """
alter table business enable row level security;
create policy business_isolation on business
  using (id = any (array(select onethread.visible_businesses(current_user))));
""" + "".join(
    f"alter table {table} enable row level security;"
    f"create policy business_isolation on {table} "
    "using (business_id = any (array(select onethread.visible_businesses(current_user))));"
    for table in ("lead", "whatsapp_conversation", "whatsapp_message")
)


def test_tenants_see_nothing_until_row_security_is_on_when_adopted(adopted: Crm) -> None:
    """The CRM's tables have no policies: a reader of one business would see all."""
    reader, program = f"reader_{adopted.name}", f"program_{adopted.name}"
    with adopted.connect() as owner:
        add_login(owner, reader, "onethread_reader", "onethread_writer", "onethread_admin")
        add_login(owner, program)
        owner.execute(
            f"insert into onethread.business_member values (1, '{reader}'), (1, '{program}'), "
            f"(2, '{program}'); "
            f"grant select, insert on whatsapp_message to {program}; "
            f"grant usage on sequence whatsapp_message_id_seq to {program}"
        )
    with adopted.connect(user=reader) as connection:
        for name in ("business", "lead", "whatsapp_conversation", "whatsapp_message",
                     "whatsapp_thread", "unlinked_message", "crm_conversation"):  # fmt: skip
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"select from {name}")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("insert into whatsapp_message (business_id) values (2)")

    with adopted.connect() as owner:
        owner.execute(_ROW_SECURITY)
    migrate.migrate(adopted.url)
    with adopted.connect(user=reader) as connection:
        query = "select distinct business_id from whatsapp_message"
        assert connection.execute(query).fetchall() == [(1,)]
        assert connection.execute("select id from business").fetchall() == [(1,)]
    # A program of the CRM's, with its own rights, for the businesses that it was given.
    with adopted.connect(user=program) as connection:
        assert len(connection.execute(query).fetchall()) == 2
        assert connection.execute(
            "insert into whatsapp_message (business_id, to_number, direction) "
            "values (2, '0541112223', 'in') returning conversation_id is not null"
        ).fetchone() == (True,)
    with adopted.connect() as owner:
        owner.execute(f"drop owned by {reader}, {program}; drop role {reader}, {program}")


def adopted_count(crm: Crm) -> int:
    """Messages as the owner sees them."""
    return int(crm.value("select count(*) from whatsapp_message"))


def test_reading_works_when_ids_are_integers(adopted: Crm) -> None:
    with adopted.connect() as connection:
        backfill(connection)
        for call in (
            "onethread.list_inbox(1)",
            "onethread.list_thread(1, (select min(id) from whatsapp_conversation "
            "where business_id = 1))",
            "onethread.list_conversation(1, '0502000002')",
            "onethread.explain_message(1, 1)",
            "whatsapp_inbox",
            "whatsapp_thread",
            "unlinked_message",
            "crm_conversation",
            "crm_daily_activity",
            "crm_lead_timeline",
            "crm_response_time",
            "onethread.list_response_times(1, '-infinity', 'infinity')",
            "crm_unanswered",
            "onethread.search_conversations(1, 'person')",
            "onethread.list_changes(1, null)",
            "onethread.list_last_messages(1, array(select id from whatsapp_conversation))",
            "onethread.walk_hours(1, 'infinity')",
        ):
            assert connection.execute(f"select * from {call} limit 1").fetchall(), call


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ("alter table whatsapp_message add payload integer", "whatsapp_message.payload is of type"),
        (
            "alter table whatsapp_conversation add color text not null default 'x'; "
            "alter table whatsapp_conversation alter color drop default",
            "whatsapp_conversation.color is not null",
        ),
        ("alter table lead alter id drop default", "lead.id has no default"),
        (
            "alter table whatsapp_conversation alter id set default 7",
            "whatsapp_conversation.id takes its values from 7",
        ),
        (
            "alter table whatsapp_message add conversation_id integer",
            "conversation_id is the CRM's own",
        ),
        ("alter table whatsapp_message rename direction to way", "no column direction"),
    ],
)
def test_problem_is_told_before_anything_is_changed_when_a_table_does_not_fit(
    legacy: Crm, change: str, problem: str
) -> None:
    with legacy.connect() as connection:
        connection.execute(change)
    with pytest.raises(OnethreadError, match=problem):
        migrate.migrate(legacy.url, "IL")
    assert "whatsapp_identity" not in dump_schema(legacy.url)


def test_old_rows_have_no_position_when_adopted(adopted: Crm) -> None:
    """Or whoever follows the changes would read the whole history again."""
    assert adopted.rows("select count(*), count(changed_in) from whatsapp_message") == [(1500, 0)]
    with adopted.connect() as connection:
        [(before,)] = connection.execute(
            "select position from onethread.list_changes(1, null)"
        ).fetchall()
        [row] = connection.execute(
            "insert into whatsapp_message (business_id, to_number, direction) "
            "values (1, '0541112223', 'in') returning changed_in is not null, send_attempts, "
            "is_backfill_pending, conversation_id"
        ).fetchall()
        assert row[:3] == (True, 0, False)
        assert connection.execute(
            "select conversation_ids from onethread.list_changes(1, %s)", [before]
        ).fetchone() == ([row[3]],)


def test_no_row_is_rewritten_when_columns_are_added(legacy: Crm) -> None:
    query = "select pg_relation_filenode('whatsapp_message'), pg_relation_filenode('business')"
    before = legacy.rows(query)
    migrate.migrate(legacy.url, "IL")
    assert legacy.rows(query) == before


_OF_THE_CRM = """
create table business_hour (a int);
create table conversation_read (id int primary key, color text);
create index business_member_role_idx on business_hour (a);
create table webhook_reject (payload int);
create function mark_read(bigint) returns int language sql as 'select 1';
create function visible_businesses(p_role name) returns setof bigint language sql
  as 'select 7::bigint';
create type whatsapp_address as (street text);
create sequence erasure_id_seq;
insert into business_hour values (7);
"""
_THEIRS = """
select
  array(select r::text from business_hour r),
  array(
    select format('%%s.%%s %%s', c.relname, a.attname, a.atttypid::regtype)
    from pg_class c
    inner join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
    where c.relnamespace = 'public'::regnamespace
      and c.relname in ('business_hour', 'conversation_read', 'webhook_reject', 'whatsapp_address',
        'business_member_role_idx', 'erasure_id_seq')
    order by 1),
  mark_read(1), array(select visible_businesses('x')),
  (select array_agg(c.relname order by c.relname) from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relrowsecurity
      and c.relname in ('business_hour', 'conversation_read', 'webhook_reject'))
"""


def test_things_of_the_crm_stay_when_they_are_called_like_ours(legacy: Crm) -> None:
    """In public, where ours are not."""
    with legacy.connect() as connection:
        connection.execute(_OF_THE_CRM)
        before = connection.execute(_THEIRS.replace("%%", "%")).fetchall()
    migrate.migrate(legacy.url, "IL")
    with legacy.connect() as connection:
        assert connection.execute(_THEIRS.replace("%%", "%")).fetchall() == before
        backfill(connection)
        connection.execute("insert into onethread.business_hour values (1, 1, '09:00', '17:00')")
        assert connection.execute("select * from business_hour").fetchall() == [(7,)]
        version.check_schema(connection)
    assert_one_thread_each(legacy)


@pytest.mark.parametrize(
    ("statement", "names"),
    [
        ("create table whatsapp_identity (id int)", ["public.whatsapp_identity"]),
        (
            "create table business_number (business_id int, kind text, value text); "
            "create table whatsapp_message_event (x int); "
            "create table whatsapp_identity_evidence (x int)",
            [
                "public.business_number (its column business_id is of type integer)",
                "public.whatsapp_identity_evidence (it has no column business_id)",
                "public.whatsapp_message_event",
            ],
        ),
    ],
)
@pytest.mark.parametrize("is_dry", [True, False])
@pytest.mark.parametrize("has_crm", [True, False])
def test_table_with_a_name_of_ours_is_refused_when_it_is_another(
    legacy: Crm,
    empty_database: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    has_crm: bool,
    is_dry: bool,
    statement: str,
    names: list[str],
) -> None:
    """All of them are named, and nothing was changed."""
    url = legacy.url if has_crm else empty_database
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)
    before = dump_schema(url)
    monkeypatch.setenv("DATABASE_URL", url)
    options = ["--default-region", "IL", *(["--dry-run"] if is_dry else [])]
    assert cli.main(["migrate", *options]) == 1
    error = capsys.readouterr().err
    assert all(name in error for name in names), error
    assert dump_schema(url) == before


def test_tables_are_taken_up_when_an_earlier_install_left_them(database: str) -> None:
    """Without the schema onethread and yoyo's tables: the eight tables of public and their rows."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "insert into business (name, default_region) values ('Clinic', 'IL'); "
            "insert into business_number values (1, 'phone', '+972509999999'); "
            "insert into whatsapp_message (business_id, direction, from_number) "
            "values (1, 'inbound', '0541112223')"
        )
        before = connection.execute("select * from whatsapp_message").fetchall()
        connection.execute("drop schema onethread cascade")
        connection.execute("drop table _yoyo_migration, _yoyo_log, _yoyo_version, yoyo_lock")
    assert len(migrate.migrate(database)) == len(list((DB_DIR / "migrations").glob("*.sql")))
    with psycopg.connect(database, autocommit=True) as connection:
        version.check_schema(connection)
        assert connection.execute("select * from whatsapp_message").fetchall() == before
        assert connection.execute(
            "insert into whatsapp_message (business_id, direction, from_number) "
            "values (1, 'inbound', '+972541112223') returning conversation_id"
        ).fetchone() == (before[0][2],)
        assert connection.execute(
            "select permissive, count(*) from pg_policies where schemaname = 'public' "
            "group by 1 order by 1"
        ).fetchall() == [("PERMISSIVE", 8), ("RESTRICTIVE", 20)]


def test_migration_is_refused_when_the_planner_cannot_read_it(legacy: Crm, db_copy: Path) -> None:
    """Passed over, it would leave the database without what it makes."""
    (db_copy / "migrations" / "0099_odd.sql").write_text(
        "-- depends: onethread_0001_schema\ncreate table if not exists public.odd (id bigint);\n",
        "utf-8",
    )
    before = dump_schema(legacy.url)
    with pytest.raises(OnethreadError, match=r"0099_odd.sql: create table if not exists"):
        migrate.plan_adoption(legacy.url, "IL")
    with pytest.raises(OnethreadError, match=r"0099_odd.sql: create table if not exists"):
        migrate.migrate(legacy.url, "IL")
    assert dump_schema(legacy.url) == before


def test_business_needs_no_name_and_no_region_when_there_is_none(empty_database: str) -> None:
    """A column that is not null without a default could not be added where there are rows."""
    with psycopg.connect(empty_database, autocommit=True) as connection:
        connection.execute("create table business (id bigserial primary key)")
        migrate.migrate(empty_database)
        assert connection.execute(
            "insert into business default values returning name, default_region"
        ).fetchone() == (None, None)


def test_rule_is_left_out_when_the_rows_break_it(legacy: Crm) -> None:
    """A lead of another business: the CRM went on with it, so it may."""
    with legacy.connect() as connection:
        connection.execute(
            "insert into whatsapp_message (business_id, to_number, direction, lead_id) "
            "select 3 - business_id, '0541112223', 'in', id from lead limit 1"
        )
    lines: list[str] = []
    migrate.migrate(legacy.url, "IL", lines.append)
    assert any("left out" in line and "whatsapp_message_lead_fkey" in line for line in lines)
    with legacy.connect() as connection:
        connection.execute(
            "insert into whatsapp_message (business_id, to_number, direction, lead_id) "
            "select 3 - business_id, '0541112223', 'in', id from lead limit 1"
        )


def test_region_is_set_when_a_fresh_database_lacks_it(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("insert into business (name) values ('Clinic')")
        migrate.migrate(database, "BR")
        assert connection.execute("select default_region from business").fetchall() == [("BR",)]


def test_lead_can_be_deleted_when_its_conversation_was_tied_to_it(adopted: Crm) -> None:
    """The CRM's own foreign key would refuse; before, no conversation referred to the lead."""
    with adopted.connect() as connection:
        [(lead_id,)] = connection.execute(
            "insert into lead (business_id, phone) values (1, '0541112223') returning id"
        ).fetchall()
        [(conversation_id,)] = connection.execute(
            "insert into whatsapp_message (business_id, to_number, direction) "
            "values (1, '+972541112223', 'in') returning conversation_id"
        ).fetchall()
        query = "select lead_id, canonical_key from whatsapp_conversation where id = %s"
        assert adopted.rows(query, conversation_id) == [(lead_id, f"lead:1:{lead_id}")]
        connection.execute("delete from lead where id = %s", [lead_id])
    assert adopted.rows(query, conversation_id) == [(None, "phone:1:+972541112223")]


def test_columns_of_the_crm_come_back_when_a_merge_is_undone(adopted: Crm) -> None:
    with adopted.connect() as connection:
        ids = [
            row[0]
            for address in ("+972541112223", "lid@55512345")
            for row in connection.execute(
                "insert into whatsapp_message (business_id, to_number, direction) "
                "values (1, %s, 'in') returning conversation_id",
                [address],
            ).fetchall()
        ]
        connection.execute(
            "update whatsapp_conversation set last_message_at = '2025-05-05 05:05Z' "
            "where id = any (%s)",
            [ids],
        )
        [(merge_id,)] = connection.execute(
            "select onethread.merge_conversations(1, %s, %s, 'test')", ids
        ).fetchall()
        connection.execute("select onethread.undo_merge(1, %s)", [merge_id])
    assert adopted.value(
        "select count(*) from whatsapp_conversation "
        "where id = any (%s) and last_message_at = '2025-05-05 05:05Z'", ids,
    ) == 2  # fmt: skip


def test_undo_is_refused_when_no_identifier_led_to_the_conversation(legacy: Crm) -> None:
    """The second of two that the CRM made for one person: there is nobody to give it to."""
    with legacy.connect() as connection:
        connection.execute(
            "insert into whatsapp_conversation (business_id, canonical_key) "
            "values (1, 'phone:1:+972541112223'), (1, '054-1112223')"
        )
        migrate.migrate(legacy.url, "IL")
        [(merge_id,)] = connection.execute(
            "select g.id from onethread.whatsapp_conversation_merge g "
            "inner join whatsapp_conversation c "
            "on c.business_id = g.business_id and c.id = g.survivor_id "
            "where c.canonical_key = 'phone:1:+972541112223'"
        ).fetchall()
        with pytest.raises(
            psycopg.errors.ObjectNotInPrerequisiteState, match="no identifier led to"
        ):
            connection.execute("select onethread.undo_merge(1, %s)", [merge_id])


def test_row_stays_when_another_table_cannot_follow(legacy: Crm) -> None:
    """One setting a conversation: of two neither is lost, and the key goes to one."""
    with legacy.connect() as connection:
        connection.execute(
            "create table conversation_setting (conversation_id integer primary key "
            "references whatsapp_conversation (id), color text)"
        )
        ids = [
            row[0]
            for _ in range(2)
            for row in connection.execute(
                "insert into whatsapp_conversation (business_id, canonical_key) "
                "values (1, 'phone:1:+972541112223') returning id"
            ).fetchall()
        ]
        connection.execute("insert into conversation_setting values (%s, 'red'), (%s, 'blue')", ids)
    migrate.migrate(legacy.url, "IL")
    assert legacy.rows("select conversation_id, color from conversation_setting order by 1") == [
        (ids[0], "red"),
        (ids[1], "blue"),
    ]
    assert legacy.rows(
        "select id, canonical_key from whatsapp_conversation where id = any (%s) order by 1", ids
    ) == [(ids[0], "phone:1:+972541112223"), (ids[1], None)]
    assert legacy.rows(
        "select onethread.find_conversation_by_id(1, id) from unnest(%s::bigint[]) as id", ids
    ) == [(ids[0],), (ids[0],)]
    assert legacy.rows("select problem, id from thread_integrity") == []


def test_all_succeed_when_several_migrate_at_once(legacy: Crm, adopted_schema: str) -> None:
    """One adopts, which includes waiting for every other statement; the others wait for it."""

    def work(connection: psycopg.Connection[Any], number: int) -> None:
        migrate.migrate(legacy.url, "IL")

    assert run_together(legacy.url, [work] * 3) == []
    assert dump_schema(legacy.url) == adopted_schema
