"""What a CRM's tables must be like to be adopted: told before anything is changed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from onethread.errors import OnethreadError
from onethread.schema.adoption.catalog import HOST_TABLES, Catalog, Connection, Table, read_catalog
from onethread.schema.adoption.statements import ColumnItem, parse_items, parse_migrations
from onethread.schema.phone_metadata import read_phone_metadata

# Types that the functions can work with where the migrations say the key; the first is its own.
_COMPATIBLE = {
    "bigint": ("bigint", "integer", "smallint"),
    "bigint[]": ("bigint[]",),
    "boolean": ("boolean",),
    "bytea": ("bytea",),
    "int": ("integer", "bigint", "smallint"),
    "jsonb": ("jsonb",),
    "name": ("name",),
    "smallint": ("smallint",),
    "text": ("text", "character varying", "character"),
    "text[]": ("text[]", "character varying[]"),
    "time": ("time without time zone",),
    "timestamptz": ("timestamp with time zone", "timestamp without time zone"),
}

# Columns that every adopted table must have from the start.
_NEEDED = {
    "public.business": ("id",),
    "public.lead": ("business_id", "id"),
    "public.whatsapp_conversation": ("business_id", "id"),
    "public.whatsapp_message": ("business_id", "id", "direction"),
}

_NOTHING_CHANGED = "Nothing was changed."

# What always helps, whatever their shape is.
_BESIDE = (
    "Or leave them as they are, in a schema of their own: create schema crm; alter table {table} "
    "set schema crm; alter database {database} set search_path = crm, public; (programs that name "
    "no schema find them as before). Then `onethread migrate --beside` makes tables of its own, "
    "and `onethread bridge` mirrors the messages into them."
)


@dataclass(frozen=True)
class Problem:
    """Why a table cannot be taken up as it is."""

    what: str
    remedy: str


def check_tables(
    catalog: Catalog,
    host_tables: set[str],
    migrations: Mapping[str, str],
    *,
    is_single: bool = False,
) -> None:
    """Raises OnethreadError when a table cannot be taken up as it is; says what to change.

    Args:
        is_single: the tables of a CRM may lack business_id: all is one business's.
    """
    others: dict[str, str] = {}
    problems: list[Problem] = []
    tables: list[str] = []
    for statement in parse_migrations(migrations):
        table = catalog.tables.get(statement.name)
        if statement.kind != "create table" or table is None:
            continue
        columns, _ = parse_items(statement)
        if table.name in host_tables:
            found = list(_find_problems(table, columns, is_single=is_single))
            problems += found
            tables += [table.name] if found else []
        elif problem := _find_difference(table, columns):
            others[table.name] = problem
    if problems:
        remedies = " ".join(dict.fromkeys(problem.remedy for problem in problems))
        beside = _BESIDE.format(table=tables[0], database=catalog.database)
        raise OnethreadError(
            "; ".join(problem.what for problem in problems),
            f"{_NOTHING_CHANGED} {remedies} {beside}",
        )
    if others:
        raise OnethreadError(
            "there are tables with names that Onethread needs, which are none of its own: "
            + "; ".join(f"{name} ({problem})" for name, problem in sorted(others.items())),
            f"{_NOTHING_CHANGED} Rename them, or move them to another schema (alter table ... set "
            f"schema ...); only {', '.join(HOST_TABLES)} are adopted as a CRM has them.",
        )


def check_schemas(connection: Connection, host_tables: set[str]) -> None:
    """Raises OnethreadError when a CRM's tables stand where nobody would look at them."""
    if host_tables:
        return
    elsewhere = [
        name
        for (name,) in connection.execute(
            "select n.nspname || '.' || c.relname from pg_class c "
            "inner join pg_namespace n on n.oid = c.relnamespace "
            "where c.relname in ('whatsapp_message', 'whatsapp_conversation') "
            "and c.relkind in ('r', 'p', 'v', 'm', 'f') "
            "and n.nspname not in ('public', 'onethread') and n.nspname !~ '^pg_' order by 1"
        ).fetchall()
    ]
    if elsewhere:
        raise OnethreadError(
            f"{', '.join(elsewhere)} would not be looked at: only tables in public are adopted",
            f"{_NOTHING_CHANGED} To have them adopted in place: alter table {elsewhere[0]} set "
            "schema public; to leave them: `onethread migrate --beside` makes tables of its own, "
            "and `onethread bridge` mirrors the messages into them.",
        )


def _find_difference(table: Table, columns: list[ColumnItem]) -> str | None:
    """What tells a table from the one that Onethread would make; an earlier one has no difference,
    it was left by `onethread uninstall`."""
    for column in columns:
        found = table.columns.get(column.name)
        if found is None:
            return f"it has no column {column.name}"
        if found.type != _COMPATIBLE[column.type][0]:
            return f"its column {column.name} is of type {found.type}"
    names = {column.name for column in columns}
    for other in table.columns.values():
        if other.is_required and other.name not in names:
            return f"its column {other.name} is not null and has no default"
    return None


def read_region(text: str) -> str:
    """A region in capitals; raises OnethreadError when there is none of that name."""
    if text.upper() not in read_phone_metadata().regions:
        raise OnethreadError(
            f"{text!r} is not a region",
            "Give the two letters of the country: IL, BR, ...",
        )
    return text.upper()


def check_region(
    connection: Connection, catalog: Catalog, host_tables: set[str], default_region: str | None
) -> str | None:
    """The region, in capitals; raises OnethreadError when one is needed and not given."""
    if default_region is not None:
        return read_region(default_region)
    if "public.business" in host_tables:
        has_column = "default_region" in catalog.tables["public.business"].columns
        condition = "default_region is null" if has_column else "true"
        query = f"select from public.business where {condition} limit 1"
    else:
        # A business is made for each that is named here.
        query = _seen_businesses(catalog, host_tables) + " limit 1"
    if connection.execute(query.encode()).fetchone() is not None:
        raise OnethreadError(
            "there are businesses without a region, in which national numbers could not be read",
            "Say which country's numbers their people type: onethread migrate --default-region IL "
            "(single businesses can be changed later: update business set default_region = 'BR' "
            "where id = ...).",
        )
    return None


def find_single(connection: Connection, catalog: Catalog, host_tables: set[str]) -> int:
    """The one business of the tables; raises OnethreadError when there are several."""
    query = f"select id from ({_seen_businesses(catalog, host_tables)}) as s order by id limit 6"
    ids = {row[0] for row in connection.execute(query.encode()).fetchall()}
    if len(ids) > 1:
        named = ", ".join(map(str, sorted(ids)[:5])) + (", …" if len(ids) > 5 else "")
        raise OnethreadError(
            f"there are several businesses: {named}",
            f"{_NOTHING_CHANGED} --single is for a database of one: leave it out, and let each "
            "writer give business_id.",
        )
    return int(min(ids, default=1))


def _seen_businesses(catalog: Catalog, host_tables: set[str]) -> str:
    """A query for the ids of all businesses that a row names."""
    queries = [
        f"select t.business_id::bigint as id from {name} t where t.business_id is not null"
        for name in sorted(host_tables)
        if "business_id" in catalog.tables[name].columns
    ]
    if "public.business" in catalog.tables:
        queries.append("select b.id::bigint from public.business b")
    return " union ".join(queries or ["select null::bigint as id where false"])


def describe_missing_businesses(connection: Connection, host_tables: set[str]) -> list[str]:
    """A warning when rows of a CRM that has a table of businesses name others than those in it."""
    catalog = read_catalog(connection)
    lines = []
    for name in sorted(host_tables - {"public.business"}):
        table = catalog.tables[name]
        if (
            "public.business" not in host_tables
            or "business_id" not in table.columns
            or ("business_id",) in table.foreign_keys
        ):
            continue
        rows = connection.execute(
            f"select distinct t.business_id from {name} t where t.business_id is not null and not "
            "exists (select from public.business b where b.id = t.business_id) "
            "order by 1 limit 10".encode()
        ).fetchall()
        if rows:
            ids = ", ".join(str(row[0]) for row in rows)
            lines.append(
                f"warning: {name} names businesses that are not in public.business: {ids}. What "
                "is theirs is in no thread until they are: insert them, then `onethread backfill`."
            )
    return lines


def _find_problems(
    table: Table, columns: list[ColumnItem], *, is_single: bool
) -> Iterator[Problem]:
    if table.is_partitioned:
        yield Problem(
            f"{table.name} is partitioned",
            "Its indexes cannot be built beside writers: it is not adopted in place.",
        )
    for name in _NEEDED[table.name]:
        if name not in table.columns and not (is_single and name == "business_id"):
            single = (
                " Where all of it is one business's: onethread migrate --single NAME --region BR."
                if name == "business_id"
                else ""
            )
            yield Problem(
                f"{table.name} has no column {name}",
                f"Rename the column that is meant by it, or add it.{single}",
            )
    for column in columns:
        if column.name in table.columns:
            yield from _find_type_problems(table, column)
    yield from _find_key_problems(table)
    if "conversation_id" in table.columns and not {"identity_id", "id"} <= table.columns.keys():
        yield Problem(
            f"{table.name}.conversation_id is the CRM's own",
            "It would count as Onethread's link, and keep the threads split: rename it first.",
        )
    if table.name == "public.whatsapp_conversation":
        names = {column.name for column in columns}
        for found in table.columns.values():
            # Onethread makes conversations itself.
            if found.is_required and found.name not in names:
                yield Problem(
                    f"{table.name}.{found.name} is not null and has no default",
                    "Onethread creates conversations, and does not know this column: give it a "
                    "default, or let it be null.",
                )


def _find_key_problems(table: Table) -> Iterator[Problem]:
    """Onethread inserts rows too."""
    found = table.columns.get("id")
    if found is None or found.type not in _COMPATIBLE["bigint"]:
        return
    sequence = f"{table.name.split('.')[1]}_id_seq"
    if found.default is None:
        yield Problem(
            f"{table.name}.id has no default", "Give it a sequence: Onethread inserts rows too."
        )
    elif not re.search(rf"\b{sequence}\b", found.default):
        yield Problem(
            f"{table.name}.id takes its values from {found.default}",
            f"Onethread draws from {sequence}: rename the sequence, or let them come from it.",
        )


def _find_type_problems(table: Table, column: ColumnItem) -> Iterator[Problem]:
    found = table.columns[column.name]
    if found.type not in _COMPATIBLE[column.type]:
        is_key = column.type == "bigint" and found.type in ("uuid", "text", "character varying")
        yield Problem(
            f"{table.name}.{column.name} is of type {found.type}, where {column.type} is needed",
            "Keys that are no integers cannot be adopted in place."
            if is_key
            else "Rename the column if it means something else, or change its type.",
        )
    elif found.is_generated:
        yield Problem(
            f"{table.name}.{column.name} is a generated column, and Onethread writes it",
            f"Keep its values and make it an ordinary one (alter table {table.name} alter column "
            f"{column.name} drop expression), or rename it.",
        )
