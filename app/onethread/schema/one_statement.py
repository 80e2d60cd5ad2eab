"""All that `onethread migrate` does to a database of our own, as one SQL statement without Python.

db/one_statement.sql is the statement; what it works with is put in here: migrations, functions,
views, triggers, rights, and the questions that are asked before anything changes.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from itertools import pairwise

from psycopg import sql

from onethread.database import config
from onethread.database.sources import read_migrations, read_sources, without_head
from onethread.errors import OnethreadError
from onethread.schema import access
from onethread.schema.loading import trigger_table
from onethread.schema.ownership import collisions_query
from onethread.schema.rights import missing_rights_query
from onethread.schema.single import Single, single_statement

# The quotes of a text, and what begins and ends a packed part of it: in no source.
_QUOTE = "$s$"
_PACKED = "@@@"

_NUMBERS = re.compile(r"^(?:[0-9,]+\n){8,}", re.MULTILINE)
_NUMBER = re.compile(r"([0-9]+)(,?)(\n?)")
_LINE_BREAK = "_"
# How many digits a number has in common with the one before it.
_COMMON = string.ascii_lowercase[:20]
# What stands for two others. Nothing that begins a comment, ends a statement or quotes.
_TOKENS = string.ascii_lowercase[20:] + string.ascii_uppercase + "!#%&()+.:<=>?[]^~|"
_WIDTH = 100

# Variables of the statement.
_ARRAYS = (
    "functions", "views", "triggers", "trigger_tables", "ledger_names", "ledger_signatures",
)  # fmt: skip

_SINGLE_CHECK = """if to_regclass('public.business') is not null then
    if (select count(*) from (select from public.business limit 2) as b) > 1 then
      raise exception 'there are several businesses: the id of none can be the default'
        using hint = 'Nothing was changed. Make this file without --single.';
    end if;
  end if;"""


def one_statement(
    lock: int, default_region: str | None = None, single: Single | None = None
) -> str:
    """The text of the file.

    Args:
        lock: the number of the advisory lock that whoever migrates takes.
        default_region: region of the businesses that have none.
        single: the one business; its id is the default of business_id.
    """
    migrations = {name.split("/")[1]: text for name, text in read_migrations().items()}
    if odd := [name for name, text in migrations.items() if "transactional: false" in text]:
        raise OnethreadError(f"a migration runs in no transaction: {', '.join(odd)}")
    sources = read_sources()
    tables = {name: trigger_table(t) for name, t in sources.items() if name.startswith("triggers/")}
    bodies = {name: without_head(text) for name, text in sources.items()}
    pairs, bodies = pack(bodies)
    ends = [
        text
        for text in (
            default_region and _region_statement(default_region),
            single and _execute(single_statement(single)),
        )
        if text
    ]
    parts = {
        "version": version("onethread"),
        "lock": str(lock),
        "pairs": f"array[{_names(pairs)}]",
        "migrations": _rows((name, without_head(text)) for name, text in migrations.items()),
        "sources": _rows((name, tables.get(name, ""), text) for name, text in bodies.items()),
        "missing_rights": missing_rights_query().as_string(None).strip(),
        "collisions": collisions_query(
            **{name: sql.SQL(f"v_{name}") for name in _ARRAYS}
        ).as_string(None),
        "single_check": _SINGLE_CHECK if single else "",
        "everybody": _quoted(_access("everybody")),
        "roles": _quoted(_access("roles")),
        "grants": _quoted(_access("grants")),
        "policies": _quoted(_access("policies")),
        "has_roles": " and ".join(f"to_regrole('{role}') is not null" for role in access.ROLES),
        "create_roles": " ".join(f"create role {role} nologin;" for role in access.ROLES),
        "single": "\n  ".join(ends),
    }
    template = (config.DB_DIR / "one_statement.sql").read_text("utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], template)


def pack(texts: dict[str, str]) -> tuple[list[str], dict[str, str]]:
    """Long lists of numbers, each as what it does not share with the one before; then one character
    for a pair that is frequent, again and again.

    Returns:
        Each character with the two that it stands for, in the order of packing; the texts.
    """
    blocks = [block for text in texts.values() for block in _NUMBERS.findall(text)]
    joined = "\0".join(map(_shorten, blocks))
    pairs: list[str] = []
    tokens = list(reversed(_TOKENS))
    while tokens:
        counts = Counter(pairwise(joined))
        # Several at a time, that have nothing to do with each other: counting takes long.
        seen = {"\0"}
        for first, second in [pair for pair, _ in counts.most_common(12)]:
            if tokens and not seen & {first, second}:
                seen |= {first, second}
                pairs.append(tokens.pop() + first + second)
                joined = joined.replace(first + second, pairs[-1][0])
    packed = dict(zip(blocks, joined.split("\0"), strict=True))

    def replacement(block: re.Match[str]) -> str:
        text = packed[block[0]]
        lines = (text[start : start + _WIDTH] for start in range(0, len(text), _WIDTH))
        return f"{_PACKED}\n" + "\n".join(lines) + f"\n{_PACKED}"

    return pairs, {name: _NUMBERS.sub(replacement, text) for name, text in texts.items()}


def _shorten(block: str) -> str:
    """Numbers with commas between them, on lines, as the statement knows how to read them."""
    before = ""
    items: list[str] = []
    for number, _, line_break in _NUMBER.findall(block):
        same = [a == b for a, b in zip(before, number, strict=False)]
        common = same.index(False) if False in same else len(same)
        items.append(_COMMON[common] + number[common:] + (_LINE_BREAK if line_break else ""))
        before = number
    return "".join(items)


def _access(name: str) -> str:
    return without_head((config.DB_DIR / "access" / f"{name}.sql").read_text("utf-8"))


def _region_statement(region: str) -> str:
    return (
        sql.SQL("update public.business set default_region = {} where default_region is null;")
        .format(sql.Literal(region))
        .as_string(None)
    )


def _execute(text: str) -> str:
    return f"execute {_quoted(without_head(text))};"


def _quoted(text: str) -> str:
    if _QUOTE in text or "$onethread$" in text:
        raise OnethreadError(f"a source cannot be quoted: {text[:100]}")
    return f"{_QUOTE}{text}{_QUOTE}"


def _rows(rows: Iterable[Sequence[str]]) -> str:
    """A two-dimensional array of text: in each row names, then a text."""
    lines = (f"array[{_names(names)}, {_quoted(text)}]" for *names, text in rows)
    return "array[\n" + ",\n".join(lines) + "]"


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
