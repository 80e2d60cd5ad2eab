"""How many people another system shows in several threads: by its own tables, nothing is written.

What reads addresses is created in the session's temporary schema. Where that is not allowed (a
read-only session, a replica, a role without TEMP), the embedded server reads them, if it is there.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from onethread.errors import OnethreadError
from onethread.schema.adoption.audit import EXAMPLES, create_functions, mask
from onethread.schema.adoption.crm_tables import advise
from onethread.schema.adoption.sources import Source, list_missing

BATCH = 10_000

# A phone with more accounts than this is a switchboard's, and ties nobody: identifier_cap().
MOST_ACCOUNTS = 25

# Types of columns that hold words: text, varchar, char, name, and a literal's.
_TEXT_TYPES = (25, 1043, 1042, 19, 705)

_NAMED = """
select given.place, w.kind || ':' || pg_temp.identifier_scope(w.kind, w.value) || ':' ||
  pg_temp.identifier_match_value(w.kind, w.value)
from unnest(%(texts)s::text[], %(typed)s::boolean[])
  with ordinality as given (text, is_typed, place)
cross join lateral pg_temp.whatsapp_identifier(
  given.text,
  case when strpos(given.text, '@') = 0 and left(given.text, 1) <> '+'
    and (given.is_typed or btrim(given.text, '0123456789') <> '') then %(region)s::text end) as w
where w.kind is not null
"""

# Tenant and key: of an address as identifier_key() writes it, of a lead as the source does.
Node = tuple[str, str]


@dataclass
class SplitPerson:
    """Somebody who is shown in several threads."""

    tenant: str
    messages: int
    thread_count: int
    threads: list[str]
    """The first of them: the id with an address, or the address, with its digits masked."""


@dataclass
class SourceAudit:
    """What was found."""

    source: str
    messages: int = 0
    people: int = 0
    threads: int = 0
    split_people: int = 0
    split_threads: int = 0
    split_by_spelling: int = 0
    """Those of split_people whom one address in several spellings splits already."""
    examples: list[SplitPerson] = field(default_factory=list)
    without_address: int = 0
    """Messages."""
    unreadable: int = 0
    """Messages whose address identifies nobody."""
    unreadable_examples: list[str] = field(default_factory=list)

    def row(self) -> dict[str, Any]:
        """The same as plain values."""
        return asdict(self)


def audit_source(
    connection: psycopg.Connection[Any], source: Source, default_region: str | None = None
) -> SourceAudit:
    """Counts people and their threads.

    Args:
        connection: autocommit; may be read-only, on a replica, of a role that can only read.
        default_region: country of the numbers that were typed, and of national ones.

    Raises:
        OnethreadError: the tables are not there, or what a SELECT calls addresses is none.
    """
    missing = list_missing(connection, source)
    if missing:
        raise OnethreadError(f"there is no table {missing[0]}", advise(connection))
    with _reading(connection) as reader:
        names = _Names(reader, default_region)
        said = _read(connection, source.messages, "address", ("tenant", "thread", "is_typed"))
        counted: Counter[tuple[str, str, str, bool]] = Counter()
        for row in said:
            address = row["address"] or ""
            thread = address if row["thread"] is None else row["thread"]
            counted[row["tenant"], thread, address, row["is_typed"]] += row["rows"]
        names.learn({(address, is_typed) for _, _, address, is_typed in counted})
        pairs = []
        if source.evidence is not None:
            pairs = list(_read(connection, source.evidence, "a", ("b", "tenant", "is_typed")))
            names.learn({(row[side] or "", row["is_typed"]) for row in pairs for side in "ab"})
    people = _People()
    result = _count(source, counted, names, people)
    _refuse_nonsense(result, default_region)
    result.split_by_spelling = sum(len(threads) > 1 for threads in people.threads().values())
    people.tie(_tied(pairs, names, {tenant for tenant, _, _, _ in counted}))
    _summarize(result, people)
    return result


class _People:
    """Who is whom: nodes that are tied are one person, and the threads and messages of each."""

    def __init__(self) -> None:
        self.names: dict[tuple[str, str], str] = {}
        """Of each thread: an address that is in it."""
        self._parents: dict[Node, Node] = {}
        self._threads: dict[Node, Counter[tuple[str, str]]] = defaultdict(Counter)

    def add(self, node: Node, thread: tuple[str, str], address: str, messages: int) -> None:
        self.names[thread] = address
        self._threads[node][thread] += messages

    def tie(self, pairs: Iterable[tuple[Node, Node]]) -> None:
        for a, b in pairs:
            self._parents[self._find(a)] = self._find(b)

    def threads(self) -> dict[Node, Counter[tuple[str, str]]]:
        """Of each person, by one of the nodes."""
        found: dict[Node, Counter[tuple[str, str]]] = defaultdict(Counter)
        for node, threads in self._threads.items():
            found[self._find(node)].update(threads)
        return found

    def _find(self, node: Node) -> Node:
        while (parent := self._parents.setdefault(node, node)) != node:
            node = self._parents[node] = self._parents[parent]
        return node


class _Names:
    """What addresses mean, read by the SQL functions once each."""

    def __init__(self, reader: psycopg.Connection[Any], region: str | None) -> None:
        self._reader, self._region = reader, region
        self._keys: dict[tuple[str, bool], str | None] = {}

    def learn(self, names: set[tuple[str, bool]]) -> None:
        new = sorted(name for name in names if name[0] and name not in self._keys)
        for start in range(0, len(new), BATCH):
            batch = new[start : start + BATCH]
            rows = self._reader.execute(
                _NAMED,
                {
                    "texts": [text for text, _ in batch],
                    "typed": [is_typed for _, is_typed in batch],
                    "region": self._region,
                },
            ).fetchall()
            self._keys |= dict.fromkeys(batch)
            self._keys |= {batch[place - 1]: key for place, key in rows}

    def key(self, text: str | None, *, is_typed: bool) -> str | None:
        """The key; None when there is nobody. What is no address, but a lead's, is its own key."""
        if text and text.startswith("lead:"):
            return text
        return self._keys.get((text or "", is_typed))


@contextmanager
def _reading(connection: psycopg.Connection[Any]) -> Iterator[psycopg.Connection[Any]]:
    try:
        create_functions(connection)
    except (psycopg.errors.ReadOnlySqlTransaction, psycopg.errors.InsufficientPrivilege) as error:
        try:
            from onethread import embedded

            url = embedded.start()
        except (ImportError, OnethreadError):
            raise OnethreadError(
                f"addresses cannot be read in this session: {str(error).strip()}",
                "Give the role the right to create temporary tables, or install the embedded "
                "server, which reads them then: pip install 'onethread[embedded]'.",
            ) from error
        with psycopg.connect(url, autocommit=True) as reader:
            create_functions(reader)
            yield reader
    else:
        yield connection


def _read(
    connection: psycopg.Connection[Any], select: str, first: str, others: tuple[str, ...]
) -> Iterator[dict[str, Any]]:
    """The distinct rows of a SELECT with how many there are (rows); what it lacks is null."""
    with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        connection.execute("set transaction read only")
        # What somebody who owns the database wrote, to run as it is.
        inner = sql.SQL("({}\n) as given").format(sql.SQL(select.strip().rstrip(";")))
        cursor.execute(sql.SQL("select * from {} limit 0").format(inner))
        types = {column.name: column.type_code for column in cursor.description or []}
        for name in ("address",) if first == "address" else ("a", "b"):
            _refuse_column(connection, name, types)
        columns = sql.SQL(", ").join(
            sql.SQL("given.{0}::{1} as {0}").format(
                sql.Identifier(name), sql.SQL("boolean" if name == "is_typed" else "text")
            )
            if name in types
            else sql.SQL("{} as {}").format(
                sql.SQL("false" if name == "is_typed" else "null::text"), sql.Identifier(name)
            )
            for name in (first, *others)
        )
        cursor.execute(
            sql.SQL("select {}, count(*)::bigint as rows from {} group by 1, 2, 3, 4").format(
                columns, inner
            )
        )
        yield from cursor


def _refuse_column(connection: psycopg.Connection[Any], name: str, types: dict[str, int]) -> None:
    if name not in types:
        raise OnethreadError(
            f"the SELECT has no column {name}",
            f"It has {', '.join(types)}. Call the right one so: select phone as {name}, …",
        )
    if types[name] in _TEXT_TYPES:
        return
    [(type_name, is_text)] = connection.execute(
        "select format_type(t.oid, null), t.typcategory = 'S' from pg_catalog.pg_type t "
        "where t.oid = %s",
        [types[name]],
    ).fetchall()
    if not is_text:
        raise OnethreadError(
            f"column {name} is {type_name}: no address is written so",
            "Choose the text of the address itself: a phone, a JID, a BSUID. Of JSON that is "
            "key ->> 'remoteJid'; of an id, the column of the table that it refers to.",
        )


def _count(
    source: Source,
    counted: Counter[tuple[str, str, str, bool]],
    names: _Names,
    people: _People,
) -> SourceAudit:
    result = SourceAudit(source.name)
    unreadable: Counter[str] = Counter()
    for (tenant, thread, address, is_typed), messages in counted.items():
        result.messages += messages
        key = names.key(address, is_typed=is_typed)
        if key is not None:
            people.add((tenant or "", key), (tenant or "", thread), address, messages)
        elif not address.strip():
            result.without_address += messages
        else:
            unreadable[address] += messages
    result.unreadable = unreadable.total()
    result.unreadable_examples = [mask(text) for text, _ in unreadable.most_common(EXAMPLES)]
    return result


def _refuse_nonsense(result: SourceAudit, default_region: str | None) -> None:
    """A number of people that would be counted by what is no address is no answer."""
    nobody = result.unreadable + result.without_address
    if 2 * nobody <= result.messages:
        return
    hint = "Is it the right column? An address is a phone, a JID, or a BSUID."
    if default_region is None:
        hint += " National numbers need their country, --default-region IL, and, when they are bare"
        hint += " digits, is_typed in the SELECT."
    examples = f": {', '.join(result.unreadable_examples)}" if result.unreadable else ""
    raise OnethreadError(
        f"{nobody:,} of {result.messages:,} messages have no address that identifies somebody"
        f"{examples}",
        hint,
    )


def _tied(
    pairs: list[dict[str, Any]], names: _Names, tenants: set[str]
) -> Iterator[tuple[Node, Node]]:
    partners: dict[Node, set[Node]] = defaultdict(set)
    for row in pairs:
        a, b = (names.key(row[side], is_typed=row["is_typed"]) for side in ("a", "b"))
        if a is None or b is None or a == b:
            continue
        for tenant in tenants if row["tenant"] is None else [row["tenant"]]:
            first, second = (tenant or "", a), (tenant or "", b)
            partners[first].add(second)
            partners[second].add(first)
    for node, others in partners.items():
        if len(others) <= MOST_ACCOUNTS:
            yield from ((node, other) for other in others if len(partners[other]) <= MOST_ACCOUNTS)


def _summarize(result: SourceAudit, people: _People) -> None:
    found = people.threads()
    result.people = len(found)
    result.threads = len({thread for threads in found.values() for thread in threads})
    split = [(node, threads) for node, threads in found.items() if len(threads) > 1]
    result.split_people = len(split)
    result.split_threads = sum(len(threads) for _, threads in split)
    split.sort(key=lambda each: (-len(each[1]), -each[1].total(), each[0]))
    result.examples = [
        SplitPerson(
            tenant=node[0],
            messages=threads.total(),
            thread_count=len(threads),
            threads=[_called(thread, people) for thread in sorted(threads)][:EXAMPLES],
        )
        for node, threads in split[:EXAMPLES]
    ]


def _called(thread: tuple[str, str], people: _People) -> str:
    address = people.names[thread]
    return mask(address) if thread[1] == address else f"{thread[1]} ({mask(address)})"
