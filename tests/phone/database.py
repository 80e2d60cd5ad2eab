"""The phone functions, as migrations load them."""

from __future__ import annotations

from pathlib import Path

import psycopg

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
