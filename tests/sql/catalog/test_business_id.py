"""Every UPDATE and DELETE in db/functions names the business of the rows that it means.

Ids are unique within a business only: by an id alone, somebody else's row is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from onethread.database.config import DB_DIR

FUNCTIONS = DB_DIR / "functions"
PATHS = sorted(FUNCTIONS.rglob("*.sql"))

# What is nobody's: the businesses themselves, and what the installation says of itself.
GLOBAL = ("public.business", "onethread.source", "onethread.adopted_table")

# The statement's end: a semicolon, or the bracket that closes what it stands in.
_STATEMENT = re.compile(
    r"(?<![\w.])(?:update|delete\s+from)\s+(?:only\s+)?([\w.%$]+)", re.IGNORECASE
)
_NOT_A_STATEMENT = re.compile(
    r"\b(?:for|for\s+no\s+key|do|on|before|after|or|of)\s+$", re.IGNORECASE
)
_COMMENT = re.compile(r"--[^\n]*|^comment on [^;]*?\bis\s+(?:'(?:[^']|'')*'\s*)+;", re.MULTILINE)


def writes(source: str) -> Iterator[tuple[str, str]]:
    """Each UPDATE and DELETE of a source, also in a text that is executed: (table, statement)."""
    code = _COMMENT.sub("", source)
    for match in _STATEMENT.finditer(code):
        if _NOT_A_STATEMENT.search(code[: match.start()]) or match[1].lower() in (
            "set",
            "of",
            "or",
        ):
            continue
        yield match[1], code[match.start() : _end(code, match.end())]


def unbound(source: str) -> list[str]:
    """The statements that name no business_id in their condition."""
    found = []
    for table, statement in writes(source):
        condition = re.split(r"\bwhere\b", statement, maxsplit=1, flags=re.IGNORECASE)
        if table in GLOBAL:
            continue
        # A table that is found in the catalog: so are the columns, all of a key's.
        is_catalogs = "%" in table and re.search(r"\bwhere %s\b", statement)
        if is_catalogs and "conversation_references()" in source:
            continue
        if len(condition) == 1 or "business_id" not in condition[1]:
            found.append(" ".join(statement.split())[:120])
    return found


def _end(code: str, start: int) -> int:
    depth = 0
    for position in range(start, len(code)):
        if code[position] == "(":
            depth += 1
        elif code[position] == ")":
            depth -= 1
        if depth < 0 or (depth == 0 and code[position] == ";"):
            return position
    return len(code)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_business_is_named_when_rows_are_written(path: Path) -> None:
    assert unbound(path.read_text("utf-8")) == []


def test_keys_of_other_tables_are_taken_whole_when_rows_are_led_elsewhere() -> None:
    """What the one dynamic statement is made of: an expression for each column of the key."""
    source = (FUNCTIONS / "conversation" / "conversation_references.sql").read_text("utf-8")
    assert "cross join lateral unnest(k.conkey, k.confkey) as pair (attnum, target)" in source
    # Only what is set is chosen among the columns; the condition has no filter.
    condition = source[source.index("format('t.%I = ($2).%I'") : source.index("  array(\n")]
    assert "filter" not in condition


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("update public.t x set a = 1 where x.business_id = b and x.id = 1;", 0),
        ("update public.t x set a = 1 where x.id = 1;", 1),
        ("update public.t x set business_id = 1;", 1),
        ("delete from public.t x where x.id = 1;", 1),
        ("with m as (update public.t x set a = 1 where x.id = 1 returning id) select 1;", 1),
        ("execute format('update %s set %s = $1 where %2$s = $2', a, b) using c;", 1),
        ("execute 'delete from public.t where id = $1' using c;", 1),
        ("select 1 from public.t for update; select 1 from public.t for no key update;", 0),
        ("insert into t values (1) on conflict (id) do update set a = 1;", 0),
        ("-- update public.t set a = 1", 0),
    ],
)
def test_statement_is_found_when_it_names_no_business(statement: str, expected: int) -> None:
    assert len(unbound(statement)) == expected


def test_all_writes_are_read_when_the_functions_are() -> None:
    found = [write for path in PATHS for write in writes(path.read_text("utf-8"))]
    assert len(found) > 60
    assert {"public.whatsapp_message", "public.whatsapp_identity"} <= {table for table, _ in found}
