"""What a CRM's tables must be like to be adopted: told before anything is changed."""

from __future__ import annotations

import re

from onethread.errors import OnethreadError
from onethread.schema.adoption.catalog import Catalog, Connection, Table
from onethread.schema.adoption.plan import split, split_items
from onethread.schema.phone_metadata import read_phone_metadata

# Types that the functions can work with where the migrations say the first.
_COMPATIBLE = {
    "bigint": {"bigint", "integer", "smallint"},
    "text": {"text", "character varying", "character"},
    "timestamptz": {"timestamp with time zone", "timestamp without time zone"},
    "text[]": {"text[]", "character varying[]"},
    "jsonb": {"jsonb"},
    "boolean": {"boolean"},
}

# Columns that every adopted table must have from the start.
_NEEDED = {
    "business": ("id",),
    "lead": ("business_id", "id"),
    "whatsapp_conversation": ("business_id", "id"),
    "whatsapp_message": ("business_id", "id", "direction"),
}


def check_tables(catalog: Catalog, host_tables: set[str], migrations: list[str]) -> None:
    """Raises OnethreadError when a table cannot be adopted as it is; says what to change."""
    for statement in (text for migration in migrations for text in split(migration)):
        match = re.match(r"create table (\w+) \((.*)\)$", statement, re.S)
        if match and match[1] in host_tables and match[1] in catalog.tables:
            _check_table(catalog.tables[match[1]], split_items(match[2]))


def check_region(
    connection: Connection, catalog: Catalog, default_region: str | None
) -> str | None:
    """The region, in capitals; raises OnethreadError when one is needed and not given."""
    if default_region is not None:
        if default_region.upper() not in read_phone_metadata().regions:
            raise OnethreadError(
                f"{default_region!r} is not a region",
                "Give the two letters of the country: --default-region IL, --default-region BR.",
            )
        return default_region.upper()
    condition = (
        "default_region is null"
        if "default_region" in catalog.tables["business"].columns
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


def _check_table(table: Table, items: list[str]) -> None:
    if table.is_partitioned:
        raise OnethreadError(
            f"{table.name} is partitioned",
            "Its indexes cannot be built beside writers; Onethread does not adopt such a table.",
        )
    names = {item.split()[0] for item in items}
    for name in _NEEDED[table.name]:
        if name not in table.columns:
            raise OnethreadError(
                f"{table.name} has no column {name}",
                "Rename the column that is meant by it, or add it; `onethread audit --map` reads "
                "other names, but the triggers need this one.",
            )
    for item in items:
        name, type_name = item.split()[:2]
        if name in table.columns and name != "constraint":
            _check_type(table, name, type_name)
    if table.columns["id"].default is None:
        raise OnethreadError(
            f"{table.name}.id has no default", "Give it a sequence: Onethread inserts rows too."
        )
    sequence = f"{table.name}_id_seq"
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
    if table.name == "whatsapp_conversation":
        for column in table.columns.values():
            if column.is_required and column.name not in {*names, "lead_id", "canonical_key"}:
                raise OnethreadError(
                    f"whatsapp_conversation.{column.name} is not null and has no default",
                    "Onethread creates conversations, and does not know this column: give it a "
                    "default, or let it be null.",
                )


def _check_type(table: Table, name: str, type_name: str) -> None:
    found = table.columns[name].type
    if found not in _COMPATIBLE.get(type_name, {found}):
        raise OnethreadError(
            f"{table.name}.{name} is of type {found}, where {type_name} is needed",
            "Rename the column if it means something else, or change its type.",
        )
