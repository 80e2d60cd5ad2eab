"""What a CRM's tables must be like to be adopted: told before anything is changed."""

from __future__ import annotations

import re
from collections.abc import Mapping

from onethread.errors import OnethreadError
from onethread.schema.adoption.catalog import HOST_TABLES, Catalog, Column, Connection, Table
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


def check_tables(catalog: Catalog, host_tables: set[str], migrations: Mapping[str, str]) -> None:
    """Raises OnethreadError when a table cannot be taken up as it is; says what to change."""
    others: dict[str, str] = {}
    for statement in parse_migrations(migrations):
        table = catalog.tables.get(statement.name)
        if statement.kind != "create table" or table is None:
            continue
        columns, _ = parse_items(statement)
        if table.name in host_tables:
            _check_table(table, columns)
        elif problem := _find_difference(table, columns):
            others[table.name] = problem
    if others:
        raise OnethreadError(
            "there are tables with names that Onethread needs, which are none of its own: "
            + "; ".join(f"{name} ({problem})" for name, problem in sorted(others.items())),
            "Nothing was changed. Rename them, or move them to another schema (alter table ... set "
            f"schema ...); only {', '.join(HOST_TABLES)} are adopted as a CRM has them.",
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
    connection: Connection, catalog: Catalog, default_region: str | None
) -> str | None:
    """The region, in capitals; raises OnethreadError when one is needed and not given."""
    if default_region is not None:
        return read_region(default_region)
    condition = (
        "default_region is null"
        if "default_region" in catalog.tables["public.business"].columns
        else "true"
    )
    query = f"select from public.business where {condition} limit 1"
    if connection.execute(query).fetchone() is not None:
        raise OnethreadError(
            "there are businesses without a region, in which national numbers could not be read",
            "Say which country's numbers their people type: onethread migrate --default-region IL "
            "(single businesses can be changed later: update business set default_region = 'BR' "
            "where id = ...).",
        )
    return None


def _check_table(table: Table, columns: list[ColumnItem]) -> None:
    if table.is_partitioned:
        raise OnethreadError(
            f"{table.name} is partitioned",
            "Its indexes cannot be built beside writers; Onethread does not adopt such a table.",
        )
    for name in _NEEDED[table.name]:
        if name not in table.columns:
            raise OnethreadError(
                f"{table.name} has no column {name}",
                "Rename the column that is meant by it, or add it. `onethread audit --messages` "
                "reads other names, but the triggers need this one.",
            )
    for column in columns:
        if column.name in table.columns:
            _check_type(table, column)
    if table.columns["id"].default is None:
        raise OnethreadError(
            f"{table.name}.id has no default", "Give it a sequence: Onethread inserts rows too."
        )
    sequence = f"{table.name.split('.')[1]}_id_seq"
    default = table.columns["id"].default or ""
    if "nextval" in default and not re.search(rf"\b{sequence}\b", default):
        raise OnethreadError(
            f"{table.name}.id takes its values from {default}",
            f"Onethread draws from {sequence}: rename the sequence.",
        )
    if "conversation_id" in table.columns and not {"identity_id", "id"} <= table.columns.keys():
        raise OnethreadError(
            f"{table.name}.conversation_id is the CRM's own",
            "It would count as Onethread's link, and keep the threads split: rename it first.",
        )
    if table.name == "public.whatsapp_conversation":
        names = {column.name for column in columns}
        for found in table.columns.values():
            _check_new_row(table, found, names)


def _check_new_row(table: Table, column: Column, names: set[str]) -> None:
    """Onethread makes conversations itself."""
    if column.is_required and column.name not in names:
        raise OnethreadError(
            f"{table.name}.{column.name} is not null and has no default",
            "Onethread creates conversations, and does not know this column: give it a default, or "
            "let it be null.",
        )


def _check_type(table: Table, column: ColumnItem) -> None:
    found = table.columns[column.name].type
    if found not in _COMPATIBLE[column.type]:
        raise OnethreadError(
            f"{table.name}.{column.name} is of type {found}, where {column.type} is needed",
            "Rename the column if it means something else, or change its type.",
        )
