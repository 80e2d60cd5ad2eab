"""What a bridge is: a file that says of which of a system's tables which SELECT makes messages.

A file of db/bridges begins with what it is. Then come, after `-- tables:`, the tables by which the
system is known, `-- provider:` and `-- digits:`; then, each below a line
`-- messages of TABLE by COLUMN TYPE`, the SELECTs. They read the rows of the table that are to be
taken over under the name theirs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from onethread.database import config
from onethread.errors import OnethreadError

# What a SELECT may say, by kind, as the types of db/bridges/core/tables.sql have it; a column with
# a mark has to be there.
_COLUMNS = {
    "tenants": "key tenant! name",
    "numbers": "key tenant address!",
    "contacts": "key! tenant name phone",
    "evidence": "key tenant a! b! relation observed_at weight",
    "messages": "key! part tenant direction! address! aliases participant own_address sender_name"
    " kind body media provider provider_message_id reply_to sent_at source lead status is_deleted",
    "events": "key tenant kind! provider provider_message_id! address target_direction actor"
    " is_from_business body occurred_at",
}
_TYPES = {
    "aliases": "text[]",
    "is_deleted": "boolean",
    "is_from_business": "boolean",
    "media": "jsonb",
    "observed_at": "timestamptz",
    "occurred_at": "timestamptz",
    "sent_at": "timestamptz",
}
# The type of a kind's rows in SQL, and in the plural the function that takes them.
RECORDS = {
    "tenants": "owner",
    "numbers": "number",
    "contacts": "contact",
    "evidence": "evidence",
    "messages": "message",
    "events": "event",
}

_NAME = re.compile(r"[a-z][a-z0-9_]{0,29}")
_SECTION = re.compile(
    r"^-- (tenants|numbers|contacts|evidence|messages|events) of (\S+) by (.+)$", re.MULTILINE
)
_HEADER = re.compile(r"^-- (tables|provider|digits): *(.*?) *$", re.MULTILINE)
_KEY = re.compile(r'("[^"]+"|[a-z_][a-z0-9_]*) +([a-z_][a-z0-9_. ]*)')
_GIVEN = re.compile(r'\bas +"?([a-z_]+)"?')


@dataclass(frozen=True)
class Rule:
    """One SELECT."""

    kind: str
    select: str

    @property
    def columns(self) -> dict[str, str]:
        """Every column that it may have, in the order of the type, and its type."""
        return {name.rstrip("!"): _TYPES.get(name, "text") for name in _COLUMNS[self.kind].split()}

    @property
    def given(self) -> set[str]:
        """The columns that it has."""
        text = re.sub(r"--.*", "", self.select)
        return {*_GIVEN.findall(text)} & {*self.columns}

    @property
    def missing(self) -> list[str]:
        """Columns that it should have."""
        needed = [name[:-1] for name in _COLUMNS[self.kind].split() if name.endswith("!")]
        return [name for name in needed if name not in self.given]


@dataclass(frozen=True)
class Relation:
    """One of their tables, and what is made of its rows."""

    table: str
    """As it is written in SQL, without a schema."""
    keys: tuple[tuple[str, str], ...]
    """Columns of the primary key as they are written in SQL, and their types."""
    rules: tuple[Rule, ...]

    @property
    def name(self) -> str:
        """The table's name as PostgreSQL knows it."""
        return self.table.strip('"')


@dataclass(frozen=True)
class Bridge:
    """What a file says."""

    name: str
    title: str
    tables: tuple[str, ...]
    provider: str | None
    bare_digits: str
    relations: tuple[Relation, ...]
    hash: str
    """Of the file and of what all bridges share: another one is to be applied anew."""


def list_bridges() -> list[Bridge]:
    """Those of db/bridges, by name."""
    return [read_bridge(path.stem, path) for path in sorted(_folder().glob("*.sql"))]


def find_bridge(name: str, path: Path | None = None) -> Bridge:
    """The bridge with this name: of db/bridges, or a file's."""
    if not _NAME.fullmatch(name):
        raise OnethreadError(
            f"{name} can be no bridge's name", "Small letters, digits and _, at most 30."
        )
    path = path or _folder() / f"{name}.sql"
    if not path.is_file():
        names = ", ".join(sorted(each.stem for each in _folder().glob("*.sql")))
        raise OnethreadError(
            f"there is no bridge {name}",
            f"These are there: {names}. For any other system write a file, see docs/bridge.md: "
            f"onethread bridge {name} --file PATH.",
        )
    return read_bridge(name, path)


def read_core() -> list[str]:
    """The SQL that all bridges share, in the order in which it is run."""
    tables = _folder() / "core" / "tables.sql"
    others = sorted(path for path in tables.parent.glob("*.sql") if path != tables)
    return [path.read_text("utf-8") for path in (tables, *others)]


def read_bridge(name: str, path: Path) -> Bridge:
    """What a file says; raises OnethreadError where it says nothing that can be used."""
    text = path.read_text("utf-8")
    head, *parts = _SECTION.split(text)
    headers = dict(_HEADER.findall(head))
    relations: dict[str, Relation] = {}
    for kind, table, key, select in zip(
        parts[::4], parts[1::4], parts[2::4], parts[3::4], strict=True
    ):
        keys = tuple(_read_key(part, path) for part in key.split(","))
        rule = Rule(kind, select.strip().rstrip(";"))
        _check(rule, f"{path.name}, {kind} of {table}")
        before = relations.setdefault(table, Relation(table, keys, ()))
        if before.keys != keys:
            raise OnethreadError(f"{path.name}: {table} has two keys", "Write the same after `by`.")
        relations[table] = Relation(table, keys, (*before.rules, rule))
    digits = headers.get("digits", "typed")
    if not any(rule.kind == "messages" for each in relations.values() for rule in each.rules):
        raise OnethreadError(
            f"{path.name} has no line `-- messages of TABLE by COLUMN TYPE`", "See docs/bridge.md."
        )
    if digits not in ("typed", "international"):
        raise OnethreadError(f"{path.name}: digits are typed or international, not {digits}")
    return Bridge(
        name=name,
        title=head.partition("\n")[0].removeprefix("-- "),
        tables=tuple(headers["tables"].split(", ")) if "tables" in headers else (*relations,),
        provider=headers.get("provider") or None,
        bare_digits=digits,
        relations=tuple(relations.values()),
        hash=sha256("\n".join([text, *read_core()]).encode()).hexdigest(),
    )


def _folder() -> Path:
    return config.DB_DIR / "bridges"


def _check(rule: Rule, where: str) -> None:
    if rule.missing:
        raise OnethreadError(
            f"{where}: the SELECT has no column {rule.missing[0]}",
            f"Name it: … as {rule.missing[0]}. It may have {', '.join(rule.columns)}.",
        )
    if not re.search(r"\btheirs\b", rule.select):
        raise OnethreadError(
            f"{where}: the SELECT does not read theirs",
            "The rows of the table are called so: from theirs t.",
        )
    if "$bridge$" in rule.select:
        raise OnethreadError(f"{where}: $bridge$ cannot be written in a SELECT")


def _read_key(text: str, path: Path) -> tuple[str, str]:
    found = _KEY.fullmatch(text.strip())
    if found is None:
        raise OnethreadError(
            f"{path.name}: {text.strip()} is no column with its type", "As in: by id bigint."
        )
    return found[1], found[2]
