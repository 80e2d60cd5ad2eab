"""Migrations, reworded for tables that exist and are being written to.

The migrations say what the schema is. Here each of their statements is compared with what the
database has: a table that is there already gets the columns, keys and indexes that it lacks, each
with a statement that does not hold up writers; whatever is there is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import sqlparse

from onethread.schema.adoption.catalog import HOST_TABLES, Catalog, Table

NOTHING = "none on tables in use"
MOMENT = "for a moment, writers wait: "
SHARED = "writers go on: "


@dataclass(frozen=True)
class Step:
    """A statement of a plan."""

    sql: str
    lock: str
    """What it locks, for people."""
    is_concurrent: bool = False
    """It never makes a writer wait, so that it may wait for them as long as it takes."""
    drops_if_violated: str | None = None
    """Statement that takes a constraint away again, when the rows that are there violate it."""
    index: str | None = None
    """Name of the index that it builds."""


class Planner:
    """Compares migrations with a catalog."""

    def __init__(self, catalog: Catalog, host_tables: set[str], default_region: str | None) -> None:
        self._catalog = catalog
        self._host_tables = host_tables
        self._default_region = default_region

    def plan(self, migration: str) -> tuple[list[Step], list[Step]]:
        """Steps for the text of a migration; those of the second list come after the claims.

        A unique index over what the CRM wrote can be built only when its doubles are unified, for
        which the same index, not unique, is built first.
        """
        early: list[Step] = []
        late: list[Step] = []
        for statement in split(migration):
            helpers: list[str] = []
            for step in self._steps(statement):
                if not re.match("create unique index concurrently", step.sql) or (
                    step.index in self._key_indexes()
                ):
                    early.append(step)
                    continue
                helper = f"{step.index}_claim"
                if self._catalog.indexes.get(helper) is None:
                    sql = step.sql.replace(" unique", "", 1).replace(str(step.index), helper, 1)
                    early.append(replace(step, sql=sql, index=helper))
                late.append(step)
                helpers.append(helper)
            late += self._drop_helpers(statement, helpers)
        return early, late

    def _drop_helpers(self, statement: str, helpers: list[str]) -> Iterator[Step]:
        """The helper of a unique index goes, also when it was left by an interrupted adoption."""
        if match := re.match(r"create unique index (\w+)\s+on (?:\w+\.)?(\w+)", statement):
            helper = f"{match[1]}_claim"
            if helper in helpers or helper in self._catalog.indexes:
                yield Step(
                    f"drop index concurrently if exists {helper}",
                    f"{SHARED}share update exclusive on {match[2]}",
                    is_concurrent=True,
                )

    def _key_indexes(self) -> set[str]:
        return {f"{table}_business_id_id_key" for table in HOST_TABLES}

    def _steps(self, sql: str) -> Iterator[Step]:
        catalog = self._catalog
        if match := re.match(r"create sequence (?:\w+\.)?(\w+)", sql):
            if match[1] not in catalog.sequences:
                yield Step(sql, NOTHING)
        elif match := re.match(r"create table (?:\w+\.)?(\w+) \((.*)\)$", sql, re.S):
            if match[1] not in catalog.tables:
                yield Step(sql, f"{MOMENT}share row exclusive on the tables it refers to")
            else:
                yield from self._table_steps(catalog.tables[match[1]], match[2])
        elif match := re.match(r"alter table (?:\w+\.)?(\w+)\s+(add column .*)$", sql, re.S):
            yield from self._alter_steps(sql, match[1], match[2])
        elif match := re.match(r"alter sequence [\w.]+ owned by \w+\.(\w+)", sql):
            if match[1] not in self._host_tables:
                yield Step(sql, NOTHING)
        elif match := re.match(r"create (?:unique )?index (\w+)\s+on (?:\w+\.)?(\w+)", sql):
            yield from self._index_steps(sql, match[1], match[2])
        elif match := re.match(r"comment on (table|column|type) \w+\.(\w+)(?:\.(\w+))?", sql):
            if (match[2], match[3]) not in catalog.commented:
                yield Step(sql, f"{SHARED}share update exclusive on {match[2]}")
        elif match := re.match(r"alter table (?:\w+\.)?(\w+) enable row level security", sql):
            # A CRM's programs do not set onethread.business_id: they would see nothing any more.
            if match[1] not in self._host_tables and not (
                match[1] in catalog.tables and catalog.tables[match[1]].is_row_security_on
            ):
                yield Step(sql, NOTHING)
        elif match := re.match(r"create policy (\w+) on (?:\w+\.)?(\w+)", sql):
            if match[2] not in self._host_tables and (match[2], match[1]) not in catalog.policies:
                yield Step(sql, NOTHING)
        elif match := re.match(r"create type (?:\w+\.)?(\w+)", sql):
            if match[1] not in catalog.types:
                yield Step(sql, NOTHING)
        elif match := re.match(r"create function onethread\.(\w+)", sql):
            # What is there is db/functions' own already, from an adoption that was interrupted.
            if match[1] not in catalog.functions:
                yield Step(sql, NOTHING)
        elif re.match("set local lock_timeout", sql):
            return  # each step has its own
        else:
            yield Step(sql, "see the statement")

    def _index_steps(self, sql: str, name: str, table: str) -> Iterator[Step]:
        is_valid = self._catalog.indexes.get(name)
        if is_valid:
            return
        if table not in self._host_tables:
            yield Step(sql, NOTHING)
            return
        lock = f"{SHARED}share update exclusive on {table}"
        if is_valid is False:
            yield Step(f"drop index concurrently {name}", lock, is_concurrent=True)
        yield Step(sql.replace(" index ", " index concurrently ", 1), lock, True, None, name)

    def _table_steps(self, table: Table, body: str) -> Iterator[Step]:
        lock = _lock_of_columns(table.name)
        columns: list[str] = []
        constraints: list[tuple[str, str]] = []
        for item in split_items(body):
            if match := re.match(r"constraint (\w+)\s+(.*)", item, re.S):
                constraints.append((match[1], match[2]))
            elif item.split()[0] not in table.columns:
                columns += self._new_column(table.name, item)
        if columns:
            yield Step(f"alter table {table.name}\n  " + ",\n  ".join(columns), lock)
        if table.name == "whatsapp_conversation":
            for name in ("canonical_key", "lead_id"):
                # Not every person has a lead, and a key can pass to another conversation.
                if name in table.columns and table.columns[name].is_not_null:
                    yield Step(f"alter table {table.name} alter column {name} drop not null", lock)
        for name, definition in constraints:
            yield from self._constraint_steps(table, name, definition)

    def _alter_steps(self, sql: str, name: str, body: str) -> Iterator[Step]:
        table = self._catalog.tables.get(name)
        if table is None:
            yield Step(sql, _lock_of_columns(name))
            return
        columns: list[str] = []
        constraints: list[tuple[str, str]] = []
        for item in split_items(body):
            if match := re.match(r"add constraint (\w+)\s+(.*)", item):
                constraints.append((match[1], match[2]))
            elif item.removeprefix("add column ").split()[0] not in table.columns:
                columns.append(item)
        if columns:
            yield Step(f"alter table {name}\n  " + ",\n  ".join(columns), _lock_of_columns(name))
        for constraint, definition in constraints:
            yield from self._constraint_steps(table, constraint, definition)

    def _new_column(self, table: str, item: str) -> list[str]:
        name = item.split()[0]
        if (table, name) == ("business", "default_region"):
            return [f"add column {item} default '{self._default_region}'"]
        if (table, name) == ("whatsapp_message", "sent_at"):
            # The mark of a row that is older than the column, until the backfill comes to it.
            return [
                f"add column {item.replace('now()', chr(39) + '1970-01-01 00:00+00' + chr(39))}",
                "alter column sent_at set default now()",
            ]
        return [f"add column {item}"]

    def _constraint_steps(self, table: Table, name: str, definition: str) -> Iterator[Step]:
        columns = tuple(re.findall(r"\w+", _first_parentheses(definition)))
        if definition.startswith("primary key"):
            key = f"{table.name}_{'_'.join(columns)}_key"
            is_half_made = key in self._catalog.indexes and key not in table.constraints
            if columns not in table.unique_keys or is_half_made:
                yield from self._key_steps(table, columns, key)
            return
        is_known = definition.startswith("foreign key") and columns in table.foreign_keys
        if is_known and table.constraints.get(name) is not False:
            return  # the CRM's own, by another name, will do
        if name not in table.constraints:
            yield Step(
                f"alter table {table.name} add constraint {name}\n  {definition} not valid",
                f"{MOMENT}share row exclusive on {table.name} and what it refers to, "
                "no row is read",
            )
        if not table.constraints.get(name):
            yield Step(
                f"alter table {table.name} validate constraint {name}",
                f"{SHARED}share update exclusive on {table.name}",
                is_concurrent=True,
                drops_if_violated=f"alter table {table.name} drop constraint {name}",
            )

    def _key_steps(self, table: Table, columns: tuple[str, ...], name: str) -> Iterator[Step]:
        yield from self._index_steps(
            f"create unique index {name} on {table.name} ({', '.join(columns)})", name, table.name
        )
        yield Step(
            f"alter table {table.name} add constraint {name} unique using index {name}",
            f"{MOMENT}access exclusive on {table.name}, no row is read",
        )


def split(migration: str) -> list[str]:
    """The statements of a migration, without comments and the semicolon."""
    statements = sqlparse.split(sqlparse.format(migration, strip_comments=True))
    return [text for part in statements if (text := part.strip().rstrip(";").strip())]


def split_items(body: str) -> list[str]:
    """The items between the parentheses of a create table."""
    items, depth, start = [], 0, 0
    for position, character in enumerate(body):
        depth += (character == "(") - (character == ")")
        if character == "," and depth == 0:
            items.append(body[start:position])
            start = position + 1
    return [" ".join(item.split()) for item in (*items, body[start:])]


def _lock_of_columns(table: str) -> str:
    return f"{MOMENT}access exclusive on {table}, no row is read or written"


def _first_parentheses(text: str) -> str:
    match = re.search(r"\(([^()]*)\)", text)
    return match[1] if match else ""
