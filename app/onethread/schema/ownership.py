"""What has a name that Onethread gives, and is not Onethread's: told before anything is changed.

Onethread puts eight tables and its views into the schema public, beside those of a CRM, and all
else into a schema of its own. "create or replace" asks nobody whose the old one was; so whatever is
there under such a name and is not in the ledger stops `onethread migrate`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql

from onethread.database.ledger import read_ledger
from onethread.database.sources import names_of, read_sources
from onethread.database.text import count_of
from onethread.errors import OnethreadError
from onethread.schema.adoption.catalog import HOST_TABLES, claim_index, key_index
from onethread.schema.adoption.statements import parse_items, parse_migrations, read_migrations
from onethread.schema.loading import trigger_table

Connection = psycopg.Connection[Any]


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
    return connection.execute(f"select {_IS_BEGUN}".encode()).fetchone() == (True,)


_IS_BEGUN = """
coalesce(to_regclass('onethread.source'), to_regclass('onethread.adopted_table')) is not null
or coalesce(obj_description(to_regnamespace('onethread'), 'pg_namespace') like '%Onethread%', false)
"""


def refuse_collisions(connection: Connection) -> None:
    """Raises OnethreadError, naming all that is in the way."""
    if found := find_collisions(connection):
        views = [name for name in found if name.removeprefix("view ") in HOST_TABLES]
        raise OnethreadError(
            f"Onethread needs {count_of(len(found), 'name')} that something else has: "
            f"{', '.join(found)}",
            "Nothing was changed. Rename them, or move them to another schema (alter view "
            "crm_conversation set schema reports), then run `onethread migrate` again."
            + (
                " A view cannot be adopted: `onethread bridge` mirrors what is written to the "
                "tables behind it."
                if views
                else ""
            ),
        )


def find_collisions(connection: Connection) -> list[str]:
    """Everything that has one of our names and is not ours, as "view public.crm_conversation"."""
    ledger = read_ledger(connection)
    triggers = read_sources(["triggers"])
    query = collisions_query(
        functions=text_array(names_of("functions")),
        views=text_array(names_of("views")),
        triggers=text_array([name.split("/")[1] for name in triggers]),
        trigger_tables=text_array([trigger_table(text) for text in triggers.values()]),
        ledger_names=text_array(list(ledger)),
        ledger_signatures=text_array([entry.signature or "" for entry in ledger.values()]),
    )
    return [name for (name,) in connection.execute(query).fetchall()]


def collisions_query(**arrays: sql.Composable) -> sql.Composed:
    """A query that lists them.

    Args:
        arrays: expressions of text[]: functions, views, triggers, trigger_tables (what the sources
            make) and ledger_names, ledger_signatures (what the ledger has).
    """
    names = read_names()
    relations = [
        *((table, "table", "") for table in sorted(names.tables)),
        *((sequence, "sequence", table) for sequence, table in sorted(names.sequences.items())),
        *((index, "index", table) for index, table in sorted(names.indexes.items())),
    ]
    name_array, kind_array, table_array = map(text_array, zip(*relations, strict=True))
    early = [name.split(".")[1] for name in sorted(names.functions)]
    return sql.SQL(_COLLISIONS).format(
        names=name_array,
        kinds=kind_array,
        tables=table_array,
        early=text_array(early),
        is_begun=sql.SQL(_IS_BEGUN),
        **arrays,
    )


def text_array(values: Sequence[str]) -> sql.Composed:
    """An array of text as SQL."""
    return sql.SQL("{}::text[]").format(sql.Literal(list(values)))


# A table of ours that is there is adopted or refused by its shape, which is not asked here. A table
# or a view makes a type of its name. A schema onethread that somebody else filled, with whatever
# there is, would stop an uninstall.
_COLLISIONS = """
with wanted as materialized (
  select w.name, w.kind, w.table_name
  from unnest({names}, {kinds}, {tables}) as w (name, kind, table_name)
  union all
  select 'public.' || v.name, 'view', null
  from unnest({views}) as v (name)
),
ledger as materialized (
  select l.name, l.signature
  from unnest({ledger_names}, {ledger_signatures}) as l (name, signature)
),
relation as materialized (
  select
    n.nspname || '.' || c.relname as name,
    c.relkind,
    tn.nspname || '.' || t.relname as table_name
  from pg_class c
  inner join pg_namespace n on n.oid = c.relnamespace
  left join pg_index i on i.indexrelid = c.oid
  left join pg_class t on t.oid = i.indrelid
  left join pg_namespace tn on tn.oid = t.relnamespace
  where n.nspname in ('public', 'onethread')
),
taken as (
  select
    case r.relkind
      when 'r' then 'table' when 'p' then 'table' when 'v' then 'view'
      when 'm' then 'materialized view' when 'f' then 'foreign table' when 'S' then 'sequence'
      when 'i' then 'index' when 'I' then 'index' when 'c' then 'type' else 'relation'
    end
    || ' ' || r.name
    || case when r.relkind in ('i', 'I') then ' on ' || r.table_name else '' end as name
  from wanted w
  inner join relation r on r.name = w.name
  where case w.kind
    when 'view' then r.relkind <> 'v' or not exists (
      select from ledger l where l.name = 'views/' || split_part(w.name, '.', 2))
    when 'table' then r.relkind not in ('r', 'p')
    when 'sequence' then r.relkind <> 'S' or not exists (
      select from relation o where o.name = w.table_name)
    when 'index' then r.relkind not in ('i', 'I') or r.table_name is distinct from w.table_name
    else false
  end
  union
  select 'type public.' || t.typname
  from pg_type t
  inner join wanted w on w.kind in ('table', 'view') and w.name = 'public.' || t.typname
  where t.typnamespace = to_regnamespace('public') and t.typrelid = 0
  union
  select 'function ' || n.nspname || '.' || p.proname || '(' || oidvectortypes(p.proargtypes) || ')'
  from pg_proc p
  inner join pg_namespace n on n.oid = p.pronamespace
  where n.nspname = 'onethread'
    and p.proname = any ({functions})
    -- Those that a migration makes are not in the ledger before the first load.
    and (
      p.proname <> all ({early})
      or exists (select from ledger l where l.name = 'functions/' || p.proname))
    and not exists (
      select
      from ledger l
      where l.signature like '%(%' and to_regprocedure(l.signature) = p.oid)
  union
  select 'trigger ' || w.name || ' on ' || w.table_name
  from unnest({triggers}, {trigger_tables}) as w (name, table_name)
  inner join pg_trigger t on t.tgrelid = to_regclass(w.table_name) and t.tgname = w.name
  where not exists (select from ledger l where l.name = 'triggers/' || w.name)
  union
  select pg_describe_object(d.classid, d.objid, 0)
  from pg_depend d
  where d.refclassid = 'pg_namespace'::regclass
    and d.refobjid = to_regnamespace('onethread')
    and not ({is_begun})
)
select t.name from taken t order by t.name collate "C"
"""


def has_trigger(connection: Connection, table: str, name: str) -> bool:
    """Whether a table has a trigger of this name."""
    row = connection.execute(
        "select from pg_trigger t where t.tgrelid = to_regclass(%s) and t.tgname = %s",
        [table, name],
    ).fetchone()
    return row is not None
