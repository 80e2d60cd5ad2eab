"""Is the schema the one of this version of the app, and does all of it work?"""

from __future__ import annotations

from typing import Any

import psycopg

from onethread.database import version
from onethread.database.sources import read_sources
from onethread.doctor.finding import Finding, column, error, names, ok, warning
from onethread.doctor.sources import (
    read_constraints,
    read_functions,
    read_indexes,
    read_tables,
    read_triggers,
)
from onethread.errors import OnethreadError
from onethread.schema import host_triggers
from onethread.schema.adoption.run import find_host_tables

_OLDEST_SERVER = 150000


def check_schema(connection: psycopg.Connection[Any]) -> list[Finding]:
    """Migrations, functions, views and triggers: those that this app has."""
    try:
        version.check_schema(connection)
    except OnethreadError as problem:
        return error("schema", str(problem), problem.hint)
    files = read_sources()
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
        read_functions(),
        "select proname from pg_proc where pronamespace = to_regnamespace('onethread')",
    )
    if missing:
        return error("functions", f"missing: {names(missing)}", "Run `onethread migrate`.")
    return ok("functions", "all are there")


def check_triggers(connection: psycopg.Connection[Any]) -> list[Finding]:
    """Every trigger of db/triggers is there and fires."""
    missing = _missing(
        connection, read_triggers(), "select tgname from pg_trigger where not tgisinternal"
    )
    if missing:
        return error(
            "triggers",
            f"missing: {names(missing)}",
            "Nothing links the messages. Run `onethread migrate`.",
        )
    disabled = column(
        connection,
        "select t.tgname from pg_trigger t inner join pg_class c on c.oid = t.tgrelid "
        "where t.tgname = any (%s) "
        "and c.relnamespace::regnamespace::text in ('public', 'onethread') "
        "and t.tgenabled not in ('O', 'A') order by 1",
        [sorted(read_triggers())],
    )
    if disabled:
        return error(
            "triggers",
            f"disabled: {names(disabled)}",
            "alter table ... enable trigger ...; then `onethread backfill` links what came "
            "meanwhile.",
        )
    return ok("triggers", "all are there and fire")


def check_trigger_order(connection: psycopg.Connection[Any]) -> list[Finding]:
    """No trigger of the CRM changes a row after ours have read it."""
    if late := host_triggers.list_late(connection):
        return warning(
            "trigger_order",
            f"fire after Onethread's: {names(late)}",
            "What they change is not seen. Rename them to a name before zzz_onethread: "
            "alter trigger ... on ... rename to ...;",
        )
    return ok("trigger_order", "none of the CRM's fires after Onethread's, before a row is written")


def check_indexes(connection: psycopg.Connection[Any]) -> list[Finding]:
    """Every index of the migrations is there, and every index of these tables is valid."""
    invalid = column(
        connection,
        "select i.indexrelid::regclass::text from pg_index i "
        "inner join pg_class c on c.oid = i.indrelid "
        "where c.relnamespace::regnamespace || '.' || c.relname = any (%s) "
        "and not (i.indisvalid and i.indisready) order by 1",
        [sorted(read_tables())],
    )
    if invalid:
        return error(
            "indexes", f"invalid: {names(invalid)}", "reindex index concurrently ...; each of them."
        )
    missing = _missing(
        connection,
        read_indexes(),
        "select relnamespace::regnamespace || '.' || relname from pg_class "
        "where relkind in ('i', 'I')",
    )
    if missing:
        return error("indexes", f"missing: {names(missing)}", "Create them as db/migrations/ does.")
    return ok("indexes", "all are there and valid")


def check_constraints(connection: psycopg.Connection[Any]) -> list[Finding]:
    """Every constraint of the migrations is there, and holds for every row.

    A CRM's own tables have keys of their own, and lack what their rows break.
    """
    host_tables = find_host_tables(connection)
    own = {
        f"{table}.{name}" for name, table in read_constraints().items() if table not in host_tables
    }
    missing = _missing(
        connection,
        own,
        "select c.relnamespace::regnamespace || '.' || c.relname || '.' || k.conname "
        "from pg_constraint k inner join pg_class c on c.oid = k.conrelid",
    )
    if missing:
        return error(
            "constraints", f"missing: {names(missing)}", "Add them as db/migrations/ does."
        )
    unproven = column(
        connection,
        "select c.relname || '.' || k.conname from pg_constraint k "
        "inner join pg_class c on c.oid = k.conrelid "
        "where c.relnamespace::regnamespace || '.' || c.relname = any (%s) "
        "and not k.convalidated order by 1",
        [sorted(read_tables() - host_tables)],
    )
    if unproven:
        return warning(
            "constraints",
            f"not valid: {names(unproven)}",
            "alter table ... validate constraint ...; it does not lock out writers.",
        )
    adopted = f"; those of {', '.join(sorted(host_tables))} are the CRM's" if host_tables else ""
    return ok("constraints", f"all are there and valid{adopted}")


def _missing(connection: psycopg.Connection[Any], expected: set[str], query: str) -> list[str]:
    return sorted(expected - set(column(connection, query)))
