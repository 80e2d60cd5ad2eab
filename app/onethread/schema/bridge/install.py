"""Puts a bridge in place, reads what was there before it, tells how it is, takes it away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import psycopg

from onethread.errors import OnethreadError
from onethread.schema.adoption.run import with_short_locks
from onethread.schema.bridge import files
from onethread.schema.bridge.compose import (
    SCHEMA,
    Choices,
    compose_apply,
    compose_drop,
    compose_select,
)
from onethread.schema.bridge.files import Bridge

Connection = psycopg.Connection[Any]
Progress = Callable[[int, int | None], None]

# Rows of theirs a transaction.
BATCH = 500


@dataclass
class RelationStatus:
    """One of their tables, as the bridge sees it."""

    bridge: str
    table: str
    triggers: str
    """in place; disabled; missing."""
    is_caught_up: bool
    """The rows that were there before the bridge have been read."""
    seen: int
    """How many of them."""
    messages: int
    """Made of rows of the table."""
    failures: int
    """Rows that could not be taken over."""
    last_error: str | None

    def row(self) -> dict[str, Any]:
        """The same as plain values."""
        return asdict(self)


@dataclass
class CaughtUp:
    """What --catch-up did."""

    seen: int = 0
    """Rows that were read."""
    retried: int = 0
    """Rows that could not be taken over before, and now were."""
    failed: int = 0
    """Rows that cannot be taken over."""


def apply(connection: Connection, bridge: Bridge, choices: Choices) -> None:
    """Creates the triggers, in one transaction: all of it or nothing.

    Raises:
        OnethreadError: the tables are not there, or a SELECT is wrong.
    """
    _check(connection, bridge, choices)
    statements = compose_apply(bridge, choices)

    def create() -> None:
        for statement in statements:
            connection.execute(statement.encode())
        _check_columns(connection, bridge, choices)

    try:
        with_short_locks(connection, create)
    except (psycopg.ProgrammingError, psycopg.DataError, psycopg.NotSupportedError) as error:
        raise OnethreadError(
            f"the bridge {bridge.name} does not fit: {error.diag.message_primary}",
            error.diag.message_hint
            or (error.diag.context or "").partition("\n")[0]
            or "Nothing was changed.",
        ) from error


def catch_up(
    connection: Connection, name: str, progress: Progress, *, from_start: bool = False
) -> CaughtUp:
    """Reads the rows that were there before the bridge, and tries failed ones again.

    Args:
        from_start: read all rows again, also those that were read.
    """
    _check_applied(connection, name)
    done = CaughtUp()
    if from_start:
        connection.execute(
            f"update {SCHEMA}.relation set last_key = null, is_caught_up = false, seen = 0 "
            "where bridge = %s",
            [name],
        )
    for relation in _relations(connection, name, "not is_caught_up"):
        count = BATCH
        while count == BATCH:
            [(count,)] = connection.execute(
                f"select {SCHEMA}.catch_up(%s, %s, %s)", [name, relation, BATCH]
            ).fetchall()
            done.seen += count
            progress(count, None)
    for relation in _relations(connection, name, "true"):
        keys = [
            row[0]
            for row in connection.execute(
                f"select key from {SCHEMA}.failure where bridge = %s and relation = %s "
                "order by first_failed_at, key",
                [name, relation],
            )
        ]
        for start in range(0, len(keys), BATCH):
            batch = keys[start : start + BATCH]
            [(failed,)] = connection.execute(
                f"select {SCHEMA}.retry(%s, %s, %s)", [name, relation, batch]
            ).fetchall()
            done.retried += len(batch) - failed
    [(done.failed,)] = connection.execute(
        f"select count(*) from {SCHEMA}.failure where bridge = %s", [name]
    ).fetchall()
    return done


def list_status(connection: Connection, name: str | None = None) -> list[RelationStatus]:
    """Every table of a bridge, or of all that are in place."""
    if not is_there(connection):
        return []
    rows = connection.execute(
        f"""
        select
          r.bridge, r.name,
          case
            when count(t.*) < 2 then 'missing'
            when bool_or(t.tgenabled in ('D', 'R')) then 'disabled'
            else 'in place'
          end,
          r.is_caught_up, r.seen,
          (
            select count(*)
            from {SCHEMA}.mirrored m
            where m.bridge = r.bridge and m.relation = r.name
          ),
          (
            select count(*)
            from {SCHEMA}.failure f
            where f.bridge = r.bridge and f.relation = r.name
          ),
          (
            select f.sqlstate || ' ' || f.error
            from {SCHEMA}.failure f
            where f.bridge = r.bridge and f.relation = r.name
            order by f.last_failed_at desc, f.key
            limit 1
          )
        from {SCHEMA}.relation r
        left join pg_trigger t
          on t.tgrelid = to_regclass(r.table_name)
          and t.tgname in (
            'zz_onethread_bridge_' || r.bridge || '_insert',
            'zz_onethread_bridge_' || r.bridge || '_update')
        where %(name)s::text is null or r.bridge = %(name)s
        group by r.bridge, r.name
        order by r.bridge, r.place
        """,
        {"name": name},
    ).fetchall()
    return [RelationStatus(*row) for row in rows]


def list_outdated(connection: Connection) -> list[str]:
    """Bridges of ours in the database that were made from another version of their file."""
    if not is_there(connection):
        return []
    current = {bridge.name: bridge.hash for bridge in files.list_bridges()}
    rows = connection.execute(
        f"select name, definition_hash from {SCHEMA}.bridge order by name"
    ).fetchall()
    return [name for name, found in rows if current.get(name, found) != found]


def remove(connection: Connection, name: str) -> None:
    """Takes the triggers and functions away. What was taken over stays, and which tenant is which
    business, so that the bridge can be put in place again."""
    _check_applied(connection, name)

    def drop() -> None:
        connection.execute(compose_drop(name, []).encode())
        for table in ("failure", "known", "relation"):
            connection.execute(f"delete from {SCHEMA}.{table} where bridge = %s".encode(), [name])
        connection.execute(f"delete from {SCHEMA}.bridge where name = %s", [name])

    with_short_locks(connection, drop)


def is_there(connection: Connection) -> bool:
    """Whether the database has the tables of bridges."""
    return connection.execute(
        "select to_regclass('onethread_bridge.relation') is not null"
    ).fetchone() == (True,)


def _relations(connection: Connection, name: str, condition: str) -> list[str]:
    return [
        row[0]
        for row in connection.execute(
            f"select name from {SCHEMA}.relation where bridge = %s and {condition} "
            "order by place".encode(),
            [name],
        )
    ]


def _check_applied(connection: Connection, name: str) -> None:
    if is_there(connection):
        names = [row[0] for row in connection.execute(f"select name from {SCHEMA}.bridge")]
        if name in names:
            return
        if names:
            raise OnethreadError(f"the bridge {name} is not in place", f"There is {names}.")
    raise OnethreadError(f"the bridge {name} is not in place", f"onethread bridge {name} --apply")


def _check(connection: Connection, bridge: Bridge, choices: Choices) -> None:
    if connection.execute("select to_regclass('onethread.source')").fetchone() == (None,):
        raise OnethreadError(
            "this database has no Onethread yet",
            "Run `onethread migrate` first. It makes tables of its own beside theirs.",
        )
    for relation in bridge.relations:
        found = connection.execute(
            """
            select
              c.relkind in ('r', 'p'),
              c.relforcerowsecurity and not r.rolsuper and not r.rolbypassrls,
              (
                select array_agg(u.name)
                from unnest(%s::text[]) as u (name)
                where not exists (
                  select
                  from pg_attribute a
                  where a.attrelid = c.oid and a.attname = u.name and not a.attisdropped
                )
              )
            from pg_class c
            inner join pg_namespace n on n.oid = c.relnamespace
            cross join pg_roles r
            where n.nspname = %s and c.relname = %s and r.rolname = current_user
            """,
            [
                [column.strip('"') for column, _ in relation.keys],
                choices.schema,
                relation.name,
            ],
        ).fetchone()
        where = f"{choices.schema}.{relation.table}"
        if found is None:
            raise OnethreadError(
                f"there is no table {where}",
                f"This bridge is for {bridge.title} Tables in another schema: --schema NAME.",
            )
        is_table, is_hidden, missing = found
        if not is_table:
            raise OnethreadError(f"{where} is no table", "A trigger needs the table itself.")
        if missing:
            raise OnethreadError(f"{where} has no column {missing[0]}", "Its key, after `by`.")
        if is_hidden:
            raise OnethreadError(
                f"{where} hides rows from its owner (force row level security)",
                "Run this as a role with bypassrls, or a superuser.",
            )


def _check_columns(connection: Connection, bridge: Bridge, choices: Choices) -> None:
    """A column that is misspelt would be a column that is not there."""
    connection.execute(
        "select set_config('search_path', 'pg_catalog, ' || quote_ident(%s) || ', pg_temp', true)",
        [choices.schema],
    )
    for relation in bridge.relations:
        for rule in relation.rules:
            cursor = connection.execute(
                compose_select(relation, rule, choices, " where false").encode()
            )
            found = {column.name for column in cursor.description or []}
            where = f"{rule.kind} of {relation.table}"
            if unnamed := sorted(found & {*rule.columns} - rule.given):
                raise OnethreadError(
                    f"{where}: column {unnamed[0]} is not named", f"Write: … as {unnamed[0]}."
                )
            if unknown := sorted(found - {*rule.columns}):
                raise OnethreadError(
                    f"{where}: there is no column {unknown[0]}",
                    f"It may have {', '.join(rule.columns)}.",
                )
