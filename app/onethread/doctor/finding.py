"""What one look at the database found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg

OK, WARNING, ERROR = "ok", "warning", "error"


@dataclass(frozen=True)
class Finding:
    """One line of the report."""

    check: str
    status: str
    detail: str
    hint: str = ""
    """What to do; empty when nothing is."""


Check = Callable[[psycopg.Connection[Any]], list[Finding]]


def ok(check: str, detail: str) -> list[Finding]:
    """All is well."""
    return [Finding(check, OK, detail)]


def warning(check: str, detail: str, hint: str) -> list[Finding]:
    """Somebody should look into it."""
    return [Finding(check, WARNING, detail, hint)]


def error(check: str, detail: str, hint: str) -> list[Finding]:
    """Something is broken, or will be."""
    return [Finding(check, ERROR, detail, hint)]


def names(found: list[str], limit: int = 5) -> str:
    """The first few of a list, and how many there are more."""
    rest = len(found) - limit
    return ", ".join(found[:limit]) + (f" and {rest} more" if rest > 0 else "")


def column(
    connection: psycopg.Connection[Any], query: str, parameters: list[Any] | None = None
) -> list[str]:
    """The first column of a query."""
    return [row[0] for row in connection.execute(query.encode(), parameters).fetchall()]
