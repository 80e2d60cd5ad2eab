"""Which database a command works on: DATABASE_URL's, or the embedded server's.

What only looks around takes the embedded one where DATABASE_URL is not set, and says so. What runs
in production, by a schedule, or for good (serve, migrate, doctor, erase) has to be told: a
container or a cron job that lost the variable would work on another database without a word.
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING, Any

from onethread.errors import ServerUnreachable

if TYPE_CHECKING:
    import psycopg


def add_embedded(command: argparse.ArgumentParser) -> None:
    """--embedded, before or after the name of an action."""
    command.add_argument(
        "--embedded",
        action="store_true",
        default=argparse.SUPPRESS,
        help="on the embedded server, whatever DATABASE_URL says",
    )


def find_url(options: argparse.Namespace, *, looks_around: bool = False) -> str:
    """The URI of the database that the command works on.

    Args:
        looks_around: the embedded one will do where DATABASE_URL is not set.

    Raises:
        ServerUnreachable: none is named, or the embedded server does not start.
    """
    from onethread.database.config import database_url
    from onethread.database.connection import resolve_url
    from onethread.database.url import FORM

    if getattr(options, "embedded", False):
        return start_embedded()
    if database_url() or not looks_around:
        return resolve_url()
    from onethread import embedded

    if not embedded.cluster_dir().exists():
        raise ServerUnreachable(
            "DATABASE_URL is not set, and there is no embedded server's database yet",
            f"Set it to {FORM}, or make one with `onethread demo` or `onethread migrate "
            "--embedded`.",
        )
    url = start_embedded()
    _say(
        f"Using the embedded PostgreSQL {embedded.POSTGRES_VERSION} in {embedded.cluster_dir()} "
        "(set DATABASE_URL for a server of your own)."
    )
    return url


def connect(options: argparse.Namespace, *, looks_around: bool = False) -> psycopg.Connection[Any]:
    """A connection to that database, which is migrated; see find_url()."""
    from onethread.database.connection import connect

    return connect(find_url(options, looks_around=looks_around))


def start_embedded() -> str:
    """Starts the embedded server; returns the URI of its database."""
    from onethread import embedded

    # They tell libpq how to reach another server: PGHOSTADDR, PGSERVICE, PGSSLMODE, ...
    for name in [name for name in os.environ if name.startswith("PG")]:
        del os.environ[name]
    return embedded.start(_say)


def _say(line: str) -> None:
    print(line, file=sys.stderr)
