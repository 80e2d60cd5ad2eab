"""Takes the triggers, views, functions and grants away; tables, data and links stay."""

from __future__ import annotations

from functools import partial
from typing import Any

import psycopg
from psycopg import sql

from onethread.schema import sources
from onethread.schema.access import revoke_access
from onethread.schema.adoption.run import with_short_locks

_OWN_FUNCTIONS = """
select p.oid::regprocedure::text
from pg_proc p
where p.pronamespace = to_regnamespace('onethread')
  and p.proname = any (%s)
"""

# The tables' policies ask it: without it they would be open, or nobody's.
_KEPT_FUNCTION = "visible_businesses"


def uninstall(connection: psycopg.Connection[Any]) -> list[str]:
    """Removes what runs in the database; returns the names of what was removed.

    What another object of the database uses is not removed by force: the error names it.
    """
    names = {
        folder: [
            path.split("/")[1].removesuffix(".sql")
            for path in sources.read_sources()
            if path.startswith(f"{folder}/")
        ]
        for folder in ("triggers", "views", "functions")
    }
    names["functions"].remove(_KEPT_FUNCTION)
    removed: list[str] = []
    # First what could not work without the functions, the triggers of messages before all.
    before, on_messages = sources.read_triggers()
    for path in on_messages + before:
        name = path.split("/")[1].removesuffix(".sql")
        table = _trigger_table(connection, name)
        if table is not None:
            drop = sql.SQL("drop trigger {} on {}").format(
                sql.Identifier(name), sql.Identifier("public", table)
            )
            with_short_locks(connection, partial(connection.execute, drop))
            removed.append(f"trigger {name}")

    def drop_definitions() -> None:
        views = sql.SQL(", ").join(sql.Identifier("public", name) for name in names["views"])
        connection.execute(sql.SQL("drop view if exists {}").format(views))
        functions = [row[0] for row in connection.execute(_OWN_FUNCTIONS, [names["functions"]])]
        if functions:
            connection.execute(f"drop function {', '.join(functions)}")
        revoke_access(connection)
        connection.execute("delete from onethread.source")
        removed.extend([f"view {name}" for name in names["views"]])
        removed.extend(f"function {name}" for name in functions)

    with_short_locks(connection, drop_definitions)
    return removed


def _trigger_table(connection: psycopg.Connection[Any], name: str) -> str | None:
    row = connection.execute(
        "select c.relname from pg_trigger t inner join pg_class c on c.oid = t.tgrelid "
        "where t.tgname = %s and c.relnamespace in ('public'::regnamespace, to_regnamespace('onethread'))",
        [name],
    ).fetchone()
    return None if row is None else str(row[0])
