"""Reading what is another tenant's: directly, and by what errors and notices tell."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.catalog import OUR_SCHEMAS
from tests.conftest import Connection
from tests.security.arena import BAIT, MISNAMED, Arena

LOGINS = ["reader", "writer", "admin", "all"]


def relations(arena: Arena) -> list[tuple[str, bool]]:
    """(schema and name, whether it is a table) of all that has tenants, new ones too."""
    return arena.owner.execute(
        "select c.relnamespace::regnamespace || '.' || c.relname, c.relkind = 'r' from pg_class c "
        f"where c.relnamespace in {OUR_SCHEMAS} and c.relkind in ('r', 'v', 'm') "
        "and (c.relname = 'business' or exists (select from pg_attribute a "
        "where a.attrelid = c.oid and a.attname = 'business_id')) order by 1"
    ).fetchall()


def test_bait_is_in_every_relation_when_the_owner_reads(arena: Arena) -> None:
    """The check of all other tests: there is something to find."""
    for name, _ in relations(arena):
        if name == "public.thread_integrity":  # lists violations, and there is none
            continue
        text = arena.owner.execute(f"select jsonb_agg(t)::text from {name} t").fetchone()
        assert text is not None
        signs = (BAIT, str(arena.true["conversation"]), str(arena.victim_id))
        assert any(sign in text[0] for sign in signs), name


@pytest.mark.parametrize("login", LOGINS)
@pytest.mark.parametrize(
    "statement",
    [
        "select * from {relation} t",
        "select count(*), min(t::text) from {relation} t where t.{key} <> {own}",
        "select * from {relation} t where t.{key} = {business}",
        "set local onethread.business_id = '{business}'; select * from {relation}",
        "set local row_security = off; select * from {relation}",
        "set local enable_seqscan = off; select * from {relation} t where t.{key} > {own}",
        "set local plan_cache_mode = force_generic_plan; table {relation}",
        "declare c cursor for select * from {relation}; fetch all c",
        "select t.* from {relation} t, lateral (select t.{key}) x (y) where x.y = {business}",
        "select query_to_xml('select * from {relation}', true, true, '')",
        "select table_to_xml('{relation}', true, true, '')",
    ],
)
def test_only_own_rows_are_read_when_a_relation_is_queried(
    arena: Arena, login: str, statement: str
) -> None:
    with arena.login(login) as connection:
        for name, _ in relations(arena):
            key = "id" if name == "public.business" else "business_id"
            text = statement.replace("{relation}", name).replace("{key}", key)
            outcome = arena.compare(connection, text)
            assert not outcome.error.startswith(MISNAMED), outcome
            for row in outcome.rows or []:
                assert arena.victim_id not in row


@pytest.mark.parametrize(
    "statement",
    [
        "select * from {relation} t where t.{key} = {business} for update",
        "select * from {relation} t where t.{key} = {business} for key share",
        "select * from {relation} t tablesample system (100)",
        "select * from only {relation} t",
        "lock table {relation} in access exclusive mode",
        "copy {relation} to program 'cat'",
        "explain (costs off) select * from {relation} where {key} = {business}",
        "create index on {relation} ({key})",
        "create statistics on {key}, ctid from {relation}",
        "analyze {relation}; select * from pg_stats where '{relation}' = schemaname || '.' || "
        "tablename",
        "create temp table mine on commit drop as select * from {relation}; table mine",
        "create temp table child () inherits ({relation})",
        "create rule peep as on select to {relation} do instead select 1",
        "alter table {relation} disable row level security",
        "alter table {relation} owner to current_user",
        "drop policy business_isolation on {relation}",
        "create policy mine on {relation} using (true)",
        "grant select on {relation} to public",
    ],
)
def test_nothing_is_read_when_a_table_is_handled(
    arena: Arena, attacker: Connection, statement: str
) -> None:
    for name, is_table in relations(arena):
        if is_table:
            key = "id" if name == "public.business" else "business_id"
            arena.compare(attacker, statement.replace("{relation}", name).replace("{key}", key))


def test_nothing_is_copied_out_when_copy_is_used(arena: Arena, attacker: Connection) -> None:
    for name, _ in relations(arena):
        arena.attempts += 1
        try:
            with attacker.cursor().copy(f"copy (select * from {name}) to stdout") as copy:
                assert BAIT.encode() not in b"".join(bytes(block) for block in copy), name
        except Exception as error:
            assert "permission denied" in str(error)


LEAKY = """
create or replace function pg_temp.leak(text) returns boolean language plpgsql
  cost 0.0000001 as $$ begin raise notice 'seen %', $1; return true; end $$;
"""


@pytest.mark.parametrize(
    "statement",
    [
        LEAKY + "select count(*) from public.whatsapp_message m where pg_temp.leak(m.body)",
        LEAKY + "select count(*) from public.whatsapp_thread t where pg_temp.leak(t.body)",
        LEAKY + "select count(*) from public.whatsapp_inbox i where pg_temp.leak(i.title)",
        LEAKY + "select count(*) from public.lead l where pg_temp.leak(l.name)",
        LEAKY + "select count(*) from public.crm_conversation c where pg_temp.leak(c.display_name)",
        LEAKY + "select count(*) from public.crm_lead_timeline t where pg_temp.leak(t.body)",
        LEAKY + "select count(*) from public.crm_unanswered u where pg_temp.leak(u.display_name)",
        LEAKY + "select count(*) from public.crm_daily_activity a where pg_temp.leak(a.source)",
        LEAKY + "select count(*) from public.crm_response_time r where pg_temp.leak(r.source)",
        LEAKY
        + "select count(*) from public.crm_identity_change n where pg_temp.leak(n.identifier)",
        LEAKY + "select count(*) from public.business b where pg_temp.leak(b.name)",
        LEAKY
        + "select count(*) from public.whatsapp_message m where pg_temp.leak(m.body) for share",
        "select count(*) from public.whatsapp_message m where m.body::int = 1",
        "select count(*) from public.whatsapp_message m where m.payload->>'text' > '' "
        "and (m.payload->>'text')::int = 1",
        "select count(*) from public.whatsapp_message m where 1 / (m.id - {message}) = 7",
        "select count(*) from public.whatsapp_message m where m.id = {message}",
        "select count(*) from public.whatsapp_message m where m.body like '%cret%'",
        "select count(*) from public.whatsapp_message m where m.body ilike '%CRET tom%'",
        "select count(*) from public.whatsapp_message m where m.body ~ 's.cret'",
        "select count(*) from public.whatsapp_message m "
        "where to_tsvector('simple', m.body) @@ 's3cret'::tsquery",
        'select count(*) from public.whatsapp_message m where m.payload @> \'{"text": "s3cret"}\'',
        "select count(*) from public.whatsapp_message m "
        "where m.payload @? '$.text ? (@ starts with \"s3\")'",
        "select ts_stat.* from ts_stat('select to_tsvector(body) from public.whatsapp_message')",
        "select count(*) from public.whatsapp_identity i where i.value = '{phone}'",
        "select count(*) from public.whatsapp_identity i where i.match_value >= '{phone}'",
        "select count(*) from public.lead l where l.phone = '{phone}'",
        "select count(*) from public.whatsapp_conversation c where c.canonical_key like '%{lead}'",
        "with recursive r (id) as (select {message} union select m.id from r "
        "join public.whatsapp_message m on m.id > r.id) select count(*) from r where id > 770000 "
        "and id <> {message}",
    ],
)
def test_nothing_is_told_when_a_condition_leaks(
    analyzed_arena: Arena, record_property: Callable[[str, object], None], statement: str
) -> None:
    with analyzed_arena.login("all") as connection:
        analyzed_arena.compare(connection, statement)
    record_property("attacks", 2)


@pytest.mark.parametrize(
    "statement",
    [
        "select * from pg_stats where schemaname in ('public', 'onethread')",
        "select * from pg_stats_ext",
        "select * from pg_statistic",
        "select * from pg_stat_activity",
        "select * from pg_prepared_statements",
        "select * from pg_cursors",
        "select * from pg_largeobject",
        "select pg_read_file('PG_VERSION')",
        "select pg_ls_dir('.')",
        "copy (select 1) to '/tmp/x'",
        "select lo_import('/etc/passwd')",
        "select * from pg_authid",
        "select last_value from public.whatsapp_conversation_id_seq",
        "select setval('public.whatsapp_message_id_seq', 1)",
        "select currval('public.whatsapp_message_id_seq')",
        "select nextval('public.whatsapp_conversation_id_seq')",
        "select nextval('public.whatsapp_identity_id_seq')",
        "select nextval('onethread.whatsapp_conversation_merge_id_seq')",
        "select * from onethread._yoyo_log",
        "select * from information_schema.columns where table_schema in ('public', 'onethread')",
        "select * from pg_policies",
    ],
)
def test_nothing_is_read_when_the_server_is_asked(
    analyzed_arena: Arena, record_property: Callable[[str, object], None], statement: str
) -> None:
    with analyzed_arena.login("all") as connection:
        outcome = analyzed_arena.attack(connection, statement)
    if "_seq" in statement:
        assert outcome.error.startswith(("42501", "55000")), outcome
    record_property("attacks", 1)


@pytest.mark.parametrize(
    "statement",
    [
        "set role postgres",
        "set role onethread_app",
        "set local role onethread_app; select * from public.whatsapp_message",
        "select set_config('role', 'onethread_app', false)",
        "set session authorization postgres",
        "select set_config('session_authorization', 'postgres', false)",
        "grant onethread_app to current_user",
        "alter role current_user bypassrls",
        "alter role current_user superuser",
        "alter role current_user createrole",
        "alter role current_user set onethread.business_id = '{business}'",
        "alter role current_user rename to role_of_s3cret",
        "create role helper bypassrls",
        "insert into onethread.business_member (business_id, role_name) "
        "values ({business}, current_user)",
        "update onethread.business_member set business_id = {business}",
        "delete from onethread.business_member",
        "set session_replication_role = replica",
        "alter system set row_security = off",
        "create or replace function onethread.visible_businesses(p_role name) returns setof bigint "
        "language sql as 'select {business}'",
        "create function public.mine() returns int language sql as 'select 1'",
        "alter function onethread.link_message_trigger() owner to current_user",
        "alter function onethread.merge_conversations(bigint, bigint, bigint, text) reset all",
        "drop function onethread.check_caller(bigint) cascade",
        "drop index public.whatsapp_message_inbox_idx",
        "reindex table public.whatsapp_message",
        "alter table public.whatsapp_message disable trigger all",
        "create trigger t before insert on public.whatsapp_message for each row "
        "execute function onethread.link_message_trigger()",
        "create extension dblink",
        "create extension postgres_fdw",
        "load 'auto_explain'",
        "create language plperlu",
    ],
)
def test_rights_do_not_grow_when_taken(arena: Arena, attacker: Connection, statement: str) -> None:
    outcome = arena.attack(attacker, statement)
    assert outcome.error or outcome.rowcount <= 0
    others = "select * from public.whatsapp_message m where m.business_id <> {own}"
    assert arena.attack(attacker, others).rows == []


def test_members_are_ones_own_when_read(arena: Arena, attacker: Connection) -> None:
    outcome = arena.attack(attacker, "select business_id, role_name from onethread.business_member")
    assert outcome.rows == [(arena.attacker_id, arena.logins["all"])]


def test_reader_reads_its_own_when_everything_is_as_meant(
    arena: Arena,
) -> None:
    """The attacker is no stranger: what is its own it reads by every way."""
    with arena.login("reader") as connection:
        for statement in (
            "select * from public.whatsapp_message where business_id = {own}",
            "select * from public.whatsapp_thread where business_id = {own}",
            "select * from public.whatsapp_inbox where business_id = {own}",
            "select * from public.unlinked_message where business_id = {own}",
            "select * from public.crm_conversation where business_id = {own}",
            "select * from public.crm_lead_timeline where business_id = {own}",
            "select * from public.crm_unanswered where business_id = {own}",
            "select * from public.crm_daily_activity where business_id = {own}",
            "select * from public.crm_response_time where business_id = {own}",
            "select * from onethread.list_response_times({own}, '-infinity', 'infinity')",
            "select * from public.crm_identity_change where business_id = {own}",
            "select * from onethread.conversation_read where business_id = {own}",
            "select * from onethread.list_inbox({own})",
            "select * from onethread.list_thread({own}, {conversation})",
            "select * from onethread.list_conversation({own}, '{phone}')",
            "select * from onethread.explain_message({own}, {message})",
            "select * from public.lead where business_id = {own}",
        ):
            outcome = arena.attack(connection, statement, arena.own)
            assert outcome.error == "" and outcome.rows, statement
