"""The SQL that this version of the package has: names and texts of the files of db/."""

from __future__ import annotations

import re
from collections.abc import Sequence

from onethread.database import config
from onethread.errors import OnethreadError

_HEAD = re.compile(r"\A(?:--[^\n]*\n|\n)*")

KINDS = ("functions", "views", "triggers")


def read_sources(kinds: Sequence[str] = KINDS) -> dict[str, str]:
    """What is loaded anew by each migrate: name (in the order of loading) -> its text."""
    sources: dict[str, str] = {}
    for folder in kinds:
        for path in sorted((config.DB_DIR / folder).rglob("*.sql"), key=lambda path: path.stem):
            name = f"{folder}/{path.stem}"
            if name in sources:
                raise OnethreadError(f"two files of db/{folder} are called {path.name}")
            sources[name] = path.read_text("utf-8")
    return sources


def names_of(kind: str) -> list[str]:
    """The bare names of the sources of a kind: functions, views or triggers."""
    return [name.split("/")[1] for name in read_sources([kind])]


def read_migrations() -> dict[str, str]:
    """What is run once: name (migrations/ and the migration's id, in their order) -> its text."""
    return {
        f"migrations/{path.stem}": path.read_text("utf-8")
        for path in sorted((config.DB_DIR / "migrations").glob("*.sql"))
    }


def without_head(text: str) -> str:
    """A source without the comment at its top, of which the database keeps nothing."""
    return _HEAD.sub("", text)
