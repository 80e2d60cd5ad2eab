"""Is the schema the one of this version of the app, and does all of it work?"""

from __future__ import annotations

import re
from typing import Any

import psycopg

from app import migrate, sources
from app.config import DB_DIR
from app.doctor.finding import Finding, error, names, ok, warning
from app.errors import OnethreadError

_OLDEST_SERVER = 150000

# In our own style of SQL; a name that is dropped later is no longer expected.
_CREATED = re.compile(r"^create (?:unique )?index (?:concurrently )?(\w+)", re.MULTILINE)
_CONSTRAINED = re.compile(r"\bconstraint (\w+)\s+(?:primary|foreign|unique|check)")
_DROPPED = re.compile(r"\bdrop (?:index|constraint) (?:concurrently )?(?:if exists )?(\w+)")


def check_schema(connection: psycopg.Connection[Any]) -> list[Finding]:
    """Migrations, functions, views and triggers: those that this app has."""
    try:
        migrate.check_schema(connection)
    except OnethreadError as problem:
        return error("schema", str(problem), problem.hint)
    files = sources.read_sources()
    return ok("schema", f"as this version of the app has it ({len(files)} files of SQL)")


def check_server(connection: psycopg.Connection[Any]) -> list[Finding]:
    """A server that the schema works on."""
    version = connection.info.server_version
    if version < _OLDEST_SERVER:
        return error("server", f"PostgreSQL {version // 10000}", "It must be 15 or newer.")
    [(encoding, is_standby)] = connection.execute(
        "select current_setting('server_encoding'), pg_is_in_recovery()"
    ).fetchall()
    if encoding != "UTF8":
        return error("server", f"the database is in {encoding}", "Make one with encoding UTF8.")
    if is_standby:
        return warning("server", "this is a standby: it can be read only", "Ask the primary.")
    return ok("server", f"PostgreSQL {version // 10000}.{version % 10000}, UTF8")


def check_functions(connection: psycopg.Connection[Any]) -> list[Finding]:
    """Every function of db/functions is there."""
    missing = _missing(
        connection,
        {path.stem for path in (DB_DIR / "functions").glob("*.sql")},
        "select proname from pg_proc where pronamespace = 'public'::regnamespace",
    )
    if missing:
        return error("functions", f"missing: {names(missing)}", "Run `onethread migrate`.")
    return ok("functions", "all are there")


def check_triggers(connection: psycopg.Connection[Any]) -> list[Finding]:
    """Every trigger of db/triggers is there and fires."""
    missing = _missing(
        connection,
        {path.stem for path in (DB_DIR / "triggers").glob("*.sql")},
        "select tgname from pg_trigger where not tgisinternal",
    )
    if missing:
        return error(
            "triggers",
            f"missing: {names(missing)}",
            "Nothing links the messages. Run `onethread migrate`.",
        )
    disabled = _column(
        connection,
        "select t.tgname from pg_trigger t inner join pg_class c on c.oid = t.tgrelid "
        "where not t.tgisinternal and c.relnamespace = 'public'::regnamespace "
        "and t.tgenabled not in ('O', 'A') order by 1",
    )
    if disabled:
        return error(
            "triggers",
            f"disabled: {names(disabled)}",
            "alter table ... enable trigger ...; what came meanwhile is linked by an UPDATE of "
            "its address.",
        )
    return ok("triggers", "all are there and fire")


def check_indexes(connection: psycopg.Connection[Any]) -> list[Finding]:
    """Every index of the migrations is there, and every index is valid."""
    invalid = _column(
        connection,
        "select i.indexrelid::regclass::text from pg_index i "
        "inner join pg_class c on c.oid = i.indrelid "
        "where c.relnamespace = 'public'::regnamespace and not (i.indisvalid and i.indisready) "
        "order by 1",
    )
    if invalid:
        return error(
            "indexes", f"invalid: {names(invalid)}", "reindex index concurrently ...; each of them."
        )
    missing = _missing(
        connection,
        _expected(_CREATED),
        "select relname from pg_class where relkind in ('i', 'I') "
        "and relnamespace = 'public'::regnamespace",
    )
    if missing:
        return error("indexes", f"missing: {names(missing)}", "Create them as db/migrations/ does.")
    return ok("indexes", "all are there and valid")


def check_constraints(connection: psycopg.Connection[Any]) -> list[Finding]:
    """Every constraint of the migrations is there, and holds for every row."""
    missing = _missing(
        connection,
        _expected(_CONSTRAINED),
        "select conname from pg_constraint where connamespace = 'public'::regnamespace",
    )
    if missing:
        return error(
            "constraints", f"missing: {names(missing)}", "Add them as db/migrations/ does."
        )
    unproven = _column(
        connection,
        "select conrelid::regclass || '.' || conname from pg_constraint "
        "where connamespace = 'public'::regnamespace and not convalidated order by 1",
    )
    if unproven:
        return warning(
            "constraints",
            f"not valid: {names(unproven)}",
            "alter table ... validate constraint ...; it does not lock out writers.",
        )
    return ok("constraints", "all are there and valid")


def check_row_security(connection: psycopg.Connection[Any]) -> list[Finding]:
    """Does row-level security apply to this role, and has every table with tenants' rows it?"""
    unprotected = _column(
        connection,
        "select c.relname from pg_class c inner join pg_attribute a on a.attrelid = c.oid "
        "and a.attname = 'business_id' where c.relkind in ('r', 'p') "
        "and c.relnamespace = 'public'::regnamespace and not c.relrowsecurity order by 1",
    )
    if unprotected:
        return error(
            "row_security",
            f"tables without row-level security: {names(unprotected)}",
            "alter table ... enable row level security;",
        )
    [(role, is_superuser, bypasses, applies)] = connection.execute(
        "select current_user::text, rolsuper, rolbypassrls, "
        "row_security_active('public.whatsapp_message'::regclass) "
        "from pg_roles where rolname = current_user"
    ).fetchall()
    if not applies:
        reason = "a superuser" if is_superuser else "bypassrls" if bypasses else "the owner"
        return warning(
            "row_security",
            f"{role} sees every business ({reason})",
            "Right for migrate and for a program of one business; else connect as a role that is "
            "none of these.",
        )
    return ok("row_security", f"it applies to {role}")


def _expected(pattern: re.Pattern[str]) -> set[str]:
    """What the migrations create and do not drop."""
    found: set[str] = set()
    for path in sorted((DB_DIR / "migrations").glob("*.sql")):
        text = path.read_text("utf-8")
        found -= set(_DROPPED.findall(text))
        found |= set(pattern.findall(text))
    return found


def _missing(connection: psycopg.Connection[Any], expected: set[str], query: str) -> list[str]:
    return sorted(expected - set(_column(connection, query)))


def _column(connection: psycopg.Connection[Any], query: str) -> list[str]:
    return [row[0] for row in connection.execute(query).fetchall()]
