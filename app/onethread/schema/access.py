"""Loads db/access: the roles, and who may do what.

Part of the database's present, like the functions: run in full each time, in the transaction that
loads them, so that not for a moment a function that runs as the owner is everybody's.
"""

from __future__ import annotations

import logging
from typing import Any

import psycopg

from onethread.database import config

log = logging.getLogger("onethread")

# What the policies of db/migrations and those of db/access/policies.sql are called.
ISOLATION = "business_isolation"
CALLER_POLICIES = ("caller_deletes", "caller_inserts", "caller_reads", "caller_updates")

ROLES = ("onethread_admin", "onethread_app", "onethread_reader", "onethread_writer")


def load_access(connection: psycopg.Connection[Any]) -> None:
    """Creates the roles where it may, what holds their members, and grants."""
    _execute(connection, "everybody.sql")
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
    _execute(connection, "policies.sql")


def revoke_from_others(connection: psycopg.Connection[Any], kind: str, names: list[str]) -> None:
    """Takes new objects from everybody but their owner.

    PostgreSQL gives a new function to PUBLIC, and a host may give every new object to roles of its
    own, by default privileges of a schema or of all. Only what is new: what a host grants later is
    its word.

    Args:
        kind: function or table (a view is one).
        names: with the schema, functions with their types.
    """
    connection.execute(
        "select onethread.revoke_from_others(%s, variadic %s::text[])", [kind, names]
    )


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
    return (config.DB_DIR / "access" / name).read_text("utf-8")
