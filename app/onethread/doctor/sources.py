"""What the SQL of this version of the app creates: read from the files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from onethread.database.config import DB_DIR
from onethread.schema.adoption.plan import split

# In our own style of SQL; a name that is dropped later is no longer expected.
_INDEX = re.compile(r"^create (?:unique )?index (?:concurrently )?(\w+)", re.MULTILINE)
_TABLE = re.compile(r"^(?:create|alter) table (?:\w+\.)?(\w+)", re.MULTILINE)
_CONSTRAINT = re.compile(r"\bconstraint (\w+)\s+(?:primary|foreign|unique|check)")
_DROPPED = re.compile(
    r"\bdrop (?:index|constraint) (?:concurrently )?(?:if exists )?(?:\w+\.)?(\w+)"
)


@cache
def _read_statements() -> list[str]:
    paths = sorted((DB_DIR / "migrations").glob("*.sql"))
    return [text for path in paths for text in split(path.read_text("utf-8"))]


def read_tables() -> set[str]:
    """Tables of the migrations."""
    return {found[1] for text in _read_statements() if (found := _TABLE.search(text))}


def read_indexes() -> set[str]:
    """Indexes of the migrations, without those of constraints."""
    expected: set[str] = set()
    for text in _read_statements():
        expected -= set(_DROPPED.findall(text))
        expected |= set(_INDEX.findall(text))
    return expected


def read_constraints() -> dict[str, str]:
    """Constraints of the migrations, and the table of each."""
    expected: dict[str, str] = {}
    for text in _read_statements():
        for name in _DROPPED.findall(text):
            expected.pop(name, None)
        if table := _TABLE.search(text):
            expected |= dict.fromkeys(_CONSTRAINT.findall(text), table[1])
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
    return {path.stem for path in (DB_DIR / "triggers").glob("*.sql")}


def _function_files() -> Iterator[Path]:
    return (DB_DIR / "functions").rglob("*.sql")
