"""Where things are: the database, the SQL files."""

from __future__ import annotations

import os
from pathlib import Path

_PACKAGE_DIR = Path(__file__).resolve().parents[1]

# In a checkout db/ lies beside the package, in an installed wheel inside it.
_PLACES = (_PACKAGE_DIR / "db", _PACKAGE_DIR.parents[1] / "db")
DB_DIR = next(path for path in _PLACES if path.is_dir())


def database_url() -> str | None:
    """DATABASE_URL; None where it is not set, or empty."""
    return os.environ.get("DATABASE_URL", "").strip() or None


def prepare_threshold() -> int | None:
    """After how many runs psycopg prepares a statement: its default; never (None) with
    ONETHREAD_PREPARE=off, for a pooler that gives each transaction another session."""
    return None if os.environ.get("ONETHREAD_PREPARE") == "off" else 5
