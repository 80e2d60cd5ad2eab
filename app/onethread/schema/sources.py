"""Loads db/functions, db/views, db/triggers and db/access: the database's present, not its history.

Functions are created again each time (no table lock, and an edit by hand does not survive).
Views and triggers take a lock, a trigger on its table, so they are replaced only when their text
changed; the table onethread.source remembers what was loaded.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import psycopg

from onethread.database.config import DB_DIR
from onethread.errors import OnethreadError
from onethread.schema.access import load_access, revoke_definers

# A statement that waits for a lock makes all others wait behind it.
LOCK_TIMEOUT = "250ms"
_DROPS = "dropped_functions.sql"
_LOCK_ATTEMPTS = 10

_OTHER_PHONE_FUNCTIONS = {
    f"functions/{name}.sql" for name in ("normalize_phone", "read_address", "typed_phone")
}


def read_sources() -> dict[str, str]:
    """Every SQL source: path below db/ (in the order of loading) -> its text."""
    paths = [
        path
        for folder in ("functions", "views", "triggers")
        for path in sorted((DB_DIR / folder).rglob("*.sql"), key=lambda path: path.stem)
    ]
    return {name_of(path): path.read_text("utf-8") for path in [DB_DIR / _DROPS, *paths]}


def name_of(path: Path) -> str:
    """Sources are known by name, not by path: a file may change its room."""
    relative = path.relative_to(DB_DIR)
    return f"{relative.parts[0]}/{path.name}" if len(relative.parts) > 1 else path.name


def list_outdated(connection: psycopg.Connection[Any]) -> list[str]:
    """Paths that differ between this app and what the database was last given."""
    loaded = _loaded_hashes(connection)
    expected = {path: _sha256(text) for path, text in read_sources().items()}
    return sorted(
        path for path in loaded.keys() | expected.keys() if loaded.get(path) != expected.get(path)
    )


def changes_phones(connection: psycopg.Connection[Any]) -> bool:
    """Whether the database has functions that read phone numbers, and this app has others."""
    return bool(_loaded_hashes(connection)) and any(
        path.startswith("functions/phone_") or path in _OTHER_PHONE_FUNCTIONS
        for path in list_outdated(connection)
    )


def load_sources(connection: psycopg.Connection[Any]) -> None:
    """Loads all sources in the caller's transaction."""
    load_definitions(connection)
    for paths in read_triggers():
        for path in paths:
            load_trigger(connection, path)


def load_definitions(connection: psycopg.Connection[Any]) -> None:
    """Loads functions and views, which lock no table, in the caller's transaction.

    Functions are loaded twice: first without a look into their bodies, so that their order does
    not matter, then with it, so that a body which names something missing fails here, by name.
    """
    sources = read_sources()
    loaded = _loaded_hashes(connection)
    views = {
        path: text
        for path, text in sources.items()
        if path.startswith("views/") and loaded.get(path) != _sha256(text)
    }
    connection.execute(f"set local lock_timeout = '{LOCK_TIMEOUT}'")
    load_functions(connection)
    _execute_each(connection, views)
    connection.execute("set local check_function_bodies = on")
    functions = {path: text for path, text in sources.items() if path.startswith("functions/")}
    _execute_each(connection, functions)
    _drop_functions(connection, sources[_DROPS])
    revoke_definers(connection, [Path(path).stem for path in functions])
    load_access(connection)
    connection.execute(
        "delete from onethread.source where not name = any (%s)", [list(sources)]
    )
    _remember(connection, functions | views | {_DROPS: sources[_DROPS]})


def read_triggers() -> tuple[list[str], list[str]]:
    """Paths of the triggers: those of whatsapp_message, which link, come after the others."""
    paths = [path for path in read_sources() if path.startswith("triggers/")]
    on_messages = [path for path in paths if path.startswith("triggers/whatsapp_message_")]
    return [path for path in paths if path not in on_messages], on_messages


def load_trigger(connection: psycopg.Connection[Any], path: str) -> None:
    """Loads a trigger in the caller's transaction, if its text changed."""
    text = (DB_DIR / path).read_text("utf-8")
    if _loaded_hashes(connection).get(path) != _sha256(text):
        connection.execute(f"set local lock_timeout = '{LOCK_TIMEOUT}'")
        _execute_each(connection, {path: text})
        _remember(connection, {path: text})


def load_functions(connection: psycopg.Connection[Any]) -> None:
    """Loads the functions alone: no table is locked by it."""
    functions = {
        path: text for path, text in read_sources().items() if path.startswith("functions/")
    }
    connection.execute("set local check_function_bodies = off")
    _execute_each(connection, functions)
    revoke_definers(connection, [Path(path).stem for path in functions])


def _execute_each(connection: psycopg.Connection[Any], sources: dict[str, str]) -> None:
    for path, text in sources.items():
        try:
            connection.execute(text.encode())
        except psycopg.Error as error:
            error.add_note(f"while loading db/{Path(path)}")
            raise


def _drop_functions(connection: psycopg.Connection[Any], text: str) -> None:
    """Drops what earlier versions had, when nobody is in the middle of calling it.

    A trigger that has begun with the old functions would miss one and lose its message. So if there
    is something to drop, whoever is writing is waited for, and whoever comes waits for the commit.
    Each wait is shorter than deadlock_timeout: a writer that needs another of the tables to end
    must not be the one who gives way.
    """
    count = "select count(*) from pg_proc where pronamespace = to_regnamespace('onethread')"
    before = connection.execute(count).fetchone()
    _execute_each(connection, {_DROPS: text})
    if connection.execute(count).fetchone() == before:
        return
    for _ in range(_LOCK_ATTEMPTS):
        try:
            with connection.transaction():
                connection.execute("set local lock_timeout = '500ms'")
                connection.execute(
                    "lock table public.whatsapp_message, public.lead, "
                    "public.whatsapp_identity_evidence in share row exclusive mode"
                )
                return
        except psycopg.errors.LockNotAvailable:
            continue
    raise OnethreadError(
        "a transaction that writes messages, leads or evidence is still open: the functions are as "
        "they were",
        "Try again when it has ended.",
    )


def _remember(connection: psycopg.Connection[Any], sources: dict[str, str]) -> None:
    connection.execute(
        """
        insert into onethread.source (name, sha256)
        select path, sha256
        from unnest(%s::text[], %s::text[]) as loaded (path, sha256)
        on conflict (name) do update
        set sha256 = excluded.sha256, loaded_at = now()
        where source.sha256 <> excluded.sha256
        """,
        [list(sources), [_sha256(text) for text in sources.values()]],
    )


def _loaded_hashes(connection: psycopg.Connection[Any]) -> dict[str, str]:
    """What was loaded; empty in a database without Onethread, and after an uninstall."""
    row = connection.execute("select to_regclass('onethread.source')").fetchone()
    if row == (None,):
        return {}
    rows = connection.execute("select name, sha256 from onethread.source").fetchall()
    return {row[0]: row[1] for row in rows}


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
