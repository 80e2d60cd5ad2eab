"""Migrations, reworded for tables that exist and are being written to.

The migrations say what the schema is. Here each of their statements is compared with what the
database has: a table that is there already gets the columns, keys and indexes that it lacks, each
with a statement that does not hold up writers; whatever is there is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from onethread.schema.adoption.catalog import HOST_TABLES, Catalog, Table, claim_index, key_index
from onethread.schema.adoption.statements import (
    ColumnItem,
    ConstraintItem,
    Statement,
    parse,
    parse_items,
)

NOTHING = "none on tables in use"
MOMENT = "for a moment, writers wait: "
SHARED = "writers go on: "

# Where it is kept which tables are the CRM's.
_MEMORY = "onethread.adopted_table"

# A call that takes the rights on tables from everybody, and what it names.
_REVOKE = re.compile(r"\s*perform onethread\.revoke_from_others\(\s*'(\w+)',([^;]*)\);")
_QUOTED = re.compile(r"'([^']+)'")

_OF_BUSINESS = "foreign key (business_id) references public.business (id)"


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
    """The index that it builds, with its schema."""


class Planner:
    """Compares migrations with a catalog."""

    def __init__(
        self,
        catalog: Catalog,
        host_tables: set[str],
        default_region: str | None,
        dropped: set[str],
        single_id: int | None = None,
    ) -> None:
        """Compares.

        Args:
            dropped: indexes and constraints that a migration takes away again. On a CRM's table
                they are not built: it is large, and a unique one would come after what drops it.
            single_id: the one business, whose all rows of tables without business_id are.
        """
        self._catalog = catalog
        self._host_tables = host_tables
        self._default_region = default_region
        self._dropped = dropped
        self._single_id = single_id

    def plan(self, migration: str) -> tuple[list[Step], list[Step]]:
        """Steps for the text of a migration; those of the second list come after the claims.

        A unique index over what the CRM wrote can be built only when its doubles are unified, for
        which the same index, not unique, is built first.
        """
        early: list[Step] = []
        late: list[Step] = []
        for statement in parse(migration):
            helpers: list[str] = []
            for step in self._steps(statement):
                if not step.sql.startswith("create unique index concurrently") or (
                    step.index in self._key_indexes()
                ):
                    early.append(step)
                    continue
                helper = claim_index(str(step.index))
                if self._catalog.indexes.get(helper) is None:
                    sql = step.sql.replace(" unique", "", 1)
                    sql = sql.replace(_bare(str(step.index)), _bare(helper), 1)
                    early.append(replace(step, sql=sql, index=helper))
                late.append(step)
                helpers.append(helper)
            late += self._drop_helpers(statement, helpers)
        return early, late

    def _drop_helpers(self, statement: Statement, helpers: list[str]) -> Iterator[Step]:
        """The helper of a unique index goes, also when it was left by an interrupted adoption."""
        if statement.kind == "create index" and statement.sql.startswith("create unique"):
            helper = claim_index(statement.name)
            if helper in helpers or helper in self._catalog.indexes:
                yield Step(
                    f"drop index concurrently if exists {helper}",
                    f"{SHARED}share update exclusive on {statement.table}",
                    is_concurrent=True,
                )

    def _key_indexes(self) -> set[str]:
        return {key_index(table) for table in HOST_TABLES}

    def _steps(self, statement: Statement) -> Iterator[Step]:  # one case a kind
        catalog, sql, table = self._catalog, statement.sql, statement.table
        match statement.kind:
            case "create schema":
                if not catalog.has_schema:
                    yield Step(sql, NOTHING)
            case "create sequence":
                if statement.name not in catalog.sequences:
                    yield Step(sql, NOTHING)
            case "create table":
                yield from self._table_steps(statement)
            case "add":
                yield from self._add_steps(statement)
            case "own sequence":
                if table not in self._host_tables:
                    yield Step(sql, NOTHING)
            case "create index":
                if table in self._host_tables and statement.name in self._dropped:
                    return
                yield from self._index_steps(sql, statement.name, table)
            case "drop index":
                # One that an earlier migration made; an adoption that was interrupted had it done.
                yield Step(sql.replace("drop index ", "drop index if exists ", 1), NOTHING)
            case "drop constraint":
                # As above. What takes its place has another name.
                yield Step(
                    sql.replace("drop constraint ", "drop constraint if exists ", 1), NOTHING
                )
            case "comment":
                # On a table of the CRM's: by its comment one of ours, left behind, is told from it.
                is_theirs = table in self._host_tables and statement.column is None
                if not is_theirs and (table, statement.column) not in catalog.comments:
                    yield Step(sql, f"{SHARED}share update exclusive on {table}")
            case "enable row security":
                # A CRM's programs do not set onethread.business_id: they would see nothing.
                if table not in self._host_tables and not (
                    table in catalog.tables and catalog.tables[table].is_row_security_on
                ):
                    yield Step(sql, NOTHING)
            case "create policy":
                if table not in self._host_tables and (
                    (table, statement.name) not in catalog.policies
                ):
                    yield Step(sql, NOTHING)
            case "create type":
                if statement.name not in catalog.types:
                    yield Step(sql, NOTHING)
            case "alter type":
                # There already, when an adoption was interrupted after it.
                yield Step(
                    f"do $$ begin {sql}; exception when duplicate_column then null; end; $$",
                    NOTHING,
                )
            case "create function":
                # What is there is db/functions' own already, from an adoption that was interrupted.
                if statement.name not in catalog.functions:
                    yield Step(sql, NOTHING)
            case "revoke":
                if revoke := self._without_host_tables(sql):
                    yield Step(revoke, NOTHING)
            case "guard" | "set":
                return  # this is the adoption that it asks for; each step has its own timeout
            case _:
                yield Step(sql, NOTHING)

    def _without_host_tables(self, sql: str) -> str | None:
        """The statement without the tables whose rights are the CRM's affair; None: no others."""

        def rewrite(call: re.Match[str]) -> str:
            kind, rest = call[1], call[2]
            names = [name for name in _QUOTED.findall(rest) if name not in self._host_tables]
            if kind != "table" or names == _QUOTED.findall(rest):
                return call[0]
            quoted = ", ".join(f"'{name}'" for name in names)
            return f"\n  perform onethread.revoke_from_others('table', {quoted});" if names else ""

        rewritten = _REVOKE.sub(rewrite, sql)
        return rewritten if "perform" in rewritten else None

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

    def _table_steps(self, statement: Statement) -> Iterator[Step]:
        name = statement.name
        if name not in self._catalog.tables:
            items, _ = parse_items(statement)
            yield Step(
                statement.sql + self._remember(name, items),
                f"{MOMENT}share row exclusive on the tables it refers to",
            )
            return
        yield from self._add_steps(statement)
        if name == "public.whatsapp_conversation":
            columns = self._catalog.tables[name].columns
            for column in ("canonical_key", "lead_id"):
                # Not every person has a lead, and a key can pass to another conversation.
                if column in columns and columns[column].is_not_null:
                    yield Step(
                        f"alter table {name} alter column {column} drop not null",
                        _lock_of_columns(name),
                    )

    def _add_steps(self, statement: Statement) -> Iterator[Step]:
        """What a table that is there lacks."""
        table = self._catalog.tables.get(statement.table)
        columns, constraints = parse_items(statement)
        if table is None:
            sql = statement.sql + self._remember(statement.table, columns)
            yield Step(sql, _lock_of_columns(statement.table))
            return
        missing = [column for column in columns if column.name not in table.columns]
        if missing:
            changes = [line for column in missing for line in self._new_column(table, column)]
            yield Step(
                f"alter table {table.name}\n  "
                + ",\n  ".join(changes)
                + self._remember(table.name, missing),
                _lock_of_columns(table.name),
            )
        for constraint in constraints:
            yield from self._constraint_steps(table, constraint)

    def _remember(self, table: str, columns: Iterable[ColumnItem]) -> str:
        """What is kept of the CRM's tables, written when the column for it is made.

        In one transaction with it: an adoption that goes on after a break must not take tables that
        were there before for its own. (Columns it may: it takes all that are there for the CRM's.)
        """
        if table != _MEMORY or not self._host_tables:
            return ""
        made = {column.name for column in columns}
        sql = ""
        if "name" in made:
            names = ", ".join(f"('{_bare(name)}')" for name in sorted(self._host_tables))
            sql += f";\ninsert into {_MEMORY} (name) values {names}"
        if "host_columns" in made:
            rows = ", ".join(
                f"('{_bare(name)}', {_text_array(self._catalog.tables[name].columns)})"
                for name in sorted(self._host_tables)
            )
            sql += (
                f";\nupdate {_MEMORY} t set host_columns = h.columns\n"
                f"  from (values {rows}) as h (name, columns) where t.name = h.name"
            )
        return sql

    def _new_column(self, table: Table, column: ColumnItem) -> list[str]:
        """A column for rows that are older than it: what the default says of new ones is not always
        true of them."""
        add = f"add column {column.text}"
        default = re.search(r"\bdefault (.*?)(?: not null)?$", column.rest)
        if column.name == "business_id" and self._single_id is not None:
            return [f"{add} default {self._single_id}"]
        match (table.name, column.name):
            case ("public.business", "default_region"):
                if self._default_region is not None:
                    add += f" default '{self._default_region}'"
                return [add]
            case ("public.whatsapp_message", "sent_at"):
                # Until the backfill comes to it: see is_backfill_pending.
                return [
                    "add column sent_at timestamptz not null default '1970-01-01 00:00+00'",
                    "alter column sent_at set default now()",
                ]
            case ("public.whatsapp_message", "is_backfill_pending"):
                if "sent_at" in table.columns:
                    return [add]
                return [
                    "add column is_backfill_pending boolean not null default true",
                    "alter column is_backfill_pending set default false",
                ]
        if "not null" not in column.rest and default is not None:
            # Nothing is known of old rows; they stay null, and no row is rewritten.
            return [
                f"add column {column.name} {column.type}",
                f"alter column {column.name} set default {default[1]}",
            ]
        if "not null" in column.rest and default is None:
            return [add.replace(" not null", "")]
        return [add]

    def _constraint_steps(self, table: Table, item: ConstraintItem) -> Iterator[Step]:
        name, definition = item.name, item.definition
        columns = tuple(re.findall(r"\w+", _first_parentheses(definition)))
        if definition.startswith("primary key"):
            key = f"{_bare(table.name)}_{'_'.join(columns)}_key"
            is_half_made = _beside(table, key) in self._catalog.indexes and (
                key not in table.constraints
            )
            if columns not in table.unique_keys or is_half_made:
                yield from self._key_steps(table, columns, key)
            return
        if (
            table.name in self._host_tables
            and definition.startswith(_OF_BUSINESS)
            and ("public.business" not in self._host_tables)
        ):
            return  # a CRM without businesses names new ones as it likes: see add_businesses()
        is_known = definition.startswith("foreign key") and columns in table.foreign_keys
        if is_known and table.constraints.get(name) is not False:
            return  # the CRM's own, by another name, will do
        if name in self._dropped:
            return
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
            f"create unique index {name} on {table.name} ({', '.join(columns)})",
            _beside(table, name),
            table.name,
        )
        yield Step(
            f"alter table {table.name} add constraint {name} unique using index {name}",
            f"{MOMENT}access exclusive on {table.name}, no row is read",
        )


def _text_array(names: Iterable[str]) -> str:
    quoted = ", ".join("'" + name.replace("'", "''") + "'" for name in sorted(names))
    return f"array[{quoted}]"


def _lock_of_columns(table: str) -> str:
    return f"{MOMENT}access exclusive on {table}, no row is read or written"


def _first_parentheses(text: str) -> str:
    match = re.search(r"\(([^()]*)\)", text)
    return match[1] if match else ""


def _bare(name: str) -> str:
    """A name without its schema."""
    return name.split(".")[1]


def _beside(table: Table, name: str) -> str:
    """The name, in the schema of the table."""
    return f"{table.name.split('.')[0]}.{name}"
