"""Rules that hold for every object of the schema."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from onethread.database.config import DB_DIR
from tests.catalog import INSTALLATION_TABLES, OUR_SCHEMAS
from tests.conftest import Connection
from tests.sql import privileges
from tests.sql.query import rows, scalar

FUNCTIONS = DB_DIR / "functions"

# Tables that are no tenant's: the tenants themselves, and what the installation says of itself.
GLOBAL_TABLES = ("business", *INSTALLATION_TABLES)
IS_TENANT_TABLE = (
    f"c.relnamespace in {OUR_SCHEMAS} and c.relkind in ('r', 'p') "
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
            "select proname as name from pg_proc where pronamespace = to_regnamespace('onethread')",
        )
    ]
    assert sorted(loaded) == sorted(path.stem for path in FUNCTIONS.rglob("*.sql"))


@pytest.mark.parametrize(
    "query",
    [
        "select proname as name from pg_proc where pronamespace = to_regnamespace('onethread') "
        "and obj_description(oid, 'pg_proc') is null",
        "select c.relname as name from pg_class c where c.relkind in ('r', 'v') "
        f"and c.relnamespace in {OUR_SCHEMAS} and c.relname !~ 'yoyo|_onethread' "
        "and obj_description(c.oid, 'pg_class') is null",
    ],
)
def test_object_has_comment_when_loaded(connection: Connection, query: str) -> None:
    assert names(connection, query) == set()


def test_search_path_is_pinned_when_function_is_definer(connection: Connection) -> None:
    definers = rows(
        connection,
        "select proname, proconfig from pg_proc "
        "where pronamespace = to_regnamespace('onethread') and prosecdef",
    )
    assert "link_message_trigger" in {row.proname for row in definers}
    for row in definers:
        assert "search_path=pg_catalog, pg_temp" in (row.proconfig or []), row.proname


def test_definer_function_is_nobodys_when_not_granted(connection: Connection) -> None:
    """A trigger function too: attached to somebody's own table it would run there as the owner."""
    anybodys = names(
        connection,
        "select p.oid::regprocedure::text as name from pg_proc p "
        "where p.pronamespace = to_regnamespace('onethread') and p.prosecdef "
        "and has_function_privilege('public', p.oid, 'execute')",
    )
    assert not anybodys, f"load them through onethread.schema.loading, which revokes: {anybodys}"


def test_definer_function_is_granted_when_it_is_no_trigger(connection: Connection) -> None:
    ungranted = names(
        connection,
        "select p.oid::regprocedure::text as name from pg_proc p "
        "where p.pronamespace = to_regnamespace('onethread') and p.prosecdef "
        "and p.prorettype <> 'trigger'::regtype "
        "and not exists (select from aclexplode(p.proacl) a where a.grantee <> p.proowner)",
    )
    assert not ungranted, f"add a line to db/access/grants.sql: {ungranted}"


def test_definer_function_asks_who_calls_when_it_is_no_trigger(connection: Connection) -> None:
    """Before anything else: the first statement, or a return for whom it is not."""
    definers = rows(
        connection,
        "select proname, oid::regprocedure::text as signature, prosrc from pg_proc "
        "where pronamespace = to_regnamespace('onethread') "
        "and prosecdef and prorettype <> 'trigger'::regtype "
        "and 'p_business_id' = any (proargnames)",
    )
    assert "merge_conversations" in {row.proname for row in definers}
    asks = re.compile(
        r"\nbegin\n(?:\s*--.*\n)*\s*(?:perform onethread\.check_caller\(\s*p_business_id, '(.*)'\);"
        r"|if not onethread\.is_callers_business\(\s*p_business_id, '(.*)'\) then\n)"
    )
    silent = {row.proname for row in definers if not asks.search(row.prosrc)}
    assert not silent, (
        f"begin with `perform onethread.check_caller(p_business_id, 'SIGNATURE');`: {silent}. In a "
        "definer function no policy protects anybody."
    )
    for row in definers:
        [found] = asks.findall(row.prosrc)
        of_another = "select to_regprocedure(%s)::text <> %s"
        assert not scalar(connection, of_another, max(found), row.signature), row.signature


def test_function_is_called_a_trigger_when_it_is_one(connection: Connection) -> None:
    functions = rows(
        connection,
        "select proname as name, prorettype = 'trigger'::regtype as is_trigger from pg_proc "
        "where pronamespace = to_regnamespace('onethread')",
    )
    assert sum(function.is_trigger for function in functions) > 10
    wrong = {f.name for f in functions if f.name.endswith("_trigger") is not f.is_trigger}
    assert not wrong, f"these return trigger and do not say so, or say so and do not: {wrong}"


# Every message goes through it, and each further call costs all of them.
_LONG = {"link_message_trigger"}


def test_function_is_short_when_nobody_generated_it() -> None:
    lengths = {
        path.stem: body[1].count("\n")
        for path in (DB_DIR / "functions").glob("*/*.sql")
        if (text := path.read_text("utf-8"))
        and not text.startswith("-- Generated")
        and (body := re.search(r"as \$\$\n(.*)^\$\$;", text, re.M | re.S))
    }
    assert len(lengths) > 200
    assert {name for name, lines in lengths.items() if lines > 60} <= _LONG


def test_definer_function_is_the_applications_when_it_is_about_no_business(
    connection: Connection,
) -> None:
    """It is about all of them, and only the application may ask about any."""
    grantees = rows(
        connection,
        "select p.proname, coalesce(a.grantee::regrole::text, 'nobody') as grantee from pg_proc p "
        "left join lateral aclexplode(p.proacl) a on a.grantee <> p.proowner "
        "where p.pronamespace = to_regnamespace('onethread') and p.prosecdef "
        "and p.prorettype <> 'trigger'::regtype "
        "and not coalesce('p_business_id' = any (p.proargnames), false)",
    )
    assert {(row.proname, row.grantee) for row in grantees} == {
        ("count_waiting", "onethread_app"),
        ("has_several_businesses", "onethread_app"),
        ("list_pending_evidence", "onethread_app"),
        ("list_webhook_secrets", "onethread_app"),
    }


def test_privileges_are_the_golden_ones_when_loaded(connection: Connection) -> None:
    assert privileges.render(connection) == privileges.GOLDEN.read_text("utf-8"), (
        "who may do what has changed; when it should have: make privileges"
    )


def test_no_role_gets_round_policies_when_granted(connection: Connection) -> None:
    """These rights are not subject to row-level security, or let a role attach code of its own."""
    rights = names(
        connection,
        "select p.grantee::regrole || ' ' || c.relname || ' ' || p.privilege_type as name "
        "from pg_class c cross join lateral aclexplode(c.relacl) p "
        f"where c.relnamespace in {OUR_SCHEMAS} and p.grantee <> c.relowner "
        "and (p.privilege_type in ('TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN') "
        "or p.is_grantable)",
    )
    assert rights == set()


def test_view_reads_as_its_reader_when_queried(connection: Connection) -> None:
    views = rows(
        connection,
        "select relname, reloptions from pg_class "
        f"where relkind = 'v' and relnamespace in {OUR_SCHEMAS} and relname !~ 'yoyo'",
    )
    assert {row.relname for row in views} >= {"whatsapp_inbox", "unlinked_message"}
    for row in views:
        assert "security_invoker=true" in (row.reloptions or []), row.relname


POLICY = (
    "(business_id = ANY (ARRAY( SELECT onethread.visible_businesses(CURRENT_USER) "
    "AS visible_businesses)))"
)

# What the rule itself reads: each role its own rows.
MEMBER_POLICY = "(role_name = CURRENT_USER)"


def test_table_has_policy_when_it_is_a_tenants(connection: Connection) -> None:
    """One policy that gives, with one rule: a second would be added to it with "or"."""
    tables = rows(
        connection,
        "select c.relname as name, c.relrowsecurity as is_protected, "
        "array(select regexp_replace(pg_get_expr(p.polqual, p.polrelid), '\\s+', ' ', 'g') "
        " from pg_policy p where p.polrelid = c.oid and p.polpermissive) as rules, "
        "array(select pg_get_expr(p.polwithcheck, p.polrelid) from pg_policy p "
        " where p.polrelid = c.oid and p.polpermissive and p.polwithcheck is not null) as checks "
        f"from pg_class c where {IS_TENANT_TABLE} or c.oid = 'business'::regclass",
    )
    special = {"business": POLICY.replace("business_id", "id"), "business_member": MEMBER_POLICY}
    wrong = {
        row.name: row.rules
        for row in tables
        if not row.is_protected or row.checks or row.rules != [special.get(row.name, POLICY)]
    }
    assert not wrong, (
        "in a migration: alter table TABLE enable row level security; create policy "
        "business_isolation on TABLE using (business_id = any (array(select "
        f"onethread.visible_businesses(current_user)))); instead of {wrong}"
    )


def test_right_is_asked_of_who_asks_when_a_table_is_a_tenants(connection: Connection) -> None:
    """For each command the roles that have the right by grants, and they alone get past."""
    expected: dict[str, dict[str, set[str]]] = {}
    for line in privileges.GOLDEN.read_text("utf-8").splitlines():
        if found := re.fullmatch(r"(onethread_\w+) (table|column) ([\w.]+) ([\w, ]+)", line):
            role, kind, name, rights = found.groups()
            table = re.sub(r"\.\w+$", "", name) if kind == "column" else name
            for right in rights.split(", "):
                # Who may read some columns may not lend its right to all.
                if (kind, right) != ("column", "select"):
                    expected.setdefault(table, {}).setdefault(right, set()).add(role)
    tables = rows(
        connection,
        "select c.oid::regclass::text as name, array(select jsonb_build_array(p.polcmd, "
        " array(select pg_get_userbyid(r.id) from unnest(p.polroles) r (id) order by 1), "
        " coalesce(pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))) "
        " from pg_policy p where p.polrelid = c.oid and not p.polpermissive) as policies "
        f"from pg_class c where ({IS_TENANT_TABLE} or c.oid = 'business'::regclass) "
        "and c.relname <> 'business_member'",
    )
    assert len(tables) > 15
    commands = {"r": "select", "a": "insert", "w": "update", "d": "delete"}
    for table in tables:
        found = {
            commands[command]: (set(roles), set(re.findall(r"to_regrole\('(\w+)'", rule)))
            for command, roles, rule in table.policies
        }
        rights = {right: (roles, roles) for right, roles in expected.get(table.name, {}).items()}
        assert found == rights, table.name


# Tables and views that are the owner's alone, on purpose.
OWNERS = {"business_lock", "erased_identifier", "erasure_secret"}


def test_relation_is_granted_when_it_is_not_the_owners(connection: Connection) -> None:
    ungranted = names(
        connection,
        f"select c.relname as name from pg_class c where c.relnamespace in {OUR_SCHEMAS} "
        "and c.relkind in ('r', 'p', 'v') and c.relname !~ 'yoyo' "
        "and not exists (select from aclexplode(c.relacl) a where a.grantee <> c.relowner)",
    )
    assert ungranted == OWNERS, "add a line to db/access/grants.sql, or, on purpose, to OWNERS"


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
    assert "whatsapp_message_provider_delivery_idx" in {row.name for row in keys}
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
        f"from pg_constraint k where k.contype = 'f' and k.connamespace in {OUR_SCHEMAS}",
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


@pytest.mark.parametrize("path", sorted(FUNCTIONS.rglob("*.sql")), ids=lambda path: path.stem)
def test_function_body_is_qualified_when_it_names_a_table(path: Path) -> None:
    """Any session's search_path may be in force: every table is named with its schema."""
    code = re.sub(r"--.*|'(?:[^']|'')*'", "", path.read_text())
    tables = r"business|business_number|lead|whatsapp_\w+"
    assert not re.findall(rf"\b(?:from|join|into|update)\s+(?:{tables})\b", code)


def names(connection: Connection, query: str) -> set[str]:
    """The column `name` of a query."""
    return {row.name for row in rows(connection, query)}
