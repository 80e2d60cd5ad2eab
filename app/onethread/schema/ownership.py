"""What has a name that Onethread gives, and is not Onethread's: told before anything is changed.

Onethread puts eight tables and its views into the schema public, beside those of a CRM, and all
else into a schema of its own. "create or replace" asks nobody whose the old one was; so whatever is
there under such a name and is not in the ledger stops `onethread migrate`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import psycopg

from onethread.database.ledger import Entry, read_ledger
from onethread.database.sources import names_of, read_sources
from onethread.database.text import count_of
from onethread.errors import OnethreadError
from onethread.schema.adoption.catalog import HOST_TABLES, claim_index, key_index
from onethread.schema.adoption.statements import parse_items, parse_migrations, read_migrations
from onethread.schema.loading import trigger_table

Connection = psycopg.Connection[Any]

_KINDS = {
    "r": "table", "p": "table", "v": "view", "m": "materialized view", "f": "foreign table",
    "S": "sequence", "i": "index", "I": "index", "c": "type",
}  # fmt: skip
_TABLE_KINDS = "rp"
_INDEX_KINDS = "iI"


@dataclass
class Names:
    """Names that the migrations and an adoption make, with their schema."""

    tables: set[str] = field(default_factory=set)
    sequences: dict[str, str] = field(default_factory=dict)
    """Sequence -> its table."""
    indexes: dict[str, str] = field(default_factory=dict)
    """Index, those of constraints too -> its table."""
    types: set[str] = field(default_factory=set)
    functions: set[str] = field(default_factory=set)


def read_names() -> Names:
    """What the migrations make."""
    names = Names()
    # `onethread search-index` makes and drops it.
    names.indexes["public.whatsapp_message_text_idx"] = "public.whatsapp_message"
    for table in HOST_TABLES:
        names.indexes[key_index(table)] = table
    for statement in parse_migrations(read_migrations()):
        if statement.kind == "create table":
            names.tables.add(statement.name)
        elif statement.kind == "create sequence":
            names.sequences[statement.name] = statement.name.removesuffix("_id_seq")
        elif statement.kind == "create index":
            names.indexes[statement.name] = statement.table
            if statement.table in HOST_TABLES and statement.sql.startswith("create unique"):
                # What an adoption builds beside it, and drops.
                names.indexes[claim_index(statement.name)] = statement.table
        elif statement.kind == "create type":
            names.types.add(statement.name)
        elif statement.kind == "create function":
            names.functions.add(statement.name)
        if statement.kind in ("create table", "add"):
            schema = statement.table.split(".")[0]
            for constraint in parse_items(statement)[1]:
                if constraint.definition.startswith(("primary key", "unique")):
                    names.indexes[f"{schema}.{constraint.name}"] = statement.table
    return names


def is_begun(connection: Connection) -> bool:
    """Whether Onethread has been here: what stands in its schema is its own then."""
    row = connection.execute(
        "select coalesce(to_regclass('onethread.source'), to_regclass('onethread.adopted_table')) "
        "is not null "
        "or obj_description(to_regnamespace('onethread'), 'pg_namespace') like '%Onethread%'"
    ).fetchone()
    return row == (True,)


def refuse_collisions(connection: Connection) -> None:
    """Raises OnethreadError, naming all that is in the way."""
    if found := find_collisions(connection):
        raise OnethreadError(
            f"Onethread needs {count_of(len(found), 'name')} that something else has: "
            f"{', '.join(found)}",
            "Nothing was changed. Rename them, or move them to another schema (alter view "
            "crm_conversation set schema reports), then run `onethread migrate` again.",
        )


def find_collisions(connection: Connection) -> list[str]:
    """Everything that has one of our names and is not ours, as "view public.crm_conversation"."""
    names, ledger = read_names(), read_ledger(connection)
    relations = {
        f"{schema}.{name}": (kind, table)
        for schema, name, kind, table in connection.execute(_RELATIONS).fetchall()
    }
    return sorted(
        {
            *_taken_relations(names, relations, ledger),
            *_taken_types(connection, names),
            *_taken_functions(connection, names, ledger),
            *_taken_triggers(connection, ledger),
            *(() if is_begun(connection) else _foreign_content(connection)),
        }
    )


_RELATIONS = """
select n.nspname, c.relname, c.relkind::text, tn.nspname || '.' || t.relname
from pg_class c
inner join pg_namespace n on n.oid = c.relnamespace
left join pg_index i on i.indexrelid = c.oid
left join pg_class t on t.oid = i.indrelid
left join pg_namespace tn on tn.oid = t.relnamespace
where n.nspname in ('public', 'onethread')
"""


def _taken_relations(
    names: Names, relations: dict[str, tuple[str, str | None]], ledger: dict[str, Entry]
) -> Iterator[str]:
    """Views, tables, sequences and indexes. A table of ours that is there is adopted or refused by
    its shape, which is not asked here."""
    for view in names_of("views"):
        kind, _ = relations.get(f"public.{view}", (None, None))
        if kind is not None and not (kind == "v" and f"views/{view}" in ledger):
            yield f"{_KINDS.get(kind, 'relation')} public.{view}"
    for name in names.tables | names.sequences.keys() | names.indexes.keys():
        kind, indexed = relations.get(name, (None, None))
        if kind is None:
            continue
        if name in names.tables:
            is_taken = kind not in _TABLE_KINDS
        elif name in names.sequences:
            is_taken = kind != "S" or names.sequences[name] not in relations
        else:
            is_taken = kind not in _INDEX_KINDS or indexed != names.indexes[name]
        if is_taken:
            where = f" on {indexed}" if kind in _INDEX_KINDS else ""
            yield f"{_KINDS.get(kind, 'relation')} {name}{where}"


def _taken_types(connection: Connection, names: Names) -> Iterator[str]:
    """A table or a view makes a type of its name."""
    wanted = {name.split(".")[1] for name in names.tables if name.startswith("public.")}
    rows = connection.execute(
        "select t.typname from pg_type t where t.typnamespace = 'public'::regnamespace "
        "and t.typname = any (%s) and t.typrelid = 0",
        [[*wanted, *names_of("views")]],
    ).fetchall()
    yield from (f"type public.{name}" for (name,) in rows)


def _taken_functions(
    connection: Connection, names: Names, ledger: dict[str, Entry]
) -> Iterator[str]:
    """Functions of our names, in our schema. Those of migrations are not in the ledger before the
    first load."""
    known = {name: entry.signature for name, entry in ledger.items()}
    own = [
        name
        for name in names_of("functions")
        if f"functions/{name}" in known or f"onethread.{name}" not in names.functions
    ]
    rows = connection.execute(
        """
        select n.nspname || '.' || p.proname
          || '(' || oidvectortypes(p.proargtypes) || ')'
        from pg_proc p
        inner join pg_namespace n on n.oid = p.pronamespace
        where n.nspname = 'onethread'
          and p.proname = any (%s)
          and not exists (
            select from unnest(%s::text[]) as k (signature)
            where to_regprocedure(k.signature) = p.oid)
        """,
        [own, [signature for signature in known.values() if signature and "(" in signature]],
    ).fetchall()
    yield from (f"function {name}" for (name,) in rows)


def _taken_triggers(connection: Connection, ledger: dict[str, Entry]) -> Iterator[str]:
    for name, text in read_sources(["triggers"]).items():
        if name not in ledger:
            trigger, table = name.split("/")[1], trigger_table(text)
            if has_trigger(connection, table, trigger):
                yield f"trigger {trigger} on {table}"


def has_trigger(connection: Connection, table: str, name: str) -> bool:
    """Whether a table has a trigger of this name."""
    row = connection.execute(
        "select from pg_trigger t where t.tgrelid = to_regclass(%s) and t.tgname = %s",
        [table, name],
    ).fetchone()
    return row is not None


def _foreign_content(connection: Connection) -> Iterator[str]:
    """A schema onethread that somebody else filled, with whatever there is: it would stop an
    uninstall."""
    rows = connection.execute(
        """
        select pg_describe_object(d.classid, d.objid, 0)
        from pg_depend d
        where d.refclassid = 'pg_namespace'::regclass
          and d.refobjid = to_regnamespace('onethread')
        """
    ).fetchall()
    yield from (name for (name,) in rows)
