"""Who may see what: the roles, the policies, the functions that run as the owner."""

from __future__ import annotations

from typing import Any

import psycopg

from onethread.doctor.finding import Finding, column, error, names, ok, warning
from onethread.doctor.sources import read_definers, read_tables
from onethread.schema.access import ROLES, missing_roles
from onethread.schema.adoption.run import find_host_tables

_RULE = "visible_businesses("
_OWN_RULE = "(role_name = CURRENT_USER)"
"""What business_member, which the rule itself reads, has in its place."""


def check_row_security(connection: psycopg.Connection[Any]) -> list[Finding]:
    """Has every table with tenants' rows its policy, and does it apply to this role?"""
    host_tables = find_host_tables(connection)
    rows = connection.execute(
        """
        select c.relname, c.relrowsecurity,
          array(
            select pg_get_expr(p.polqual, p.polrelid) from pg_policy p
            where p.polrelid = c.oid and p.polpermissive)
        from pg_class c
        where c.relnamespace::regnamespace || '.' || c.relname = any (%s)
          and (c.oid = 'public.business'::regclass or exists (
            select from pg_attribute a where a.attrelid = c.oid and a.attname = 'business_id'))
        order by c.relname
        """,
        [sorted(read_tables() - host_tables)],
    ).fetchall()
    if unprotected := [table for table, is_protected, *_ in rows if not is_protected]:
        return error(
            "row_security",
            f"tables without row-level security: {names(unprotected)}",
            "alter table ... enable row level security;",
        )
    # A second policy would be added to the first with "or".
    if open_tables := [
        table for table, _, rules in rows if not (len(rules) == 1 and _is_rule(rules[0]))
    ]:
        return error(
            "row_security",
            f"tables with other policies than their own: {names(open_tables)}",
            "See pg_policies, and the policy business_isolation in db/migrations/.",
        )
    if lending_tables := column(
        connection,
        "select distinct p.table_name from onethread.list_caller_policies() as p "
        "where not p.is_there order by 1",
    ):
        return error(
            "row_security",
            f"tables on which one tenant can lend another its rights: {names(lending_tables)}",
            "Run `onethread migrate`: it adds the policies of db/access/policies.sql.",
        )
    return _check_host_tables(connection, host_tables) or ok(
        "row_security", f"every table of the schema has it{_say_who(connection)}"
    )


def _is_rule(expression: str) -> bool:
    return _RULE in expression or expression == _OWN_RULE


def _check_host_tables(
    connection: psycopg.Connection[Any], host_tables: set[str]
) -> list[Finding] | None:
    """A CRM's own tables have none until somebody switches it on: no tenant may read them then."""
    open_tables = column(
        connection,
        "select c.relname from pg_class c "
        "where c.relnamespace::regnamespace || '.' || c.relname = any (%s) "
        "and not c.relrowsecurity and exists ("
        "select from pg_roles r where r.rolname = any (%s) "
        "and has_table_privilege(r.oid, c.oid, 'select, insert, update, delete')) order by 1",
        [sorted(host_tables), sorted({*ROLES} - {"onethread_app"})],
    )
    if not open_tables:
        return None
    return error(
        "row_security",
        f"tables of the CRM that every tenant sees: {names(open_tables)}",
        "Run `onethread migrate`: it takes them from the roles until they have row-level security.",
    )


def _say_who(connection: psycopg.Connection[Any]) -> str:
    [(role, is_superuser, bypasses, applies)] = connection.execute(
        "select current_user::text, rolsuper, rolbypassrls, "
        "row_security_active('public.whatsapp_message_event'::regclass) "
        "from pg_roles where rolname = current_user"
    ).fetchall()
    if applies:
        return f"; it applies to {role}"
    reason = "a superuser" if is_superuser else "bypassrls" if bypasses else "the owner"
    return f"; {role} ({reason}) sees every business all the same"


def check_roles(connection: psycopg.Connection[Any]) -> list[Finding]:
    """The roles for tenants are there, have their rights, and hold whoever is in them."""
    if missing := missing_roles(connection):
        return warning(
            "roles",
            f"missing: {names(missing)}; only the owner can use this database",
            "Run `onethread migrate` as a role that may create roles; it says what else would do.",
        )
    powerless = column(
        connection,
        "select r.name from unnest(%s::text[]) as r (name) "
        "where not has_table_privilege(r.name, 'onethread.source', 'select') order by 1",
        [list(ROLES)],
    )
    if powerless:
        return warning(
            "roles",
            f"without rights in this database: {names(powerless)}",
            "Run `onethread migrate`.",
        )
    bypassing = column(
        connection,
        """
        select r.rolname
        from pg_roles r
        where (r.rolsuper or r.rolbypassrls)
          and exists (
            select
            from pg_auth_members m
            where m.member = r.oid and m.roleid = any (%s::text[]::regrole[]::oid[])
          )
        order by 1
        """,
        [list(ROLES)],
    )
    if bypassing:
        return warning(
            "roles",
            f"in a role for tenants, and see every business all the same: {names(bypassing)}",
            "alter role ... nosuperuser nobypassrls;",
        )
    return ok("roles", f"{len(ROLES)} are there and have their rights")


def check_definers(connection: psycopg.Connection[Any]) -> list[Finding]:
    """The functions that run as the owner are these, and not everybody's."""
    rows = connection.execute(
        """
        select p.proname, p.prosecdef,
          'search_path=pg_catalog, pg_temp' = any (p.proconfig),
          has_function_privilege('public', p.oid, 'execute')
        from pg_proc p
        where p.pronamespace = to_regnamespace('onethread')
          and p.proname = any (%s)
        order by 1
        """,
        [sorted(read_definers())],
    ).fetchall()
    migrates = "Run `onethread migrate`."
    for wrong, detail, hint in (
        (
            [name for name, is_definer, _, _ in rows if not is_definer],
            "no longer run as the owner",
            migrates,
        ),
        (
            [name for name, _, is_pinned, _ in rows if not is_pinned],
            "have no search_path of their own",
            migrates,
        ),
        (
            [name for name, _, _, is_open in rows if is_open],
            "run as the owner for everybody",
            "revoke execute on function ... from public;",
        ),
    ):
        if wrong:
            return error("definers", f"{detail}: {names(wrong)}", hint)
    return ok("definers", f"{len(rows)} functions run as the owner, for whom they are granted to")
