"""Loads db/functions, db/views, db/triggers and db/access: the database's present, not its history.

Functions are created again each time (no table lock, and an edit by hand does not survive).
Views and triggers take a lock, a trigger on its table, so they are replaced only when their text
changed. The ledger remembers what was loaded; what it knows and the sources do not have any more is
dropped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from psycopg import sql

from onethread.database import config, ledger
from onethread.database.sources import names_of, read_migrations, read_sources
from onethread.database.version import list_outdated
from onethread.errors import OnethreadError
from onethread.schema.access import load_access, revoke_from_others

# A statement that waits for a lock makes all others wait behind it.
LOCK_TIMEOUT = "250ms"
_LOCK_ATTEMPTS = 10

_OTHER_PHONE_FUNCTIONS = {
    f"functions/{name}" for name in ("normalize_phone", "read_address", "typed_phone")
}

# What the name of a function ends in that another one takes the place of.
_ASIDE = " (old)"

_TRIGGER_TABLE = re.compile(r"^(?:before|after) .* on (\w+\.\w+)$", re.MULTILINE)


class _Function(NamedTuple):
    """A function as the catalog has it."""

    name: str
    version: str
    """Changes each time it is created again."""
    is_definer: bool
    is_trigger: bool
    signature: str


def changes_phones(connection: psycopg.Connection[Any]) -> bool:
    """Whether the database has functions that read phone numbers, and this app has others."""
    return bool(ledger.read_ledger(connection)) and any(
        name.startswith("functions/phone_") or name in _OTHER_PHONE_FUNCTIONS
        for name in list_outdated(connection)
    )


def load_sources(connection: psycopg.Connection[Any]) -> None:
    """Loads all sources in the caller's transaction."""
    load_definitions(connection)
    for names in read_triggers():
        for name in names:
            load_trigger(connection, name)
    drop_old_triggers(connection)


def load_definitions(connection: psycopg.Connection[Any]) -> None:
    """Loads functions and views, which lock no table, in the caller's transaction.

    Functions are loaded twice: first without a look into their bodies, so that their order does
    not matter, then with it, so that a body which names something missing fails here, by name.
    """
    loaded = ledger.read_ledger(connection)
    connection.execute(f"set local lock_timeout = '{LOCK_TIMEOUT}'")
    signatures = load_functions(connection)
    aside = _set_aside(connection, loaded, signatures)
    views = _load_views(connection, loaded, is_every=bool(aside))
    connection.execute("set local check_function_bodies = on")
    functions = read_sources(["functions"])
    _execute_each(connection, functions)
    _drop_old_views(connection, loaded)
    _drop_old_functions(connection, loaded | aside, signatures)
    ledger.remember(connection, functions | views | read_migrations(), signatures)
    load_access(connection)


def read_triggers() -> tuple[list[str], list[str]]:
    """Names of the triggers: those of whatsapp_message, which link, come after the others."""
    tables = {name: trigger_table(text) for name, text in read_sources(["triggers"]).items()}
    on_messages = [name for name, table in tables.items() if table == "public.whatsapp_message"]
    return [name for name in tables if name not in on_messages], on_messages


def trigger_table(text: str) -> str:
    """The table of a trigger, as its source names it."""
    found = _TRIGGER_TABLE.search(text)
    if found is None:
        raise OnethreadError(f"no table can be read from this trigger: {text.strip()}")
    return found[1]


def load_trigger(connection: psycopg.Connection[Any], name: str) -> None:
    """Loads a trigger in the caller's transaction, if its text changed."""
    text = read_sources(["triggers"])[name]
    entry = ledger.read_ledger(connection).get(name)
    if entry is None or entry.sha256 != ledger.hash_of(text):
        connection.execute(f"set local lock_timeout = '{LOCK_TIMEOUT}'")
        _execute_each(connection, {name: text})
        ledger.remember(connection, {name: text}, {name: trigger_table(text)})


def drop_old_triggers(connection: psycopg.Connection[Any]) -> None:
    """Drops the triggers that the sources do not have any more, and then what only they called.

    At the end: a trigger in another one's place must be there before.
    """
    sources = read_sources()
    old = {
        name: entry
        for name, entry in ledger.read_ledger(connection).items()
        if name not in sources and name.startswith(("functions/", "triggers/"))
    }
    connection.execute(f"set local lock_timeout = '{LOCK_TIMEOUT}'")
    for name, entry in old.items():
        if name.startswith("triggers/") and entry.signature is not None:
            connection.execute(
                sql.SQL("drop trigger if exists {} on {}").format(
                    sql.Identifier(name.split("/")[1]),
                    sql.Identifier(*entry.signature.split(".")),
                )
            )
    _drop_functions(connection, [s for e in old.values() if (s := e.signature) and "(" in s])
    ledger.forget(connection, old)


def load_functions(connection: psycopg.Connection[Any]) -> dict[str, str]:
    """Loads the functions alone: no table is locked by it.

    Returns:
        Name of the source -> signature of its function.
    """
    before = _read_functions(connection)
    connection.execute("set local check_function_bodies = off")
    for name, text in read_sources(["functions"]).items():
        try:
            with connection.transaction():
                _execute_each(connection, {name: text})
        except psycopg.errors.InvalidFunctionDefinition:
            # What it returns, or how a parameter is called, cannot be replaced.
            for function in before.values():
                if f"functions/{function.name}" == name:
                    _rename_aside(connection, function.signature)
            _execute_each(connection, {name: text})
    after = _read_functions(connection)
    made = {
        oid: function
        for oid, function in after.items()
        if (oid not in before or before[oid].version != function.version)
        and not function.name.endswith(_ASIDE)
    }
    _check_names([function.name for function in made.values()])
    # A function that is new, or newly runs as its owner, is nobody's before it is granted.
    revoke_from_others(
        connection,
        "function",
        [
            function.signature
            for oid, function in made.items()
            if oid not in before or (function.is_definer and not before[oid].is_definer)
        ],
    )
    return {f"functions/{function.name}": function.signature for function in made.values()}


def _check_names(made: list[str]) -> None:
    expected = names_of("functions")
    if sorted(made) != sorted(expected):
        wrong = sorted({*made} ^ {*expected} or {name for name in made if made.count(name) > 1})
        raise OnethreadError(
            f"db/functions makes other functions than its files are called: {', '.join(wrong)}",
            "One function a file, and the file has its name.",
        )


def _load_views(
    connection: psycopg.Connection[Any], loaded: Mapping[str, ledger.Entry], *, is_every: bool
) -> dict[str, str]:
    """Replaces the views whose text changed, or all; returns them."""
    views = {
        name: text
        for name, text in read_sources(["views"]).items()
        if is_every or name not in loaded or loaded[name].sha256 != ledger.hash_of(text)
    }
    before = _read_views(connection)
    _execute_each(connection, views)
    revoke_from_others(connection, "table", sorted(_read_views(connection) - before))
    return views


def _read_views(connection: psycopg.Connection[Any]) -> set[str]:
    rows = connection.execute(
        "select format('public.%I', c.relname) from pg_catalog.pg_class c "
        "where c.relnamespace = 'public'::regnamespace and c.relkind = 'v'"
    )
    return {row[0] for row in rows}


def _execute_each(connection: psycopg.Connection[Any], sources: dict[str, str]) -> None:
    for name, text in sources.items():
        try:
            connection.execute(text.encode())
        except psycopg.Error as error:
            error.add_note(f"while loading {_path(name)}")
            raise


def _path(name: str) -> Path:
    folder, stem = name.split("/")
    [path] = (config.DB_DIR / folder).rglob(f"{stem}.sql")
    return Path("db") / path.relative_to(config.DB_DIR)


def _read_functions(connection: psycopg.Connection[Any]) -> dict[int, _Function]:
    """The functions of the schema, by OID; names in signatures have their schema, always."""
    [(path,)] = connection.execute("select current_setting('search_path')").fetchall()
    connection.execute("select set_config('search_path', 'pg_catalog', true)")
    rows = connection.execute(
        """
        select
          p.oid, p.proname, p.ctid::text, p.prosecdef, p.prorettype = 'trigger'::regtype,
          p.oid::regprocedure::text
        from pg_proc p
        where p.pronamespace = to_regnamespace('onethread')
        """
    ).fetchall()
    connection.execute("select set_config('search_path', %s, true)", [path])
    return {oid: _Function(*function) for oid, *function in rows}


def _drop_old_views(
    connection: psycopg.Connection[Any], loaded: Mapping[str, ledger.Entry]
) -> None:
    old = sorted(
        name for name in loaded if name.startswith("views/") and name not in read_sources(["views"])
    )
    if old:
        names = sql.SQL(", ").join(sql.Identifier("public", name.split("/")[1]) for name in old)
        connection.execute(sql.SQL("drop view if exists {}").format(names))
        ledger.forget(connection, old)


def _set_aside(
    connection: psycopg.Connection[Any],
    loaded: Mapping[str, ledger.Entry],
    signatures: Mapping[str, str],
) -> dict[str, ledger.Entry]:
    """Renames the functions that have other parameters now, until the views let go of them.

    load_functions() had to rename others itself: they are found.

    Two of one name would make calls ambiguous.

    Returns:
        Name of the source -> the old function as it is called now.
    """
    aside: dict[str, ledger.Entry] = {}
    for name, signature in signatures.items():
        old = loaded[name].signature if name in loaded else None
        if old is None:
            continue
        if old != signature and _is_there(connection, old):
            _rename_aside(connection, old)
        if old != signature or _is_there(connection, _aside(old)):
            aside[name] = replace(loaded[name], signature=_aside(old))
    return aside


def _aside(signature: str) -> str:
    """The signature of a function that was renamed."""
    function, _, types = signature.removeprefix("onethread.").partition("(")
    return f'onethread."{function}{_ASIDE}"({types}'


def _rename_aside(connection: psycopg.Connection[Any], signature: str) -> None:
    function = signature.removeprefix("onethread.").partition("(")[0]
    connection.execute(f'alter function {signature} rename to "{function}{_ASIDE}"'.encode())


def _is_there(connection: psycopg.Connection[Any], signature: str) -> bool:
    return connection.execute("select to_regprocedure(%s)", [signature]).fetchone() != (None,)


def _drop_old_functions(
    connection: psycopg.Connection[Any],
    loaded: Mapping[str, ledger.Entry],
    signatures: Mapping[str, str],
) -> None:
    """Drops what the ledger knows and the sources do not have, or have with other parameters.

    Not those that a trigger calls: their triggers are there until others are in their place.
    """
    triggers = {f.signature for f in _read_functions(connection).values() if f.is_trigger}
    old = {
        name: entry.signature
        for name, entry in loaded.items()
        if entry.signature is not None
        and name.startswith("functions/")
        and entry.signature not in {*signatures.values(), *triggers}
    }
    _drop_functions(connection, list(old.values()))
    ledger.forget(connection, old)


def _drop_functions(connection: psycopg.Connection[Any], signatures: list[str]) -> None:
    """Drops functions when nobody is in the middle of calling them.

    A trigger that has begun with the old functions would miss one and lose its message. So if there
    is something to drop, whoever is writing is waited for, and whoever comes waits for the commit.
    Each wait is shorter than deadlock_timeout: a writer that needs another of the tables to end
    must not be the one who gives way.
    """
    there = connection.execute(
        "select s.signature from unnest(%s::text[]) as s (signature) "
        "where to_regprocedure(s.signature) is not null",
        [signatures],
    ).fetchall()
    if not there:
        return
    # Signatures are the catalog's own text, quoted where it must be.
    drop = f"drop function {', '.join(signature for (signature,) in there)}"
    connection.execute(drop.encode())
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
