"""Calling every function of the schema, with another tenant's keys in every place."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.catalog import placed
from tests.conftest import Connection
from tests.security.arena import MISNAMED, Arena

REFUSED = "42501"
UNKNOWN = "P0002"

# For each type of argument, what somebody might give; the business always comes first.
GUESSES: dict[str, list[str]] = {
    "bigint": [
        "{conversation}",
        "{message}",
        "{identity}",
        "{lead}",
        "{merge}",
        "{evidence}",
        "{erasure}",
    ],
    "text": [
        "'{phone}'",
        "'{lid}'",
        "'{erased}'",
        "'lead:{lead}'",
        "'phone::{phone}'",
        "'phone:{business}:{phone}'",
        "'lead:{business}:{lead}'",
        "'phone'",
        "'tomorrow'",
    ],
    "text[]": ["array['phone::{phone}', 'lid::{lid}', 'lead:{lead}']"],
    "bigint[]": ["array[{conversation}, {other_conversation}]", "array[{identity}, {message}]"],
    "integer": ["100"],
    "boolean": ["true"],
    "interval": ["'5 min'"],
    "timestamp with time zone": ["now()", "null"],
    "jsonb": ["'{}'"],
    "name": ["'onethread_reader'", "current_user", "'onethread_app'"],
}
ROW = (
    'jsonb_populate_record(null::{type}, \'{"business_id": {business}, "id": {message}, '
    '"conversation_id": {conversation}, "identity_id": {identity}, "lead_id": {lead}, '
    '"kind": "phone", "scope": "", "value": "{phone}", "match_value": "{phone}", '
    '"direction": "inbound", "from_number": "{phone}", "provider_message_id": "{provider_id}", '
    '"absorbed_id": {other_conversation}, "survivor_id": {conversation}}\')'
)


# A plan made for the values may leave out, with a condition, the rights that it needs; after five
# calls the plan is for any values. That tells nothing, but must not differ between two calls.
PLAN = "set local plan_cache_mode = force_custom_plan;"


def calls(arena: Arena) -> list[str]:
    """Calls of every function that takes a business or a row, from the catalog: new ones too."""
    functions = arena.owner.execute(
        "select p.oid::regproc::text, array(select format_type(t.type, null) "
        "from unnest(p.proargtypes) with ordinality as t (type, n) order by t.n), "
        "coalesce(p.proargnames, '{}') "
        "from pg_proc p where p.pronamespace = to_regnamespace('onethread') and p.prokind = 'f' "
        "and p.prorettype <> 'trigger'::regtype "
        "and (p.proargnames[1] ~ 'business' or p.proname = 'visible_businesses' "
        "or exists (select from unnest(p.proargtypes) t (type) inner join pg_class c "
        "on c.reltype = t.type and c.relkind = 'r')) order by 1"
    ).fetchall()
    assert len(functions) > 40
    return [
        f"select f.* from {name}({', '.join(arguments)}) as f"
        for name, types, names in functions
        for arguments in _arguments(types, names)
    ]


def _arguments(types: list[str], names: list[str]) -> list[list[str]]:
    """One call for each guess; the other arguments have their first one."""

    def guesses(position: int) -> list[str]:
        if position < len(names) and names[position] == "p_business_id":
            return ["{business}"]
        kind = types[position]
        if kind.endswith("[]") and kind not in GUESSES:
            return [f"array[{_row(kind.removesuffix('[]'))}]"]
        return GUESSES.get(kind) or [_row(kind)]

    first = [guesses(position)[0] for position in range(len(types))]
    return [
        [*first[:position], guess, *first[position + 1 :]]
        for position in range(len(types))
        for guess in guesses(position)
    ]


def _row(kind: str) -> str:
    return ROW.replace("{type}", kind)


@pytest.mark.parametrize("login", ["reader", "writer", "admin", "all"])
def test_another_business_is_as_none_when_any_function_is_called(arena: Arena, login: str) -> None:
    with arena.login(login) as connection:
        for call in calls(arena):
            outcome = arena.compare(
                connection, f"{PLAN} set local onethread.business_id = '{{business}}'; {call}"
            )
            assert not outcome.error.startswith(MISNAMED), outcome


def test_another_business_is_as_none_when_the_application_calls(arena: Arena) -> None:
    """Trusted with its setting, and with nothing else."""
    with arena.login("app") as connection:
        for call in calls(arena):
            outcome = arena.compare(connection, f"{PLAN} {call}")
            assert not outcome.error.startswith(MISNAMED), outcome


DEFINERS = [
    "select onethread.merge_conversations({business}, {conversation}, {other_conversation}, 'x')",
    "select onethread.undo_merge({business}, {merge})",
    "select onethread.split_identifier({business}, 'phone', '{phone}')",
    "select onethread.split_identifier({business}, 'phone', '{phone}', now())",
    "select onethread.apply_pending_evidence({business})",
    "select onethread.apply_pending_evidence({business}, {evidence})",
    "select onethread.declare_different({business}, {conversation}, {other_conversation}, 'x')",
    "select onethread.withdraw_different({business}, {conversation}, {other_conversation})",
    "select onethread.preview_erasure({business}, '{phone}')",
    "select onethread.start_erasure({business}, '{phone}')",
    "select onethread.start_erasure({business}, '{erased}')",
    "select onethread.continue_erasure({business}, {erasure})",
    "select onethread.export_person({business}, '{phone}')",
    "select onethread.export_person({business}, '{erased}')",
    "select onethread.delete_expired_messages({business}, 10)",
    "select onethread.delete_expired_names({business}, 10)",
    "select onethread.forget_silent_conversation({business}, {conversation})",
    "select onethread.forget_unmet_person({business}, 'lid::{lid}')",
]


@pytest.mark.parametrize("login", ["reader", "writer", "admin", "all", "app"])
def test_function_for_all_businesses_does_nothing_when_a_tenant_calls(
    arena: Arena, login: str
) -> None:
    """Those that migrations and the server call, from the catalog: new ones too."""
    functions = arena.owner.execute(
        "select p.oid::regproc::text from pg_proc p "
        "where p.pronamespace = to_regnamespace('onethread') "
        "and p.pronargs = p.pronargdefaults and p.prorettype <> 'trigger'::regtype order by 1"
    ).fetchall()
    assert ("onethread.rekey_phones",) in functions
    with arena.login(login) as connection:
        for (name,) in functions:
            outcome = arena.attack(connection, f"select * from {name}()")
            assert not outcome.error.startswith(MISNAMED), outcome
        pending = arena.attack(connection, "select * from onethread.list_pending_evidence(1000)")
    if login != "app":
        assert pending.error.startswith(REFUSED)


@pytest.mark.parametrize("login", ["admin", "all", "app"])
@pytest.mark.parametrize("statement", DEFINERS)
def test_join_is_refused_as_for_no_business_when_it_is_anothers(
    arena: Arena, login: str, statement: str
) -> None:
    with arena.login(login) as connection:
        outcome = arena.compare(connection, statement)
        assert outcome.error.startswith(f"{UNKNOWN} | there is no business")


@pytest.mark.parametrize("login", ["reader", "writer"])
@pytest.mark.parametrize("statement", DEFINERS)
def test_join_is_refused_when_the_role_is_no_administrator(
    arena: Arena, login: str, statement: str
) -> None:
    with arena.login(login) as connection:
        assert arena.attack(connection, statement, arena.own).error.startswith(REFUSED)


@pytest.mark.parametrize("login", ["admin", "all", "app"])
@pytest.mark.parametrize(
    "statement",
    [
        "select onethread.merge_conversations({own}, {conversation}, {other_conversation}, 'x')",
        "select onethread.undo_merge({own}, {merge})",
        "select onethread.split_identifier({own}, 'phone', '{phone}0')",
        "select onethread.apply_pending_evidence({own}, {evidence})",
        "select onethread.explain_message({own}, {message})",
        "select onethread.preview_merge({own}, {conversation}, {other_conversation})",
        "select onethread.find_conversation_by_id({own}, {conversation})",
        "select onethread.list_thread({own}, {conversation})",
        "select onethread.list_conversation({own}, 'phone:{business}:{phone}')",
        "select onethread.list_conversation({own}, 'lead:{business}:{lead}')",
        "select onethread.declare_different({own}, {conversation}, {other_conversation}, 'x')",
        "select onethread.withdraw_different({own}, {conversation}, {other_conversation})",
        "select onethread.preview_erasure({own}, '{phone}')",
        "select onethread.preview_erasure({own}, '{erased}')",
        "select onethread.continue_erasure({own}, {erasure})",
        "select onethread.export_person({own}, '{phone}')",
        "select onethread.export_person({own}, '{erased}')",
        "select onethread.forget_silent_conversation({own}, {conversation})",
        "select onethread.forget_unmet_person({own}, 'lid::{lid}')",
        "select onethread.mark_read({own}, {conversation}, {message})",
        "select onethread.queue_message({own}, {conversation}, 'x')",
        "select onethread.note_sent_message({own}, {message}, 0, '{provider_id}')",
        "select onethread.note_sent_message({own}, {queued}, 0, '{provider_id}')",
        "select onethread.note_failed_message({own}, {queued}, 0, 'x', null)",
        "select onethread.learn_from_copies({own}, array['{provider_id}'])",
        "select onethread.count_unread({own}, {conversation})",
        "select onethread.last_inbound_message({own}, {conversation})",
        "select onethread.reply_address({own}, {conversation})",
        "select onethread.conversation_identifiers({own}, {conversation})",
        "select onethread.conversation_merges({own}, {conversation})",
        "select onethread.find_other_hour({own}, 'infinity', array[{conversation}])",
        "select onethread.find_other_conversations({own}, 'infinity', array[{conversation}], 1)",
    ],
)
def test_anothers_keys_are_as_unknown_ones_when_asked_of_ones_own(
    arena: Arena, login: str, statement: str
) -> None:
    with arena.login(login) as connection:
        arena.compare(connection, statement)


@pytest.mark.parametrize("login", ["admin", "app"])
def test_administrator_joins_and_parts_its_own_when_everything_is_as_meant(
    arena: Arena, login: str
) -> None:
    arena.owner.execute(
        "delete from whatsapp_identity_evidence where business_id = %s and relation = 'different'",
        [arena.attacker_id],
    )
    with arena.login(login) as connection:
        merge = arena.attack(
            connection,
            "select onethread.merge_conversations({own}, {conversation}, {other_conversation}, "
            "'x')",
            arena.own,
        )
        assert merge.rows, merge
        undo = f"select onethread.undo_merge({{own}}, {merge.rows[0][0]})"
        assert arena.attack(connection, undo, arena.own).error == ""
        assert arena.attack(connection, "select onethread.apply_pending_evidence({own})").rows


SEARCHES = [
    "tomorrow",
    "s3cret",
    "s3",
    "{phone}",
    "{lid}",
    "phone:{business}:{phone}",
    "business {business}",
    "''business {business}'' | tomorrow",
    "tomorrow''::tsquery || ''''business {business}''''",
    "s3cret:* | !x",
    "%",
    "_%",
    "",
]


@pytest.mark.parametrize("arena_name", ["shared_arena", "analyzed_arena"])
@pytest.mark.parametrize("login", ["reader", "writer", "admin", "all", "app"])
@pytest.mark.parametrize("text", SEARCHES)
def test_only_own_conversations_are_found_when_searched(
    request: pytest.FixtureRequest,
    record_property: Callable[[str, object], None],
    arena_name: str,
    login: str,
    text: str,
) -> None:
    """Without the full text index, and with it."""
    arena: Arena = request.getfixturevalue(arena_name)
    before = arena.attempts
    own = f"select * from onethread.search_conversations({{own}}, '{text}', 1000)"
    setting = "{own}" if login == "app" else "{business}"
    others = f"set local onethread.business_id = '{setting}'; {own.replace('{own}', '{business}')}"
    with arena.untouched(), arena.login(login) as connection:
        arena.compare(connection, own)
        outcome = arena.compare(connection, others)
        assert outcome.rows == [] or (login == "writer" and outcome.error.startswith(REFUSED))
    record_property("attacks", arena.attempts - before)


@pytest.mark.parametrize("arena_name", ["shared_arena", "analyzed_arena"])
@pytest.mark.parametrize("login", ["reader", "admin", "app"])
@pytest.mark.parametrize("text", ["tomorrow", "mine", "{phone}"])
def test_own_conversations_are_found_when_everything_is_as_meant(
    request: pytest.FixtureRequest, arena_name: str, login: str, text: str
) -> None:
    arena: Arena = request.getfixturevalue(arena_name)
    search = f"select * from onethread.search_conversations({{own}}, '{text}')"
    with arena.login(login) as connection:
        assert arena.attack(connection, search, arena.own).rows


@pytest.mark.parametrize("login", ["reader", "writer", "admin", "all", "app"])
def test_changes_are_ones_own_when_followed_from_the_beginning(arena: Arena, login: str) -> None:
    changes = "select conversation_ids from onethread.list_changes({business}, '3:3:')"
    with arena.login(login) as connection:
        outcome = arena.compare(connection, changes)
        assert outcome.rows == [([],)] or outcome.error.startswith(REFUSED)
        own = arena.attack(connection, changes, arena.own)
        assert (own.rows or [([],)])[0][0] or login == "writer"


def test_queue_is_ones_own_when_the_application_sends(arena: Arena) -> None:
    with arena.login("app") as connection:
        claim = "select id from onethread.claim_queued_messages({business}, 10, '1 min')"
        assert arena.compare(connection, claim).rows == []
        arena.owner.execute(
            "update whatsapp_message set status = 'queued', send_after = null where id = %s",
            [arena.own["queued"]],
        )
        own = arena.attack(connection, claim, arena.own)
        assert (arena.own["queued"],) in (own.rows or [])


@pytest.mark.parametrize("login", ["reader", "writer", "admin"])
@pytest.mark.parametrize(
    "statement",
    [
        "select onethread.claim_queued_messages({business}, 10, '1 min')",
        "select onethread.queue_message({business}, {conversation}, 'x')",
        "select onethread.mark_read({business}, {conversation}, {message})",
    ],
)
def test_queue_and_read_marks_are_closed_when_the_role_is_not_the_applications(
    arena: Arena, login: str, statement: str
) -> None:
    with arena.login(login) as connection:
        assert arena.attack(connection, statement, arena.own).error.startswith(REFUSED)


def triggers(arena: Arena) -> list[str]:
    """Names of the trigger functions that run as the owner."""
    rows = arena.owner.execute(
        "select proname::text from pg_proc where pronamespace = to_regnamespace('onethread') "
        "and prosecdef and prorettype = 'trigger'::regtype"
    ).fetchall()
    return [row[0] for row in rows]


@pytest.mark.parametrize("login", ["all", "app"])
def test_trigger_function_is_refused_when_attached_to_ones_own_table(
    arena: Arena, login: str
) -> None:
    """There it would run as the owner, on a row that no policy has seen."""
    names = triggers(arena)
    assert "link_message_trigger" in names
    with arena.login(login) as connection:
        for name in names:
            for table in ("whatsapp_message", "whatsapp_identity_evidence", "lead"):
                outcome = arena.attack(
                    connection,
                    f"create temp table bait (like {placed(table)}) on commit drop; "
                    "create trigger t before insert on bait for each row "
                    f"execute function onethread.{name}(); "
                    "insert into bait (business_id) values ({business}) returning *",
                )
                assert outcome.error.startswith(REFUSED), outcome


SHADOWS = """
create temp table business_member (business_id bigint, role_name name);
insert into business_member values ({business}, current_user);
create temp table business (id bigint, name text, default_region text, bare_digits text);
insert into business values ({business}, 'mine', 'IL', 'typed');
create temp table whatsapp_message (like public.whatsapp_message);
create temp table whatsapp_identity (like public.whatsapp_identity);
create temp table whatsapp_conversation (like public.whatsapp_conversation);
create temp view pg_roles as select current_user as rolname, true as rolsuper,
  true as rolbypassrls, 10::oid as oid;
create temp view pg_class as select 1259::oid as oid, 10::oid as relowner;
"""

SCHEMA = """
create schema trap;
create function trap.always(text, text) returns boolean language sql as 'select true';
create function trap.always(bigint, bigint) returns boolean language sql as 'select true';
create function trap.always(name, name) returns boolean language sql as 'select true';
create operator trap.= (leftarg = text, rightarg = text, function = trap.always);
create operator trap.= (leftarg = bigint, rightarg = bigint, function = trap.always);
create operator trap.= (leftarg = name, rightarg = name, function = trap.always);
create function trap.visible_businesses(p_role name) returns setof bigint
  language sql as 'select {business}';
create function trap.is_callers_business(p_business_id bigint) returns boolean
  language sql as 'select true';
create function trap.check_caller(p_business_id bigint) returns void language sql as 'select';
create function trap.can_write_business(p_business_id bigint) returns boolean
  language sql as 'select true';
create function trap.pg_has_role(name, oid, text) returns boolean language sql as 'select true';
create function trap.pg_has_role(name, regrole, text) returns boolean
  language sql as 'select true';
create function trap.to_regrole(text) returns regrole language sql
  as 'select current_user::text::regrole';
create function trap.row_security_active(regclass) returns boolean language sql as 'select false';
create function trap.current_setting(text) returns text language sql as $$ select 'postgres' $$;
create function trap.current_setting(text, boolean) returns text
  language sql as $$ select '{business}' $$;
"""

NOISY = """
create schema trap;
create function trap.strpos(text, text) returns int language plpgsql
  as $$ begin raise notice 'caught %', current_user; return 0; end $$;
set local search_path = trap, pg_catalog, public;
"""


@pytest.mark.parametrize(
    "path", ["trap, pg_temp, pg_catalog, public", "pg_temp, trap, public", "trap, public", ""]
)
@pytest.mark.parametrize(
    "statement",
    [
        *DEFINERS,
        "insert into public.whatsapp_message (business_id, direction, from_number) "
        "values ({business}, 'inbound', '{phone}')",
        "insert into public.whatsapp_identity_evidence (business_id, a, b, relation) "
        "values ({business}, '{phone}', '{lid}', 'same')",
        "select * from public.whatsapp_message t where t.business_id::int <> {own}",
        "select * from public.whatsapp_inbox t where t.business_id::int <> {own}",
        "select * from onethread.list_inbox({business})",
        "select * from onethread.list_conversation({business}, '{phone}')",
        "select * from onethread.explain_message({business}, {message})",
        "select * from onethread.search_conversations({business}, 'tomorrow')",
        "select * from onethread.search_conversations({business}, '{phone}')",
        "select t.* from unnest(onethread.search_messages({business}, array['tomorrow'], 10)) t",
        "select t.* from onethread.list_changes({business}, '3:3:') c, "
        "unnest(c.conversation_ids) t",
        "select * from onethread.claim_queued_messages({business}, 10, '1 min')",
        "select * from onethread.list_pending_evidence(10)",
        "select t.* from unnest(onethread.find_other_conversations({business}, now(), '{}', 1)) t",
        "select onethread.visible_businesses('onethread_reader')",
    ],
)
def test_nothing_gives_way_when_names_are_shadowed(
    arena: Arena, attacker: Connection, path: str, statement: str
) -> None:
    for schema in (SHADOWS, SCHEMA):
        # Where everything equals everything, some run for ever.
        outcome = arena.compare(
            attacker,
            f"{schema} set local statement_timeout = '2s'; "
            f"set local search_path = {path or repr('')}; "
            f"set local onethread.business_id = '{{business}}'; {statement}; "
            + "drop schema if exists trap cascade; discard temp",
        )
        assert outcome.rowcount <= 0 or outcome.error


def test_owner_runs_nobody_elses_code_when_names_are_shadowed(
    arena: Arena, attacker: Connection
) -> None:
    """A function that runs as its caller may meet the trap; one that runs as the owner does not."""
    asked = arena.attack(attacker, NOISY + "select onethread.address_region({own}, null, '0 5')")
    assert asked.error == ""
    assert asked.notices == [f"caught {arena.logins['all']} None"]
    written = arena.attack(
        attacker,
        f"drop schema trap cascade; {NOISY}"
        "insert into public.whatsapp_message (business_id, direction, from_number) "
        "values ({own}, 'inbound', '0 5'); drop schema trap cascade",
    )
    assert not [notice for notice in written.notices if "caught" in notice]
    assert written.error == ""
