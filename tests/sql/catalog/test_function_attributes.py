"""What functions say of themselves is so, and no index is lost to what they do not say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import psycopg
import pytest

from tests.catalog import OUR_SCHEMAS
from tests.conftest import Connection, add_business
from tests.sql.catalog.test_plans import node_types
from tests.sql.query import rows, scalar

_CALL = re.compile(r"\b(?:(onethread|pg_catalog)\.)?(\w+)\s*\(")


@dataclass(frozen=True)
class Function:
    """A function of ours, as it is installed."""

    source: str
    is_parallel_safe: bool
    language: str = "plpgsql"


def installed(connection: Connection) -> dict[str, Function]:
    """All functions of ours, name -> function."""
    return {
        row.proname: Function(
            re.sub(r"--[^\n]*|'(?:[^']|'')*'", "", row.prosrc),
            row.proparallel in ("s", b"s"),
            row.lanname,
        )
        for row in rows(
            connection,
            "select p.proname, p.prosrc, p.proparallel, l.lanname from pg_proc p "
            "inner join pg_language l on l.oid = p.prolang "
            "where p.pronamespace = to_regnamespace('onethread')",
        )
    }


def unsafe_in_parallel(functions: Mapping[str, Function], built_in: set[str]) -> dict[str, str]:
    """Functions that say "parallel safe" and are not -> why."""
    found = {}
    for name, function in functions.items():
        if not function.is_parallel_safe:
            continue
        if re.search(r"\bexception\s+when\b", function.source):
            found[name] = "catches an exception"
        for schema, called in _CALL.findall(function.source):
            if (schema == "onethread" and not functions[called].is_parallel_safe) or (
                schema != "onethread" and called in built_in
            ):
                found[name] = f"calls {called}"
        if re.search(r"\b(insert into|update \w|delete from|for (no key )?(update|share))\b",
                     function.source):  # fmt: skip
            found[name] = "writes or locks"
    return found


def test_function_is_safe_in_parallel_when_it_says_so(connection: Connection) -> None:
    built_in = {
        name
        for (name,) in rows(
            connection,
            "select proname from pg_proc where pronamespace = 'pg_catalog'::regnamespace "
            "group by proname having bool_and(proparallel <> 's')",
        )
    }
    functions = installed(connection)
    assert sum(function.is_parallel_safe for function in functions.values()) > 50
    assert "set_config" in built_in
    assert unsafe_in_parallel(functions, built_in) == {}


def test_unsafe_function_is_noticed_when_it_says_it_is_safe() -> None:
    """The check of the test above."""
    functions = {
        "catches": Function("begin null; exception when data_exception then null; end", True),
        "reads": Function("select onethread.catches(x) from onethread.t", True),
        "calls": Function("select onethread.plain(x)", True),
        "sets": Function("perform set_config(a, b, true)", True),
        "locks": Function("select x from public.lead l for share", True),
        "plain": Function("exception when", False),
    }
    assert unsafe_in_parallel(functions, {"set_config"}) == {
        "catches": "catches an exception",
        "calls": "calls plain",
        "sets": "calls set_config",
        "locks": "writes or locks",
    }


@pytest.mark.parametrize("role", ["onethread_app", "onethread_reader"])
def test_query_runs_in_parallel_when_a_policy_applies(
    connection: Connection, business_id: int, role: str
) -> None:
    """visible_businesses() is in every policy: were it unsafe, no plan would have a Gather."""
    connection.execute(
        "insert into whatsapp_conversation (business_id) select %s from generate_series(1, 2000)",
        [business_id],
    )
    connection.execute("analyze whatsapp_conversation")
    connection.execute(
        "set local parallel_setup_cost = 0; set local parallel_tuple_cost = 0; "
        "set local min_parallel_table_scan_size = 0; set local min_parallel_index_scan_size = 0"
    )
    connection.execute(f"set local role {role}")
    plan = scalar(
        connection, "explain (format json) select count(kind) from public.whatsapp_conversation"
    )
    assert "Gather" in node_types(plan[0]["Plan"]) or "Gather Merge" in node_types(plan[0]["Plan"])


def collation_traps(
    functions: Mapping[str, Function], keyed: set[str], indexed: set[str]
) -> dict[str, str]:
    """PL/pgSQL functions that are called with a column of collation "C", and look up a column of
    another collation by a variable that has inherited it -> the comparison."""
    called = {
        name
        for function in functions.values()
        for name, arguments in re.findall(r"onethread\.(\w+)\(([^;]*?)\)", function.source)
        if re.search(rf"\.({'|'.join(sorted(keyed))})\b", arguments)
    }
    compared = re.compile(
        rf"\.({'|'.join(sorted(indexed))})\s*=\s*(?:any\s*\(\s*)?((?:v_|p_)\w+)\b(?!\.)"
    )
    found = {}
    for name in called & functions.keys():
        function = functions[name]
        for column, variable in compared.findall(function.source):
            is_pinned = re.search(rf"\b{variable} text(\[\])? collate ", function.source)
            if function.language == "plpgsql" and not is_pinned:
                found[name] = f"{column} = {variable}"
    return found


def test_no_function_loses_an_index_to_the_collation_of_its_arguments(
    connection: Connection,
) -> None:
    columns = rows(
        connection,
        "select distinct a.attname, a.attcollation = 'pg_catalog.\"C\"'::regcollation as is_c, "
        "exists (select from pg_index i where i.indrelid = c.oid and a.attnum = any (i.indkey)) "
        "as is_indexed "
        "from pg_attribute a inner join pg_class c on c.oid = a.attrelid "
        f"where c.relnamespace in {OUR_SCHEMAS} and c.relkind = 'r' and c.relname !~ 'yoyo' "
        "and a.attnum > 0 and a.atttypid in ('text'::regtype, 'text[]'::regtype)",
    )
    keyed = {column.attname for column in columns if column.is_c}
    indexed = {
        column.attname for column in columns if not column.is_c and column.is_indexed
    } - keyed
    assert keyed >= {"a_key", "b_key"}
    assert indexed >= {"match_value", "phone_match_value", "provider_message_id"}
    assert collation_traps(installed(connection), keyed, indexed) == {}


def test_lost_index_is_noticed_when_a_variable_inherits_a_collation() -> None:
    """The check of the test above."""
    functions = {
        "asks": Function("select onethread.{}(e.b, e.a_key) from t e", False),
        "looks": Function("declare v_x text; begin select from t where t.m = v_x; end", False),
        "pins": Function(
            'declare v_x text collate "default"; begin select from t where t.m = v_x; end', False
        ),
    }
    for name, expected in {"looks": {"looks": "m = v_x"}, "pins": {}}.items():
        asking = Function(functions["asks"].source.format(name), False)
        assert collation_traps(functions | {"asks": asking}, {"a_key"}, {"m"}) == expected


@pytest.fixture
def unanalyzed(database: str) -> Iterator[Connection]:
    """A database of the test's own: plans are those of tables that nothing is known of."""
    with psycopg.connect(database) as connection:
        yield connection


def test_key_of_evidence_is_renewed_by_one_probe(unanalyzed: Connection) -> None:
    """However many phones there are: `onethread phone-metadata` asks for all statements."""
    business_id = add_business(unanalyzed)
    costs = []
    for first, last in ((1, 200), (201, 4000)):
        unanalyzed.execute(
            "insert into whatsapp_identity (business_id, kind, value, match_value) "
            "select %(b)s, 'phone', '+97254' || 1000000 + i, '+97254' || 1000000 + i "
            "from generate_series(%(first)s::int, %(last)s) i",
            {"b": business_id, "first": first, "last": last},
        )
        unanalyzed.execute(
            "insert into whatsapp_identity_evidence "
            "(business_id, a, b, relation, a_key, b_key, applied_at) "
            "select %(b)s, k, 'x', 'same', 'lid::1' || i, k, now() "
            "from generate_series(%(first)s::int, %(last)s) i "
            "cross join lateral (select 'phone::+97254' || 1000000 + i) x (k)",
            {"b": business_id, "first": first, "last": last},
        )
        before = _blocks(unanalyzed)
        asked = rows(
            unanalyzed,
            "select onethread.renew_evidence_key(e.business_id, e.b, e.b_key) = e.b_key as is_same "
            "from (select * from whatsapp_identity_evidence where business_id = %s limit 50) e",
            business_id,
        )
        assert {row.is_same for row in asked} == {True}
        costs.append(_blocks(unanalyzed) - before)
    few, many = costs
    assert many < 2 * few + 50, costs


def _blocks(connection: Connection) -> int:
    return int(
        scalar(
            connection,
            "select sum(pg_stat_get_xact_blocks_fetched(oid)) from pg_class "
            "where relname like 'whatsapp_identity%%'",
            *(),
        )
    )


def test_nothing_is_compiled_where_a_way_of_joining_is_forbidden(connection: Connection) -> None:
    """What is forbidden costs so much that a server with JIT compiles all it calls: seconds."""
    found = rows(
        connection,
        "select proname, proconfig from pg_proc where proconfig::text ~ 'enable_'",
    )
    assert found
    assert [row.proname for row in found if "jit=off" not in row.proconfig] == []


def test_what_a_row_sets_off_never_reads_a_table_from_one_end_to_the_other(
    connection: Connection,
) -> None:
    """While a table has a page, that is the cheapest plan; it is kept while an import fills it."""
    reads_nothing_that_grows = {
        "bound_event_times_trigger",
        "bound_evidence_times_trigger",
        "check_business_trigger",
        "shorten_ids_trigger",
        "stamp_change_trigger",
    }
    found = rows(
        connection,
        "select proname, proconfig from pg_proc "
        "where pronamespace = to_regnamespace('onethread') and prorettype = 'trigger'::regtype",
    )
    assert {
        row.proname for row in found if "enable_seqscan=off" not in row.proconfig
    } == reads_nothing_that_grows
