"""One business to another server, with the router's mover, while everybody else goes on writing.

The mover locks the business's range, waits for the transactions that are open, copies the rows,
deletes them where they were, and opens the range on the other server. Its deletion is held up
until the copy has been compared: it waits for a lock that this holds on a table which nothing
else writes just then.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from psycopg import sql

from onethread.database.version import check_schema
from onethread.errors import OnethreadError
from onethread.shards.cluster import Cluster, Connection
from onethread.shards.migrate import drop_copies
from onethread.shards.rules import (
    KeyRange,
    Table,
    ask,
    find_range,
    range_id,
    read_ranges,
    read_tables,
)

# The mover waits for every open transaction but those of programs called so, itself among them.
_NAME = "spqr-transfer-onethread"

# Written when somebody changes the hours of a business, and by nothing else: whoever does that on
# this server meanwhile waits. Reading it, and locking rows for the copy, goes on.
_HELD = "onethread.business_hour"

_WAITS = """
select l.pid
from pg_locks l
join pg_stat_activity a on a.pid = l.pid
where l.relation = %s::regclass
  and not l.granted
  and a.query ilike %s
"""


@dataclass
class Moved:
    """What became of a move."""

    business_id: int
    source: str
    target: str
    rows: dict[str, int] = field(default_factory=dict)
    """By table; empty when it was there already."""
    seconds: float = 0


def move_business(cluster: Cluster, business_id: int, target: str) -> Moved:
    """Moves a business; what its programs send meanwhile is refused, to be sent again.

    Interrupted, it goes on where it was when it is run again.

    Raises:
        OnethreadError: it could not be moved; says where it is.
    """
    cluster.check_name(target)
    for name in cluster.shards:
        with cluster.connect(name) as connection:
            check_schema(connection)
    with cluster.console() as console:
        whole = _cut_out(console, business_id)
        if whole.shard == target:
            return Moved(business_id, target, target)
        moved = Moved(business_id, whole.shard, target)
        started = time.monotonic()
        with (
            cluster.connect(whole.shard, _NAME) as source,
            cluster.connect(target, _NAME) as there,
        ):
            tables = read_tables(source)
            _refuse_unknown(source, business_id, moved.source)
            drop_copies(there)
            moved.rows = _move(console, whole, source, there, tables, target)
            _refuse_leftovers(source, tables, business_id)
            drop_copies(there)
        moved.seconds = time.monotonic() - started
    return moved


def _cut_out(console: Connection, business_id: int) -> KeyRange:
    """The range of this business and no other."""
    found = find_range(read_ranges(console), business_id)
    # A range that is locked is one that is being moved: it was cut out then.
    if found.start < business_id:
        ask(
            console,
            f"split key range {range_id(business_id)} from {found.id} by {business_id}",
        )
    if found.end is None or found.end > business_id + 1:
        name = find_range(read_ranges(console), business_id).id
        ask(
            console,
            f"split key range {range_id(business_id + 1)} from {name} by {business_id + 1}",
        )
    return find_range(read_ranges(console), business_id)


def _refuse_unknown(source: Connection, business_id: int, shard: str) -> None:
    if not source.execute("select from public.business b where b.id = %s", [business_id]).rowcount:
        raise OnethreadError(
            f"there is no business {business_id} on shard {shard}",
            "`onethread business list` shows where each is.",
        )


def _move(
    console: Connection,
    moving: KeyRange,
    source: Connection,
    there: Connection,
    tables: list[Table],
    target: str,
) -> dict[str, int]:
    with _deletion_held(source):
        mover = _Mover(console, f"move key range {moving.id} to {target}")
        mover.start()
        try:
            while mover.is_alive() and not (waiting := _list_waiting(source, moving.start)):
                mover.join(0.05)
            if mover.error is not None or not mover.is_alive():
                raise mover.failure()
            _raise_sequences(there, tables, moving.start)
            digests = [digest(source, table, moving.start) for table in tables]
            copies = [digest(there, table, moving.start) for table in tables]
        except BaseException:
            # Nothing has been deleted, and nothing will be: the next try begins by comparing.
            for (pid,) in _list_waiting(source, moving.start):
                source.execute("select pg_terminate_backend(%s)", [pid])
            raise
        different = [
            str(table)
            for table, one, two in zip(tables, digests, copies, strict=True)
            if one != two
        ]
        if different:
            for (pid,) in waiting:
                source.execute("select pg_terminate_backend(%s)", [pid])
            mover.join()
            raise OnethreadError(
                f"the copy differs in {', '.join(different)}: nothing was deleted",
                f"The business is whole where it was, and locked as {moving.id}. Correct the copy "
                "and run it again; docs/scale.md says how to copy anew, or to open it again.",
            )
    mover.join()
    if mover.error is not None:
        raise mover.failure()
    return {str(table): count for table, (count, _) in zip(tables, digests, strict=True) if count}


def _list_waiting(source: Connection, business_id: int) -> list[tuple[int]]:
    """The mover's session, when its deletion has come."""
    deletion = f"delete from {_HELD} where business_id >= {business_id} %"
    source.execute("select pg_stat_clear_snapshot()")  # else a transaction sees the same ones
    return source.execute(_WAITS, [_HELD, deletion]).fetchall()


@contextmanager
def _deletion_held(source: Connection) -> Iterator[None]:
    """Until the end of the block nobody deletes what the mover deletes all in one."""
    with source.transaction(force_rollback=True):
        source.execute("select set_config('lock_timeout', '10s', true)")
        source.execute(f"lock table {_HELD} in share mode".encode())
        yield


class _Mover(threading.Thread):
    """The router's statement, which takes as long as the move."""

    def __init__(self, console: Connection, statement: str) -> None:
        super().__init__(name="mover", daemon=True)
        self._console = console
        self._statement = statement
        self.error: OnethreadError | None = None

    def run(self) -> None:
        try:
            ask(self._console, self._statement)
        except OnethreadError as error:
            self.error = error

    def failure(self) -> OnethreadError:
        """Why the move is not done."""
        said = self.error or "it says that there was nothing to move"
        return OnethreadError(
            f"the router has not moved it: {said}",
            "Nothing is lost: run it again. `onethread shards status` shows where it is.",
        )


def digest(connection: Connection, table: Table, business_id: int) -> tuple[int, Any]:
    """(rows, a sum of their hashes) of a business: equal where the rows are, in whatever order."""
    columns = connection.execute(
        "select a.attname from pg_attribute a "
        "where a.attrelid = %s::regclass and a.attnum > 0 and not a.attisdropped "
        "order by a.attname",
        [str(table)],
    ).fetchall()
    query = sql.SQL(
        "select count(*), coalesce(sum(hashtextextended(row({})::text, 0)::numeric), 0) "
        "from {} as t where t.{} = %s"
    ).format(
        sql.SQL(", ").join(sql.Identifier("t", name) for (name,) in columns),
        sql.Identifier(table.schema, table.name),
        sql.Identifier(table.column),
    )
    [(count, total)] = connection.execute(query, [business_id]).fetchall()
    return int(count), total


def _raise_sequences(there: Connection, tables: list[Table], business_id: int) -> None:
    """The next id that the server gives is above all that came: it would be given twice."""
    for table in tables:
        if table.column == "id":  # businesses: their ids are apart as it is
            continue
        for column, sequence in there.execute(
            """
            select a.attname, pg_get_serial_sequence(%(table)s, a.attname)
            from pg_attribute a
            where a.attrelid = %(table)s::regclass and a.attnum > 0 and not a.attisdropped
              and pg_get_serial_sequence(%(table)s, a.attname) is not null
            """,
            {"table": str(table)},
        ).fetchall():
            query = sql.SQL(
                "select setval({sequence}::regclass, m.highest) "
                "from (select max(t.{column}) as highest from {table} t where t.business_id = %s) m"
                " where m.highest > coalesce(pg_sequence_last_value({sequence}::regclass), 0)"
            ).format(
                sequence=sql.Literal(sequence),
                column=sql.Identifier(column),
                table=sql.Identifier(table.schema, table.name),
            )
            there.execute(query, [business_id])


def _refuse_leftovers(source: Connection, tables: list[Table], business_id: int) -> None:
    left = [str(table) for table in tables if digest(source, table, business_id)[0]]
    if left:
        raise OnethreadError(
            f"the business was moved, and rows of it came after: {', '.join(left)}",
            "A program writes past the router. The rows are where they were.",
        )
