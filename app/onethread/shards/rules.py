"""What the router is told: which tables are divided, by which column, and where each part is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import dict_row

from onethread.database.shards import DISTRIBUTION
from onethread.errors import OnethreadError
from onethread.shards.cluster import Address, Cluster, Connection

STRIDE = 10_000_000
"""Ids of businesses that a shard gives: below 2**31 for 214 shards, as a CRM with ids of four bytes
needs it."""

_LOWEST = -(2**63)

# Ours and the CRM's own: whatever belongs to a business travels with it. The foreign tables that
# the router makes for a move are in schemas of their own.
_TABLES = """
select n.nspname as schema, c.relname as table,
  case when c.oid = 'public.business'::regclass then 'id' else 'business_id' end as column
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p')
  and not c.relispartition
  and n.nspname in ('public', 'onethread')
  and (c.oid = 'public.business'::regclass
    or exists (
      select from pg_attribute a
      where a.attrelid = c.oid and a.attname = 'business_id' and not a.attisdropped))
order by 1, 2
"""


@dataclass(frozen=True)
class Table:
    """A table that is divided."""

    schema: str
    name: str
    column: str

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True)
class KeyRange:
    """Businesses from an id on, up to the next range's, and where they are."""

    id: str
    shard: str
    start: int
    end: int | None = None
    is_locked: bool = False


def read_tables(connection: Connection) -> list[Table]:
    """The tables of a migrated server whose rows belong to a business."""
    rows = connection.execute(_TABLES.encode()).fetchall()
    return [Table(schema, name, column) for schema, name, column in rows]


def ask(console: Connection, statement: str) -> list[dict[str, Any]]:
    """The answer of the console, if there is one.

    Raises:
        OnethreadError: it refuses.
    """
    try:
        with console.cursor(row_factory=dict_row) as cursor:
            cursor.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []
    except psycopg.DatabaseError as error:
        raise OnethreadError(f"the coordinator refuses {statement!r}: {error}") from error


def read_ranges(console: Connection) -> list[KeyRange]:
    """The ranges, by their start."""
    rows = [
        row for row in ask(console, "show key_ranges") if row["distribution_id"] == DISTRIBUTION
    ]
    rows.sort(key=lambda row: int(row["lower_bound"]))
    ends: list[int | None] = [int(row["lower_bound"]) for row in rows[1:]]
    return [
        KeyRange(
            row["key_range_id"],
            row["shard_id"],
            int(row["lower_bound"]),
            end,
            str(row["locked"]) == "true",
        )
        for row, end in zip(rows, [*ends, None], strict=False)
    ]


def find_range(ranges: list[KeyRange], business_id: int) -> KeyRange:
    """The range in which a business is."""
    return next(each for each in reversed(ranges) if each.start <= business_id)


def range_id(start: int) -> str:
    """A range's name: its start, so that no two ever have one."""
    return f"from_{'lowest' if start == _LOWEST else start}"


def tell_rules(cluster: Cluster, tables: list[Table], highest_id: int) -> None:
    """Tells the coordinator what it does not know yet.

    Args:
        highest_id: of the businesses of all shards: a new shard's begin above.
    """
    with cluster.console() as console:
        _tell_shards(cluster, console)
        known = {row["distribution_id"] for row in ask(console, "show distributions")}
        if DISTRIBUTION not in known:
            ask(console, f"create distribution {DISTRIBUTION} column types integer")
        attached = {
            (row["schema_name"], row["relation_name"]) for row in ask(console, "show relations")
        }
        for table in tables:
            if (table.schema, table.name) not in attached:
                ask(
                    console,
                    f"alter distribution {DISTRIBUTION} attach relation {table} "
                    f"distribution key {table.column}",
                )
        _tell_ranges(cluster, console, highest_id)
        _tell_routers(cluster, console)


def _tell_shards(cluster: Cluster, console: Connection) -> None:
    known = {row["shard"] for row in ask(console, "show shards")}
    for name in cluster.shards:
        if name not in known:
            login = cluster.login(name)
            host = f"{login['host']}:{login['port']}"
            # Without "force" it looks whether the server is there, as a user without a name.
            ask(console, f"create shard {name} options (host '{host}') force")


def _tell_ranges(cluster: Cluster, console: Connection, highest_id: int) -> None:
    starts = {each.start for each in read_ranges(console)}
    if _LOWEST not in starts:
        homes = [_LOWEST]
        for _ in list(cluster.shards)[1:]:
            homes.append(_next_home([*homes, highest_id]))
        # The last first: the router takes no range above one that has no end.
        for start, name in reversed(list(zip(homes, cluster.shards, strict=True))):
            if start not in starts:
                ask(
                    console,
                    f"create key range {range_id(start)} from {start} route to {name} "
                    f"for distribution {DISTRIBUTION}",
                )
    with_range = {each.shard for each in read_ranges(console)}
    for name in cluster.shards:
        if name not in with_range:
            _cut_home(console, name, highest_id)


def _cut_home(console: Connection, name: str, highest_id: int) -> None:
    """Gives a shard that came later ids that nobody has yet: the end of the last range."""
    ranges = read_ranges(console)
    last = ranges[-1]
    is_cut = _is_home(last.start) and find_home(ranges, last.shard).start < last.start
    start = last.start
    if not is_cut:  # else it broke off here
        start = _next_home([last.start, highest_id])
        ask(console, f"split key range {range_id(start)} from {last.id} by {start}")
    try:
        ask(console, f"move key range {range_id(start)} to {name}")
    except OnethreadError as error:
        raise OnethreadError(
            str(error), "The coordinator reads the files when it starts: start it again."
        ) from error


def _next_home(taken: list[int]) -> int:
    return (max(0, *taken) // STRIDE + 1) * STRIDE


def _tell_routers(cluster: Cluster, console: Connection) -> None:
    known = {str(row["router"]) for row in ask(console, "show routers")}
    for number, router in enumerate(cluster.routers, 1):
        where = Address.read(router)
        address = where.at(where.port + 2000)
        if f"router{number}-{address}" not in known:
            ask(console, f"register router router{number} address '{address}'")


def find_home(ranges: list[KeyRange], name: str) -> KeyRange:
    """The range whose ids a shard gives: the one that it began with, as far as the next one's.

    Businesses that moved are ranges too; what counts is where they were cut off.
    """
    own = [each.start for each in ranges if _is_home(each.start)]
    starts = sorted(own)
    for number, start in enumerate(starts):
        if any(each.start == start and each.shard == name for each in ranges):
            end = starts[number + 1] if number + 1 < len(starts) else None
            return KeyRange("", name, start, end)
    raise OnethreadError(f"shard {name} has no range", "`onethread shards migrate` gives it one.")


def _is_home(start: int) -> bool:
    return start == _LOWEST or start % STRIDE == 0
