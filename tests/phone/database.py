"""A database with the phone functions, for the programs that are no tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests import server

FUNCTIONS = Path(__file__).resolve().parents[2] / "db" / "functions" / "phone"


def phone_function_files() -> list[Path]:
    """The phone functions in the order in which they are loaded: by name."""
    return sorted([*FUNCTIONS.glob("phone_*.sql"), FUNCTIONS / "normalize_phone.sql"])


def load_functions(connection: psycopg.Connection) -> None:
    """Twice, as migrations do it: the first time without looking into the bodies."""
    connection.execute("create schema if not exists onethread")
    for check_bodies in ("off", "on"):
        connection.execute(f"set local check_function_bodies = {check_bodies}".encode())
        for file in phone_function_files():
            connection.execute(file.read_bytes())


@contextmanager
def migrated_database() -> Iterator[str]:
    """URI of a migrated database on a server of its own, of the version that the tests use."""
    with server.run_server(f"phones-{os.getpid()}") as uri:
        yield uri.format(database=server.TEMPLATE)
