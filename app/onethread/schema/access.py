"""Loads db/access: the roles, and who may do what.

Part of the database's present, like the functions: run in full each time, in the transaction that
loads them, so that not for a moment a function that runs as the owner is everybody's.
"""

from __future__ import annotations

import logging
import re
from typing import Any

import psycopg

from onethread.database.config import DB_DIR

log = logging.getLogger("onethread")

ROLES = ("onethread_admin", "onethread_app", "onethread_reader", "onethread_writer")


def load_access(connection: psycopg.Connection[Any]) -> None:
    """Creates the roles where it may, and grants."""
    _execute(connection, "roles.sql")
    if missing := missing_roles(connection):
        log.warning(
            "This database has no roles for tenants yet: %s. Only its owner can use it. As a role "
            "that may create roles: %s Then run `onethread migrate` again.",
            ", ".join(missing),
            " ".join(f"create role {role} nologin;" for role in missing),
        )
        return
    _execute(connection, "grants.sql")


def revoke_access(connection: psycopg.Connection[Any]) -> None:
    """Takes from the roles what was granted on tables; the roles belong to the whole server."""
    names = set(re.findall(r"(?:public|onethread)\.(\w+)", _read("grants.sql")))
    [(tables, roles)] = connection.execute(
        """
        select
          array(
            select c.oid::regclass::text
            from pg_catalog.pg_class c
            where c.relnamespace in ('public'::regnamespace, to_regnamespace('onethread'))
              and c.relkind in ('r', 'p', 'S')
              and c.relname = any (%s)),
          array(select r.rolname::text from pg_catalog.pg_roles r where r.rolname = any (%s))
        """,
        [list(names), list(ROLES)],
    ).fetchall()
    if tables and roles:
        revoke = f"revoke all on {', '.join(tables)} from {', '.join(roles)}"
        connection.execute(revoke.encode())


def revoke_definers(connection: psycopg.Connection[Any], functions: list[str]) -> None:
    """Takes the functions that run as the owner from PUBLIC: everybody may execute a new one.

    Args:
        functions: names of the functions of db/functions; others in the schema are not ours.
    """
    rows = connection.execute(
        """
        select p.oid::regprocedure::text
        from pg_catalog.pg_proc p
        where p.pronamespace = to_regnamespace('onethread')
          and p.prosecdef
          and p.proname = any (%s)
        """,
        [functions],
    ).fetchall()
    for (signature,) in rows:
        connection.execute(f"revoke execute on function {signature} from public".encode())


def missing_roles(connection: psycopg.Connection[Any]) -> list[str]:
    """Those of ROLES that the server does not have."""
    rows = connection.execute(
        "select r.name from unnest(%s::text[]) as r (name) where to_regrole(r.name) is null",
        [list(ROLES)],
    ).fetchall()
    return [row[0] for row in rows]


def _execute(connection: psycopg.Connection[Any], name: str) -> None:
    try:
        connection.execute(_read(name).encode())
    except psycopg.Error as error:
        error.add_note(f"while loading db/access/{name}")
        raise


def _read(name: str) -> str:
    return (DB_DIR / "access" / name).read_text("utf-8")
