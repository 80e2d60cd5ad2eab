"""What the SQL of this version of the app creates: read from the files."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from onethread.database import config
from onethread.schema.adoption.statements import (
    Statement,
    parse_items,
    parse_migrations,
    read_migrations,
)


@cache
def _read_statements() -> list[Statement]:
    return parse_migrations(read_migrations())


def read_tables() -> set[str]:
    """Tables of the migrations, with their schema."""
    return {each.name for each in _read_statements() if each.kind == "create table"}


def read_indexes() -> set[str]:
    """Indexes of the migrations, with their schema and without those of constraints."""
    expected: set[str] = set()
    for each in _read_statements():
        if each.kind == "create index":
            expected.add(each.name)
        elif each.kind == "drop index":
            expected.discard(each.name)
    return expected


def read_constraints() -> dict[str, str]:
    """Constraints of the migrations, and the table of each, with its schema."""
    expected: dict[str, str] = {}
    for each in _read_statements():
        if each.kind in ("create table", "add"):
            expected |= {constraint.name: each.table for constraint in parse_items(each)[1]}
        elif each.kind == "drop constraint":
            expected.pop(each.name, None)
    return expected


def read_functions() -> set[str]:
    """Functions of db/functions."""
    return {path.stem for path in _function_files()}


def read_definers() -> set[str]:
    """Those of them that run as their owner."""
    return {
        path.stem for path in _function_files() if "\nsecurity definer\n" in path.read_text("utf-8")
    }


def read_triggers() -> set[str]:
    """Triggers of db/triggers."""
    return {path.stem for path in (config.DB_DIR / "triggers").glob("*.sql")}


def _function_files() -> Iterator[Path]:
    return (config.DB_DIR / "functions").rglob("*.sql")
