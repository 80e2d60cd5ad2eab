"""What a database has already: as much of its catalog as a plan needs. Names have their schema."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import psycopg

Connection = psycopg.Connection[Any]

# The tables that a CRM may have had before Onethread. All others are Onethread's own.
HOST_TABLES = (
    "public.business",
    "public.lead",
    "public.whatsapp_conversation",
    "public.whatsapp_message",
)


def key_index(table: str) -> str:
    """The unique index on (business_id, id) that an adopted table gets beside its own key."""
    return f"{table}_business_id_id_key"


def claim_index(index: str) -> str:
    """The plain index that stands in for a unique one until the stored rows are linked."""
    return f"{index}_claim"


@dataclass(frozen=True)
class Column:
    """A column of a table that exists."""

    name: str
    type: str
    is_required: bool
    """Not null and without a default: whoever inserts must give it."""
    is_not_null: bool
    default: str | None
    is_generated: bool = False


@dataclass
class Table:
    """A table that exists, with what can be missing from it."""

    name: str
    columns: dict[str, Column] = field(default_factory=dict)
    constraints: dict[str, bool] = field(default_factory=dict)
    """Name -> is it validated."""
    unique_keys: set[tuple[str, ...]] = field(default_factory=set)
    foreign_keys: set[tuple[str, ...]] = field(default_factory=set)
    is_row_security_on: bool = False
    is_partitioned: bool = False


@dataclass
class Catalog:
    """What there is in the schemas public and onethread."""

    database: str
    """Its name, quoted where it must be."""
    has_schema: bool
    """Whether there is a schema onethread."""
    tables: dict[str, Table]
    indexes: dict[str, bool]
    """Name -> is it valid."""
    sequences: set[str]
    types: set[str]
    functions: set[str]
    policies: set[tuple[str, str]]
    comments: dict[tuple[str, str | None], str]
    """(table or type, column or None) -> its comment."""


def read_catalog(connection: Connection) -> Catalog:
    """The catalog as it is now."""
    tables = {
        name: Table(name, is_row_security_on=row_security, is_partitioned=kind == "p")
        for name, row_security, kind in _read(connection, _TABLES)
    }
    for table, *column in _read(connection, _COLUMNS):
        tables[table].columns[column[0]] = Column(*column)
    for table, name, is_validated, kind, columns in _read(connection, _CONSTRAINTS):
        tables[table].constraints[name] = is_validated
        if kind == "f":
            tables[table].foreign_keys.add(tuple(columns))
    for table, columns in _read(connection, _UNIQUE_KEYS):
        tables[table].unique_keys.add(tuple(columns))
    [(database, has_schema)] = _read(
        connection,
        "select quote_ident(current_database()), to_regnamespace('onethread') is not null",
    )
    return Catalog(
        database,
        has_schema,
        tables,
        dict(_read(connection, _INDEXES)),
        {row[0] for row in _read(connection, _SEQUENCES)},
        {row[0] for row in _read(connection, _TYPES)},
        {row[0] for row in _read(connection, _FUNCTIONS)},
        {(row[0], row[1]) for row in _read(connection, _POLICIES)},
        {(table, column): text for table, column, text in _read(connection, _COMMENTS)},
    )


def _read(connection: Connection, query: str) -> list[tuple[Any, ...]]:
    return connection.execute(query).fetchall()


_TABLES = """
select n.nspname || '.' || c.relname, c.relrowsecurity, c.relkind::text
from pg_class c
inner join pg_namespace n on n.oid = c.relnamespace
where n.nspname in ('public', 'onethread') and c.relkind in ('r', 'p')
"""

_COLUMNS = """
select
  n.nspname || '.' || c.relname, a.attname, format_type(a.atttypid, null),
  a.attnotnull and d.oid is null and a.attidentity = '' and a.attgenerated = '', a.attnotnull,
  case when a.attidentity <> ''
    then pg_get_serial_sequence(format('%I.%I', n.nspname, c.relname), a.attname)
    else pg_get_expr(d.adbin, d.adrelid) end,
  a.attgenerated <> ''
from pg_class c
inner join pg_namespace n on n.oid = c.relnamespace
inner join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
where n.nspname in ('public', 'onethread') and c.relkind in ('r', 'p')
"""

_CONSTRAINTS = """
select
  n.nspname || '.' || c.relname, k.conname, k.convalidated, k.contype::text,
  array(
    select a.attname::text
    from unnest(k.conkey) with ordinality as x (attnum, position)
    inner join pg_attribute a on a.attrelid = k.conrelid and a.attnum = x.attnum
    order by x.position)
from pg_constraint k
inner join pg_class c on c.oid = k.conrelid
inner join pg_namespace n on n.oid = c.relnamespace
where n.nspname in ('public', 'onethread') and c.relkind in ('r', 'p')
"""

_UNIQUE_KEYS = """
select
  n.nspname || '.' || c.relname,
  array(
    select a.attname::text
    from unnest(i.indkey::int2[]) with ordinality as x (attnum, position)
    inner join pg_attribute a on a.attrelid = i.indrelid and a.attnum = x.attnum
    order by x.position)
from pg_index i
inner join pg_class c on c.oid = i.indrelid
inner join pg_namespace n on n.oid = c.relnamespace
where n.nspname in ('public', 'onethread') and c.relkind in ('r', 'p')
  and i.indisunique and i.indisvalid and i.indimmediate
  and i.indpred is null and i.indexprs is null
"""

_INDEXES = """
select n.nspname || '.' || x.relname, i.indisvalid
from pg_index i
inner join pg_class x on x.oid = i.indexrelid
inner join pg_namespace n on n.oid = x.relnamespace
where n.nspname in ('public', 'onethread')
"""

_SEQUENCES = """
select n.nspname || '.' || c.relname
from pg_class c
inner join pg_namespace n on n.oid = c.relnamespace
where n.nspname in ('public', 'onethread') and c.relkind = 'S'
"""

_TYPES = """
select n.nspname || '.' || t.typname
from pg_type t
inner join pg_namespace n on n.oid = t.typnamespace
where n.nspname in ('public', 'onethread')
"""

_FUNCTIONS = """
select n.nspname || '.' || p.proname
from pg_proc p
inner join pg_namespace n on n.oid = p.pronamespace
where n.nspname in ('public', 'onethread')
"""

_POLICIES = """
select n.nspname || '.' || c.relname, p.polname
from pg_policy p
inner join pg_class c on c.oid = p.polrelid
inner join pg_namespace n on n.oid = c.relnamespace
where n.nspname in ('public', 'onethread')
"""

# The comment of a type is not that of its relation.
_COMMENTS = """
select n.nspname || '.' || c.relname, a.attname, d.description
from pg_description d
inner join pg_class c on c.oid = d.objoid and d.classoid = 'pg_class'::regclass
inner join pg_namespace n on n.oid = c.relnamespace
left join pg_attribute a on a.attrelid = c.oid and a.attnum = d.objsubid and d.objsubid > 0
where n.nspname in ('public', 'onethread')
union all
select n.nspname || '.' || t.typname, null, d.description
from pg_description d
inner join pg_type t on t.oid = d.objoid and d.classoid = 'pg_type'::regclass
inner join pg_namespace n on n.oid = t.typnamespace
where n.nspname in ('public', 'onethread')
"""
