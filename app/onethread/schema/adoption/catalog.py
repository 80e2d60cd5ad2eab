"""What a database has already: as much of its catalog as a plan needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import psycopg

Connection = psycopg.Connection[Any]

# The tables that a CRM may have had before Onethread. All others are Onethread's own.
HOST_TABLES = ("business", "lead", "whatsapp_conversation", "whatsapp_message")


@dataclass(frozen=True)
class Column:
    """A column of a table that exists."""

    name: str
    type: str
    is_required: bool
    """Not null and without a default: whoever inserts must give it."""
    is_not_null: bool
    default: str | None


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
    """Tables, indexes, sequences, types, functions and policies of the schema public."""

    tables: dict[str, Table]
    indexes: dict[str, bool]
    """Name -> is it valid."""
    sequences: set[str]
    types: set[str]
    functions: set[str]
    policies: set[tuple[str, str]]
    commented: set[tuple[str, str | None]]
    """(table, column or None) that have a comment."""


def read_catalog(connection: Connection) -> Catalog:
    """The catalog as it is now."""
    tables = {
        name: Table(name, is_row_security_on=row_security, is_partitioned=kind == "p")
        for name, row_security, kind in connection.execute(
            "select relname, relrowsecurity, relkind from pg_class "
            "where relnamespace in ('public'::regnamespace, to_regnamespace('onethread')) and relkind in ('r', 'p')"
        )
    }
    for table, *column in connection.execute(_COLUMNS):
        tables[table].columns[column[0]] = Column(*column)
    for table, name, is_validated, kind, columns in connection.execute(_CONSTRAINTS):
        tables[table].constraints[name] = is_validated
        if kind == "f":
            tables[table].foreign_keys.add(tuple(columns))
    for table, columns in connection.execute(_UNIQUE_KEYS):
        tables[table].unique_keys.add(tuple(columns))
    return Catalog(
        tables,
        dict(connection.execute(_INDEXES).fetchall()),
        {row[0] for row in connection.execute(_SEQUENCES)},
        {row[0] for row in connection.execute(_TYPES)},
        {row[0] for row in connection.execute(_FUNCTIONS)},
        {(row[0], row[1]) for row in connection.execute(_POLICIES)},
        {(row[0], row[1]) for row in connection.execute(_COMMENTED)},
    )


_COLUMNS = """
select
  c.relname, a.attname, format_type(a.atttypid, null),
  a.attnotnull and d.oid is null and a.attidentity = '' and a.attgenerated = '', a.attnotnull,
  case when a.attidentity <> '' then 'identity' else pg_get_expr(d.adbin, d.adrelid) end
from pg_class c
inner join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
where c.relnamespace in ('public'::regnamespace, to_regnamespace('onethread')) and c.relkind in ('r', 'p')
"""

_CONSTRAINTS = """
select
  c.relname, k.conname, k.convalidated, k.contype,
  array(
    select a.attname::text
    from unnest(k.conkey) with ordinality as n (attnum, position)
    inner join pg_attribute a on a.attrelid = k.conrelid and a.attnum = n.attnum
    order by n.position)
from pg_constraint k
inner join pg_class c on c.oid = k.conrelid
where c.relnamespace in ('public'::regnamespace, to_regnamespace('onethread')) and c.relkind in ('r', 'p')
"""

_UNIQUE_KEYS = """
select
  c.relname,
  array(
    select a.attname::text
    from unnest(i.indkey::int2[]) with ordinality as n (attnum, position)
    inner join pg_attribute a on a.attrelid = i.indrelid and a.attnum = n.attnum
    order by n.position)
from pg_index i
inner join pg_class c on c.oid = i.indrelid
where c.relnamespace in ('public'::regnamespace, to_regnamespace('onethread'))
  and i.indisunique and i.indisvalid and i.indimmediate
  and i.indpred is null and i.indexprs is null
"""

_INDEXES = """
select x.relname, i.indisvalid
from pg_index i
inner join pg_class x on x.oid = i.indexrelid
where x.relnamespace in ('public'::regnamespace, to_regnamespace('onethread'))
"""

_SEQUENCES = """
select relname from pg_class where relnamespace in ('public'::regnamespace, to_regnamespace('onethread')) and relkind = 'S'
"""

_TYPES = "select typname from pg_type where typnamespace in ('public'::regnamespace, to_regnamespace('onethread'))"

_FUNCTIONS = "select proname from pg_proc where pronamespace = to_regnamespace('onethread')"

_POLICIES = """
select c.relname, p.polname from pg_policy p inner join pg_class c on c.oid = p.polrelid
where c.relnamespace in ('public'::regnamespace, to_regnamespace('onethread'))
"""

_COMMENTED = """
select c.relname, a.attname
from pg_description d
inner join pg_class c on c.oid = d.objoid and d.classoid = 'pg_class'::regclass
left join pg_attribute a on a.attrelid = c.oid and a.attnum = d.objsubid and d.objsubid > 0
where c.relnamespace in ('public'::regnamespace, to_regnamespace('onethread'))
"""
