"""Reads the statements of db/migrations, in our own style of SQL.

Whoever looks for tables, indexes or rights in the migrations does it here: a statement that cannot
be read raises, so that nothing is passed over in silence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import sqlparse

from onethread.database import config
from onethread.errors import OnethreadError

_NAME = r"(?P<name>\w+\.\w+)"
_TABLE = r"(?P<table>\w+\.\w+)"

# What a migration may say: the kind, and how it begins.
_KINDS = (
    ("guard", r"do \$\$\s+begin\s+if exists \("),
    ("revoke yoyo", r"do \$\$\s+begin\s+if not exists \(select from _yoyo_log\)"),
    (
        "create schema",
        r"do \$\$\s+begin\s+if to_regnamespace\('(?P<name>\w+)'\) is null then\s+create schema ",
    ),
    ("create sequence", rf"create sequence {_NAME}$"),
    ("create table", r"create table (?P<table>(?P<name>\w+\.\w+)) \((?P<body>.*)\)$"),
    ("add", rf"alter table {_TABLE}\s+(?P<body>add (?:column|constraint) .*)$"),
    ("drop constraint", rf"alter table {_TABLE}\s+drop constraint (?P<name>\w+)$"),
    ("enable row security", rf"alter table {_TABLE} enable row level security$"),
    ("own sequence", rf"alter sequence {_NAME}\s+owned by {_TABLE}\.\w+$"),
    ("create index", rf"create (?:unique )?index (?P<name>\w+)\s+on {_TABLE}\s"),
    ("drop index", rf"drop index {_NAME}$"),
    ("create type", rf"create type {_NAME} as \("),
    ("alter type", rf"alter type {_NAME}\s+add attribute "),
    ("create function", rf"create function {_NAME}\("),
    ("create policy", rf"create policy (?P<name>\w+) on {_TABLE}\s"),
    ("comment", r"comment on (?:table|type) (?P<table>\w+\.\w+) is\s"),
    ("comment", rf"comment on column {_TABLE}\.(?P<column>\w+) is\s"),
    ("comment schema", r"comment on schema (?P<name>\w+) is\s"),
    ("grant", r"grant .* to public$"),
    ("revoke", r"do \$\$\s+begin\s+perform onethread\.revoke_from_others\("),
    ("revoke from role", r"do \$\$\s+begin\s+if to_regrole\('\w+'\) is not null then\s+revoke "),
    ("set", r"set local lock_timeout = "),
)
_CONSTRAINT = re.compile(r"(?:add )?constraint (?P<name>\w+)\s+(?P<definition>.*)", re.DOTALL)
_LINE_BREAK = re.compile(r"('?)\s*\n\s*('?)")
_COLUMN = re.compile(r"(?:add column )?(?P<name>\w+) (?P<type>\w+(?:\[\])?)(?P<rest>\s.*|$)")


@dataclass(frozen=True)
class Statement:
    """A statement of a migration. Names have their schema, always."""

    sql: str
    kind: str
    name: str = ""
    """What it makes; a policy's name has no schema."""
    table: str = ""
    """The table, or the type, that it is about."""
    column: str | None = None
    """The column that a comment is about."""
    body: str = ""
    """What it says about the table."""

    @property
    def text(self) -> str:
        """The text of a comment."""
        return "".join(re.findall(r"'((?:[^']|'')*)'", self.sql)).replace("''", "'")


@dataclass(frozen=True)
class ColumnItem:
    """A column in a create table."""

    name: str
    type: str
    rest: str
    """Default, not null, collation."""

    @property
    def text(self) -> str:
        """The item as it is written."""
        return " ".join(f"{self.name} {self.type} {self.rest}".split())


@dataclass(frozen=True)
class ConstraintItem:
    """A constraint in a create table."""

    name: str
    definition: str


def parse_migrations(migrations: Mapping[str, str]) -> list[Statement]:
    """The statements of migrations, name -> text; an error says which one cannot be read."""
    statements: list[Statement] = []
    for name, text in migrations.items():
        try:
            statements += parse(text)
        except OnethreadError as error:
            raise OnethreadError(
                f"a migration cannot be read: db/migrations/{name}.sql: {error}", error.hint
            ) from error
    return statements


def read_migrations() -> dict[str, str]:
    """The migrations of this version of the app, name -> text."""
    paths = sorted((config.DB_DIR / "migrations").glob("*.sql"))
    return {path.stem: path.read_text("utf-8") for path in paths}


@cache
def parse(migration: str) -> list[Statement]:
    """The statements of a migration; raises OnethreadError for one that it cannot read."""
    return [_parse_statement(sql) for sql in split(migration)]


def _parse_statement(sql: str) -> Statement:
    for kind, pattern in _KINDS:
        if match := re.match(pattern, sql, re.DOTALL):
            found = match.groupdict()
            name, table = found.get("name") or "", found.get("table") or ""
            if kind == "create index":
                name = f"{table.split('.')[0]}.{name}"
            return Statement(sql, kind, name, table, found.get("column"), found.get("body") or "")
    raise OnethreadError(
        sql.splitlines()[0],
        "It is written in another way than the statements of db/migrations are: "
        "app/onethread/schema/adoption/statements.py must know how to read it.",
    )


def parse_items(statement: Statement) -> tuple[list[ColumnItem], list[ConstraintItem]]:
    """The columns and constraints of a create table or alter table ... add."""
    columns: list[ColumnItem] = []
    constraints: list[ConstraintItem] = []
    for item in _split_items(statement.body):
        if match := _CONSTRAINT.fullmatch(item):
            constraints.append(ConstraintItem(match["name"], match["definition"]))
        elif match := _COLUMN.fullmatch(item):
            columns.append(ColumnItem(match["name"], match["type"], match["rest"].strip()))
        else:
            raise OnethreadError(f"a column of {statement.table} cannot be read: {item}")
    return columns, constraints


def split(migration: str) -> list[str]:
    """The statements of a migration, without comments and the semicolon."""
    statements = sqlparse.split(sqlparse.format(migration, strip_comments=True))
    return [text for part in statements if (text := part.strip().rstrip(";").strip())]


def _split_items(body: str) -> list[str]:
    """The items between the parentheses of a create table."""
    items, depth, start = [], 0, 0
    for position, character in enumerate(body):
        depth += (character == "(") - (character == ")")
        if character == "," and depth == 0:
            items.append(body[start:position])
            start = position + 1
    return [_LINE_BREAK.sub(_join_lines, item.strip()) for item in (*items, body[start:])]


def _join_lines(line_break: re.Match[str]) -> str:
    """A space; but two literals are one only when they stand on two lines."""
    before, after = line_break.groups()
    return line_break[0] if before and after else f"{before} {after}"
