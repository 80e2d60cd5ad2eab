"""Takes Onethread out of a database: all but eight tables in the schema public, and their links.

What is removed is what the ledger and the migrations name, never what merely stands in the way: an
object of somebody else's that uses one of ours stops it, and is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql

from onethread.database.ledger import read_ledger
from onethread.errors import OnethreadError
from onethread.schema import migrate
from onethread.schema.access import CALLER_POLICIES, ISOLATION, ROLES
from onethread.schema.adoption.run import find_host_tables, with_short_locks
from onethread.schema.ownership import has_trigger, is_begun, read_names

Connection = psycopg.Connection[Any]

# Tables of the schema onethread that say how Onethread came here and how far it is: they are made
# again. All others hold what people or messages said.
_REMADE = {
    "onethread.source",
    "onethread.adopted_table",
    "onethread.whatsapp_backfill",
    "onethread.whatsapp_backfill_failure",
}

_SEPARATOR = ",\n  "
_YOYO_TABLES = ("_yoyo_migration", "_yoyo_log", "_yoyo_version", "yoyo_lock")
_OUR_MIGRATIONS = sql.Literal("onethread\\_%")


@dataclass
class Removal:
    """What an uninstall does."""

    statements: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What stays although somebody may expect it to go."""
    lost: dict[str, int] = field(default_factory=dict)
    """Table of the schema onethread -> rows in it."""


def uninstall(connection: Connection, *, drop_data: bool = False) -> Removal:
    """Removes what Onethread made, in one transaction: all of it or nothing.

    Args:
        drop_data: although tables of the schema onethread hold what nothing else knows.
    """
    removals: list[Removal] = []

    def remove() -> None:
        migrate.lock(connection)
        removal = plan_uninstall(connection)
        if removal.lost and not drop_data:
            raise OnethreadError(
                f"rows would be lost: {describe_lost(removal)}",
                "Nothing was removed. Keep them with `pg_dump -n onethread`, then run `onethread "
                "uninstall --drop-data`.",
            )
        for statement in removal.statements:
            connection.execute(statement.encode())
        removals.append(removal)

    try:
        with_short_locks(connection, remove)
    except psycopg.errors.DependentObjectsStillExist as error:
        raise OnethreadError(
            "something that is not Onethread's uses what would go: "
            f"{error.diag.message_detail or error.diag.message_primary}",
            "Nothing was removed. Drop or change it first.",
        ) from error
    return removals[-1]


def describe_lost(removal: Removal) -> str:
    """The tables with rows that an uninstall would lose, and how many."""
    return ", ".join(f"{table} ({count:,})" for table, count in removal.lost.items())


def plan_uninstall(connection: Connection) -> Removal:
    """What uninstall() would do, without doing it."""
    removal = Removal()
    if not is_begun(connection):
        return removal
    names = read_names()
    present = _present(connection)
    removal.statements += _drop_triggers(connection)
    removal.statements += _drop_policies(connection, names.tables & present, removal.notes)
    removal.statements += _drop_definitions(connection)
    removal.statements += _revoke(connection, sorted(names.tables), sorted(names.sequences))
    own = sorted(
        table for table in names.tables if table.startswith("onethread.") and table in present
    )
    for table in own:
        if table not in _REMADE:
            [(count,)] = connection.execute(
                sql.SQL("select count(*) from {}").format(_name(table))
            ).fetchall()
            if count:
                removal.lost[table] = count
    removal.statements.append(_drop("table", own))
    sequences = {name for name in names.sequences if name.startswith("onethread.")}
    removal.statements.append(_drop("sequence", sequences))
    removal.statements.append(_drop("type", names.types))
    removal.statements += _drop_migrations(connection, names.functions)
    removal.statements.append("drop schema onethread")
    return removal


def _drop(kind: str, names: Iterable[str]) -> str:
    """In one statement: they may refer to each other, and an error names all that is in the way."""
    return f"drop {kind} if exists\n  {_SEPARATOR.join(sorted(names))}"


def _name(name: str) -> sql.Identifier:
    return sql.Identifier(*name.split("."))


def _present(connection: Connection) -> set[str]:
    rows = connection.execute(
        "select n.nspname || '.' || c.relname from pg_class c "
        "inner join pg_namespace n on n.oid = c.relnamespace "
        "where n.nspname in ('public', 'onethread') and c.relkind in ('r', 'p')"
    ).fetchall()
    return {row[0] for row in rows}


def _drop_triggers(connection: Connection) -> Iterator[str]:
    for name, entry in read_ledger(connection).items():
        trigger = name.removeprefix("triggers/")
        table = entry.signature
        if trigger != name and table is not None and has_trigger(connection, table, trigger):
            yield f"drop trigger {trigger} on {table}"


def _drop_policies(connection: Connection, tables: set[str], notes: list[str]) -> Iterator[str]:
    """Our policies, and the row security that we turned on: of a CRM's own tables, neither."""
    host_tables = find_host_tables(connection)
    for table in sorted(tables):
        policies = [
            row[0]
            for row in connection.execute(
                "select p.polname from pg_policy p where p.polrelid = to_regclass(%s)", [table]
            )
        ]
        # On a CRM's own table the isolation is the CRM's, what was added to it is ours.
        ours = {*CALLER_POLICIES} if table in host_tables else {*CALLER_POLICIES, ISOLATION}
        for policy in sorted(ours.intersection(policies)):
            yield f"drop policy {policy} on {table}"
        if table in host_tables or table.startswith("onethread."):
            continue  # the second goes itself
        others = sorted({*policies} - ours)
        if others:
            notes.append(
                f"row-level security stays on for {table}: it has other policies, "
                f"{', '.join(others)}"
            )
        else:
            yield f"alter table {table} disable row level security"


def _drop_definitions(connection: Connection) -> Iterator[str]:
    """Views and functions that the ledger knows, by their exact signatures."""
    ledger = read_ledger(connection)
    views = [name.removeprefix("views/") for name in ledger if name.startswith("views/")]
    if views:
        yield _drop("view", [f"public.{view}" for view in views])
    functions = [
        entry.signature
        for name, entry in ledger.items()
        if name.startswith("functions/") and entry.signature is not None
    ]
    if functions:
        yield _drop("function", functions)


def _revoke(connection: Connection, tables: list[str], sequences: list[str]) -> Iterator[str]:
    """Takes the tables that stay from the roles, which belong to the server and stay too."""
    roles = [
        row[0]
        for row in connection.execute(
            "select r.rolname from pg_roles r where r.rolname = any (%s) order by 1", [list(ROLES)]
        )
    ]
    staying = [
        row[0]
        for row in connection.execute(
            "select n from unnest(%s::text[]) as n where to_regclass(n) is not null order by 1",
            [[name for name in tables + sequences if name.startswith("public.")]],
        )
    ]
    if roles and staying:
        yield f"revoke all on {', '.join(staying)} from {', '.join(roles)}"


def _drop_migrations(connection: Connection, functions: set[str]) -> Iterator[str]:
    """Functions of the migrations, which no ledger knows, and yoyo's notes about us."""
    loaded = {entry.signature for entry in read_ledger(connection).values()}
    for name, signature in connection.execute(
        "select n.nspname || '.' || p.proname, "
        "format('%I.%I(%s)', n.nspname, p.proname, oidvectortypes(p.proargtypes)) "
        "from pg_proc p inner join pg_namespace n on n.oid = p.pronamespace "
        "where n.nspname = 'onethread'"
    ).fetchall():
        if name in functions and not any(s and s.startswith(f"{name}(") for s in loaded):
            yield f"drop function {signature}"
    schema = migrate.find_migration_schema(connection)
    if schema is not None:
        yield from _drop_yoyo(connection, [sql.Identifier(schema, name) for name in _YOYO_TABLES])


def _drop_yoyo(connection: Connection, tables: list[sql.Identifier]) -> Iterator[str]:
    """The notes of yoyo, or of them only our own, when somebody else's migrations stand there."""
    migrations, log, *_ = tables
    others = sql.SQL("select from {} where migration_id not like {} limit 1")
    ours = sql.SQL("delete from {} where migration_id like {}")
    is_shared = any(
        connection.execute(others.format(table, _OUR_MIGRATIONS)).fetchone() is not None
        for table in (migrations, log)
    )
    if is_shared:
        for table in (migrations, log):
            yield ours.format(table, _OUR_MIGRATIONS).as_string(connection)
    else:
        yield f"drop table {', '.join(table.as_string(connection) for table in tables)}"
