"""Two tenants together: what neither may do alone, by lending each other their rights."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from psycopg import sql
from pytest_postgresql.executors import NoopExecutor

from onethread.people.erasure import erase
from tests.conftest import Connection, add_login
from tests.security.arena import GROUPS, Arena, build, fill
from tests.server import cloned

# What the attacker, who has every right in his own business, lends to a login of the other one.
DEFINERS = {
    "export_person": "select item::text from onethread.export_person({business}, '{phone}')",
    "preview": "select addresses::text from onethread.preview_erasure({business}, '{phone}')",
    "merge": "select onethread.merge_conversations("
    "{business}, {conversation}, {other_conversation}, 'x')::text",
    "undo": "select onethread.undo_merge({business}, {merge})::text",
    "split": "select onethread.split_identifier({business}, 'phone', '{phone}')::text",
    "two people": "select onethread.declare_different("
    "{business}, {conversation}, {other_conversation}, 'x')::text",
    "apply": "select onethread.apply_pending_evidence({business})::text",
    "erase": "select onethread.start_erasure({business}, '{phone}')::text",
    "go on": "select onethread.continue_erasure({business}, {erasure})::text",
    "expire": "select onethread.delete_expired_rejects({business}, 10)::text",
    "search": "select s::text from onethread.search_conversations({business}, 'tomorrow', 10) as s",
    "others": "select o::text "
    "from onethread.find_other_conversations({business}, 'infinity', '{}', 10) as o",
    "turn": "select onethread.take_turn({business}, 'retry', true)::text",
}
READS = {
    "messages": "select body from public.whatsapp_message where business_id = {business}",
    "events": "select body from public.whatsapp_message_event where business_id = {business}",
    "leads": "select name from public.lead where business_id = {business}",
    "people": "select value from public.whatsapp_identity where business_id = {business}",
    "evidence": "select a from public.whatsapp_identity_evidence where business_id = {business}",
    "thread": "select body from public.whatsapp_thread where business_id = {business}",
    "inbox": "select title from public.whatsapp_inbox where business_id = {business}",
}


@pytest.fixture(scope="module")
def crowd(postgresql_noproc: NoopExecutor) -> Iterator[Arena]:
    """An arena in which the victim, too, has logins: helper_GROUP, of its business."""
    with cloned(postgresql_noproc) as uri:
        arena = build(uri)
        for group in GROUPS:
            add_login(arena.owner, _helper(arena, group), group)
            arena.owner.execute(
                "insert into onethread.business_member values (%s, %s)",
                [arena.victim_id, _helper(arena, group)],
            )
        yield arena
        arena.owner.close()


@pytest.fixture
def arena(crowd: Arena, request: pytest.FixtureRequest) -> Iterator[Arena]:
    """Nothing of the victim's may change during the test."""
    before = crowd.attempts
    with crowd.untouched():
        yield crowd
    request.node.user_properties.append(("attacks", crowd.attempts - before))


def _helper(arena: Arena, group: str) -> str:
    return f"helper_{group}_{arena.logins['all'].rsplit('_')[-1]}"


def helper(arena: Arena, group: str) -> Connection:
    """A session of the victim's business: of a login in one group, and nothing else."""
    connection = psycopg.connect(arena.uri, user=_helper(arena, group), autocommit=True)
    connection.execute("set statement_timeout = '10s'")
    return connection


@contextmanager
def lent(arena: Arena, statements: str) -> Iterator[None]:
    """A schema of the attacker's, open to everybody, with what the statements make in it."""
    with arena.login("all") as attacker:
        attacker.execute("create schema lent; grant usage on schema lent to public")
        try:
            attacker.execute("set search_path = lent")
            attacker.execute(statements.encode())
            yield
        finally:
            attacker.execute("set client_min_messages = warning; drop schema lent cascade")


def ask(arena: Arena, connection: Connection, statement: str) -> list[Any]:
    """What the other login gets: no rows when it is refused."""
    arena.attempts += 1
    try:
        with connection.transaction():
            cursor = connection.execute(statement.encode())
            while cursor.nextset():
                pass
            found = cursor.fetchall() if cursor.description else []
            return [row for row in found if row != (None,)]
    except psycopg.Error:
        return []


@pytest.mark.parametrize("group", GROUPS[:2])
@pytest.mark.parametrize("name", DEFINERS)
def test_function_gives_nothing_when_another_tenant_lends_its_right(
    arena: Arena, group: str, name: str
) -> None:
    if (group, name) in {(GROUPS[0], "search"), (GROUPS[0], "others"), (GROUPS[1], "turn")}:
        return  # its own right
    body = fill(DEFINERS[name], arena.true)
    with lent(
        arena,
        "create function lent() returns setof text language sql security definer "
        f"set search_path = pg_catalog, pg_temp as $$ {body} $$; grant execute on function lent "
        "to public",
    ):
        assert ask(arena, helper(arena, group), "select * from lent.lent()") == []


@pytest.mark.parametrize("name", READS)
def test_view_shows_a_writer_nothing_when_a_reader_of_another_tenant_lends_it(
    arena: Arena, name: str
) -> None:
    """By query, by cursor, by a prepared statement, by a function that leaves its cursor open."""
    query = fill(READS[name], arena.true)
    statements = f"""
        create view lent as {query};
        create view barrier with (security_barrier) as table lent;
        grant select on lent, barrier to public;
        create function opened() returns refcursor language plpgsql security definer as $$
        declare c refcursor := 'c';
        begin open c for {query}; return c; end $$;
        create function passed() returns setof text language sql security definer as $$
        {query} $$;
        create function invoked() returns setof text language sql as $$ table lent.lent $$;
    """
    with lent(arena, statements):
        writer = helper(arena, GROUPS[1])
        for attempt in (
            "table lent.lent",
            "table lent.barrier",
            "select * from lent.passed()",
            "select * from lent.invoked()",
            "declare d cursor for table lent.lent; fetch all d",
            "select lent.opened(); fetch all c",
            "deallocate all; prepare p as table lent.lent; execute p",
            "set local plan_cache_mode = force_generic_plan; deallocate all; "
            "prepare p as table lent.lent; execute p; execute p",
            "create temp table mine on commit drop as table lent.lent; table mine",
            "select query_to_xml('table lent.lent', true, true, '')::text",
        ):
            found = ask(arena, writer, attempt)
            assert not [row for row in found if row[0] not in (None, "", "c")], (attempt, found)


@pytest.mark.parametrize("group", [GROUPS[0], GROUPS[2]])
def test_view_writes_nothing_when_a_writer_of_another_tenant_lends_it(
    arena: Arena, group: str
) -> None:
    statements = """
        create view messages as
        select business_id, direction, from_number, body from public.whatsapp_message;
        create view evidence as
        select business_id, a, b, relation, source from public.whatsapp_identity_evidence;
        grant insert, select on messages, evidence to public;
    """
    with lent(arena, statements):
        for attempt in (
            "insert into lent.messages values ({business}, 'inbound', '{phone}', 'forged')",
            "insert into lent.evidence values ({business}, '{phone}', '{lid}', 'same', 'x')",
        ):
            ask(arena, helper(arena, group), fill(attempt, arena.true))


def test_view_changes_nothing_when_an_administrator_of_another_tenant_lends_it(
    arena: Arena,
) -> None:
    statements = (
        "create view kept as select id, message_retention_days from public.business; "
        "grant select, update on kept to public"
    )
    with lent(arena, statements):
        ask(arena, helper(arena, GROUPS[0]), "update lent.kept set message_retention_days = 1")


def test_nothing_of_an_administrators_is_a_readers_when_another_tenant_lends_it(
    arena: Arena,
) -> None:
    """Which rights a table gives is the table's own: not everything is readable by every reader."""
    statements = """
        create view erasure as select business_id, step, keys from onethread.erasure;
        create view webhook as
        select business_id, provider, instance, secret_hash from onethread.webhook;
        grant select, insert, delete on erasure, webhook to public;
    """
    with lent(arena, statements):
        for group in GROUPS[:2]:
            other = helper(arena, group)
            for attempt in (
                "table lent.erasure",
                "table lent.webhook",
                "insert into lent.webhook values ({business}, 'waha', 'mine') returning instance",
                "delete from lent.webhook returning instance",
                "select onethread.delete_webhooks({business}, array[1])",
            ):
                assert ask(arena, other, fill(attempt, arena.true)) == [], attempt


def test_no_table_is_anybodys_to_lock(arena: Arena) -> None:
    """Who may delete or update rows may lock the whole table, whatever the policies say."""
    tables = [
        name
        for (name,) in arena.owner.execute(
            "select format('%I.%I', n.nspname, c.relname) from pg_class c "
            "inner join pg_namespace n on n.oid = c.relnamespace "
            "where n.nspname in ('public', 'onethread') and c.relkind in ('r', 'v', 'S') order by 1"
        ).fetchall()
    ]
    assert "onethread.webhook" in tables
    with arena.login("all") as attacker:
        for table in tables:
            for mode in ("access exclusive", "exclusive", "share row exclusive", "share",
                         "share update exclusive"):  # fmt: skip
                arena.attempts += 1
                with pytest.raises(psycopg.Error), attacker.transaction():
                    attacker.execute(f"lock table {table} in {mode} mode nowait".encode())
        for table in tables:
            for strength in ("update", "no key update", "share", "key share"):
                arena.attempts += 1
                with pytest.raises(psycopg.Error), attacker.transaction():
                    found = attacker.execute(
                        f"select from {table} for {strength} nowait".encode()
                    ).fetchall()
                    # An administrator sets how long his own business keeps its messages.
                    assert not found or (table == "public.business" and len(found) == 1)
                    raise psycopg.DataError


def test_rights_end_with_the_role_when_a_login_has_two(arena: Arena) -> None:
    """A cursor and a statement that were made as one role, used as another."""
    writer = helper(arena, GROUPS[1])
    role = writer.info.user
    arena.owner.execute(
        sql.SQL("grant {} to {}").format(
            sql.Identifier(role), sql.Identifier(arena.logins["reader"])
        )
    )
    query = fill(READS["messages"], arena.true)
    with arena.login("reader") as reader:
        for attempt in (
            f"declare c cursor for {query}; set local role {role}; fetch all c",
            f"prepare q as {query}; set local role {role}; execute q",
            f"set local role {role}; {query}",
        ):
            assert ask(arena, reader, attempt) == [], attempt
            ask(arena, reader, "deallocate all")


def test_reader_reads_its_own_when_a_colleague_lends_a_view(arena: Arena) -> None:
    """The check of the tests above: between two who may both read, a view is a view."""
    with lent(arena, "create view lent as table public.whatsapp_message; "
              "grant select on lent to public"):  # fmt: skip
        assert ask(arena, helper(arena, GROUPS[0]), "select id from lent.lent")


LOCKS = """
select pg_advisory_lock(hashtextextended(name, business_id::bigint))
from unnest(array['whatsapp_identity', 'onethread.retry', 'apply_pending_evidence']) as n (name),
  generate_series(0, 10) as business_id
"""


def test_other_tenants_stop_no_erasure_when_they_hold_what_they_can(
    postgresql_noproc: NoopExecutor,
) -> None:
    """A transaction that is left open, the numbers of advisory locks, a row of one's own."""

    with cloned(postgresql_noproc) as uri:
        arena = build(uri)
        knowledge = arena.true
        with arena.login("reader") as reader, arena.login("writer") as writer:
            reader.execute(LOCKS.encode())
            for session in (reader, writer):
                session.execute("begin")
                session.execute("select pg_current_xact_id()")
            reader.execute("select count(*) from onethread.business_member")
            writer.execute(
                "insert into public.whatsapp_message (business_id, direction, from_number) "
                "values (%s, 'inbound', '+972543333334')",
                [arena.attacker_id],
            )
            for statement in (
                "lock table onethread.business_lock in access share mode",
                "select from onethread.business_lock for key share",
                f"select onethread.take_turn({arena.victim_id}, 'join', true)",
                f"select onethread.lock_business({arena.victim_id}, 'join')",
            ):
                with (
                    pytest.raises(psycopg.Error),
                    psycopg.connect(uri, user=arena.logins["writer"]) as other,
                ):
                    other.execute(statement.encode())
            arena.owner.execute("set lock_timeout = '3s'")
            timer = threading.Timer(20, arena.owner.cancel)
            timer.start()
            try:
                report = erase(arena.owner, arena.victim_id, str(knowledge["phone"]))
            finally:
                timer.cancel()
            assert report["finished_at"] is not None
            turn = "select onethread.take_turn(%s, 'retry', true)"
            assert arena.owner.execute(turn, [arena.victim_id]).fetchone() == (True,)
            for session in (reader, writer):
                session.execute("rollback")
        arena.owner.close()


def test_erasure_waits_when_whoever_is_open_may_write_the_business(
    postgresql_noproc: NoopExecutor,
) -> None:
    """The check of the test above: the application, and a role of the CRM's own by a function."""

    with cloned(postgresql_noproc) as uri:
        arena = build(uri)
        arena.owner.execute(
            "create schema crm; grant usage on schema crm to public; "
            "create function crm.write(bigint) returns void language sql security definer as "
            "$$ insert into public.whatsapp_message (business_id, direction, from_number) "
            "values ($1, 'inbound', '+972543333335') $$"
        )
        own = f"crm_{arena.logins['all'].rsplit('_')[-1]}"
        arena.owner.execute(sql.SQL("create role {} login").format(sql.Identifier(own)))
        open_writer = "select onethread.is_older_writer_open(%s, %s)"
        for user, statement in (
            (arena.logins["app"], "select count(*) from onethread.source"),
            (own, f"select crm.write({arena.victim_id})"),
        ):
            with psycopg.connect(uri, user=user) as session:
                session.execute("select pg_current_xact_id()")
                session.execute(statement.encode())
                [[after]] = arena.owner.execute(
                    "select pg_current_xact_id()::text::bigint"
                ).fetchall()
                assert arena.owner.execute(open_writer, [arena.victim_id, after]).fetchone() == (
                    True,
                )
                session.rollback()
            assert arena.owner.execute(open_writer, [arena.victim_id, after]).fetchone() == (False,)
        arena.owner.execute(sql.SQL("drop role {}").format(sql.Identifier(own)))
        arena.owner.close()
