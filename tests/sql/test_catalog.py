"""Rules that hold for every object of the schema."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import Connection
from tests.sql.query import rows

FUNCTIONS = Path(__file__).parents[2] / "db" / "functions"

# Tables that are no tenant's: the tenants themselves, and what the installation says of itself.
GLOBAL_TABLES = "('business', 'onethread_source')"
IS_TENANT_TABLE = (
    "c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') "
    "and c.relname !~ 'yoyo' "
    f"and c.relname not in {GLOBAL_TABLES}"
)


def test_tables_are_found_when_catalog_is_read(connection: Connection) -> None:
    """The rules below speak of these, at least."""
    tables = names(connection, f"select c.relname as name from pg_class c where {IS_TENANT_TABLE}")
    assert tables >= {
        "business_number",
        "lead",
        "whatsapp_conversation",
        "whatsapp_identity",
        "whatsapp_message",
        "whatsapp_message_event",
        "webhook_reject",
    }


def test_functions_are_the_files_when_loaded(connection: Connection) -> None:
    loaded = [
        row.name
        for row in rows(
            connection,
            "select proname as name from pg_proc where pronamespace = 'public'::regnamespace",
        )
    ]
    assert sorted(loaded) == sorted(path.stem for path in FUNCTIONS.glob("*.sql"))


@pytest.mark.parametrize(
    "query",
    [
        "select proname as name from pg_proc where pronamespace = 'public'::regnamespace "
        "and obj_description(oid, 'pg_proc') is null",
        "select c.relname as name from pg_class c where c.relkind in ('r', 'v') "
        "and c.relnamespace = 'public'::regnamespace and c.relname !~ 'yoyo' "
        "and obj_description(c.oid, 'pg_class') is null",
    ],
)
def test_object_has_comment_when_loaded(connection: Connection, query: str) -> None:
    assert names(connection, query) == set()


def test_search_path_is_pinned_when_function_is_definer(connection: Connection) -> None:
    definers = rows(
        connection,
        "select proname, proconfig from pg_proc "
        "where pronamespace = 'public'::regnamespace and prosecdef",
    )
    assert "link_message" in {row.proname for row in definers}
    for row in definers:
        assert "search_path=public, pg_temp" in (row.proconfig or []), row.proname


def test_definer_asks_whom_it_may_read_when_it_can_be_called(connection: Connection) -> None:
    """A definer function that anybody could call would read every tenant's rows."""
    callable_definers = rows(
        connection,
        "select proname, prosrc from pg_proc where pronamespace = 'public'::regnamespace "
        "and prosecdef and prorettype <> 'trigger'::regtype",
    )
    assert {row.proname for row in callable_definers} == {"search_conversations"}
    for row in callable_definers:
        first_statement = row.prosrc[row.prosrc.index("\nbegin\n") :].split(";")[0]
        assert "if not public.is_readable_business(p_business_id) then" in first_statement


def test_view_reads_as_its_reader_when_queried(connection: Connection) -> None:
    views = rows(
        connection,
        "select relname, reloptions from pg_class "
        "where relkind = 'v' and relnamespace = 'public'::regnamespace and relname !~ 'yoyo'",
    )
    assert {row.relname for row in views} >= {"whatsapp_inbox", "unlinked_message"}
    for row in views:
        assert "security_invoker=true" in (row.reloptions or []), row.relname


def test_table_has_policy_when_it_is_a_tenants(connection: Connection) -> None:
    unprotected = names(
        connection,
        "select c.relname as name from pg_class c "
        f"where ({IS_TENANT_TABLE} or c.oid = 'business'::regclass) "
        "and not (c.relrowsecurity "
        "and exists (select from pg_policy p where p.polrelid = c.oid))",
    )
    assert unprotected == set()


def test_business_id_is_bigint_not_null_when_table_is_a_tenants(connection: Connection) -> None:
    wrong = names(
        connection,
        f"select c.relname as name from pg_class c where {IS_TENANT_TABLE} and not exists ("
        "select from pg_attribute a where a.attrelid = c.oid and a.attname = 'business_id' "
        "and a.atttypid = 'bigint'::regtype and a.attnotnull)",
    )
    assert wrong == set()


def test_primary_and_unique_keys_start_with_business_when_table_is_a_tenants(
    connection: Connection,
) -> None:
    keys = rows(
        connection,
        "select i.indexrelid::regclass::text as name, a.attname, i.indisprimary "
        "from pg_index i inner join pg_class c on c.oid = i.indrelid "
        "left join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0] "
        f"where {IS_TENANT_TABLE} and i.indisunique",
    )
    assert "whatsapp_message_delivery_idx" in {row.name for row in keys}
    assert {row.name for row in keys if row.attname != "business_id"} == set()
    tables = names(connection, f"select c.relname as name from pg_class c where {IS_TENANT_TABLE}")
    assert len([row for row in keys if row.indisprimary]) == len(tables)


def test_foreign_key_starts_with_business_and_has_index_when_declared(
    connection: Connection,
) -> None:
    keys = rows(
        connection,
        "select k.conname as name, "
        "(select attname from pg_attribute a where a.attrelid = k.conrelid "
        " and a.attnum = k.conkey[1]) as first_column, "
        "exists (select from pg_index i where i.indrelid = k.conrelid and "
        " (i.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey) as is_indexed "
        "from pg_constraint k where k.contype = 'f' and k.connamespace = 'public'::regnamespace",
    )
    assert "whatsapp_message_conversation_fkey" in {row.name for row in keys}
    assert {row.name for row in keys if row.first_column != "business_id"} == set()
    assert {row.name for row in keys if not row.is_indexed} == set()


def test_id_is_bigint_from_sequence_when_generated(connection: Connection) -> None:
    ids = rows(
        connection,
        "select c.relname as name, a.atttypid = 'bigint'::regtype as is_bigint, "
        "a.attidentity <> '' as is_identity, pg_get_expr(d.adbin, d.adrelid) as expression "
        "from pg_class c inner join pg_attribute a on a.attrelid = c.oid and a.attname = 'id' "
        "left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum "
        f"where {IS_TENANT_TABLE} or c.oid = 'business'::regclass",
    )
    assert len(ids) >= 5
    for row in ids:
        assert row.is_bigint and not row.is_identity, row.name
        assert row.expression.startswith("nextval("), row.name


def test_no_column_is_identity_when_schema_is_loaded(connection: Connection) -> None:
    query = (
        "select c.relname || '.' || a.attname as name from pg_attribute a "
        "inner join pg_class c on c.oid = a.attrelid "
        f"where {IS_TENANT_TABLE} and a.attidentity <> ''"
    )
    assert names(connection, query) == set()


def test_no_extension_is_needed_when_schema_is_loaded(connection: Connection) -> None:
    assert names(connection, "select extname as name from pg_extension") == {"plpgsql"}


@pytest.mark.parametrize("path", sorted(FUNCTIONS.glob("*.sql")), ids=lambda path: path.stem)
def test_function_body_is_qualified_when_it_names_a_table(path: Path) -> None:
    """Any session's search_path may be in force: every table is named with its schema."""
    code = re.sub(r"--.*|'(?:[^']|'')*'", "", path.read_text())
    tables = r"business|business_number|lead|whatsapp_\w+"
    assert not re.findall(rf"\b(?:from|join|into|update)\s+(?:{tables})\b", code)


def names(connection: Connection, query: str) -> set[str]:
    """The column `name` of a query."""
    return {row.name for row in rows(connection, query)}
