"""How each server of a cluster is."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg

from onethread.database.text import count_of
from onethread.database.version import applied_migrations, check_schema
from onethread.errors import OnethreadError, ServerUnreachable
from onethread.shards.cluster import Cluster, Connection
from onethread.shards.rules import KeyRange, read_ranges


@dataclass
class ShardStatus:
    """One server."""

    shard: str
    state: str = "ok"
    """ok, or what is wrong."""
    version: str | None = None
    """The newest migration."""
    businesses: int | None = None
    size: str | None = None
    ranges: int = 0
    locked: int = 0
    """Ranges that are being moved."""
    broken: int | None = None
    """Rows of thread_integrity; None: not asked."""


def cluster_status(cluster: Cluster, *, is_quick: bool = False) -> list[ShardStatus]:
    """Each server by itself, so that one that is down hides no other.

    Raises:
        ServerUnreachable: the coordinator.
    """
    with cluster.console() as console:
        ranges = read_ranges(console)
    found = [_ask_shard(cluster, name, ranges, is_quick) for name in cluster.shards]
    versions = {status.version for status in found if status.version}
    if len(versions) > 1:
        for status in found:
            if status.state == "ok" and status.version != max(versions):
                status.state = "older than another: run `onethread shards migrate`"
    return found


def _ask_shard(cluster: Cluster, name: str, ranges: list[KeyRange], is_quick: bool) -> ShardStatus:
    own = [each for each in ranges if each.shard == name]
    status = ShardStatus(name, ranges=len(own), locked=sum(each.is_locked for each in own))
    try:
        with cluster.connect(name) as connection:
            _fill(status, connection, ranges, is_quick)
    except (ServerUnreachable, psycopg.OperationalError) as error:
        status.state = f"down: {str(error).splitlines()[0]}"
    except OnethreadError as error:
        status.state = str(error)
    return status


def _fill(
    status: ShardStatus, connection: Connection, ranges: list[KeyRange], is_quick: bool
) -> None:
    status.version = max(applied_migrations(connection), default=None)
    check_schema(connection)
    [(status.businesses, status.size)] = connection.execute(
        "select (select count(*) from public.business), "
        "pg_size_pretty(pg_database_size(current_database()))"
    ).fetchall()
    if not is_quick:
        [(status.broken,)] = connection.execute(
            "select count(*) from public.thread_integrity"
        ).fetchall()
    if stray := _count_stray(connection, status.shard, ranges):
        status.state = (
            f"{count_of(stray, 'business', 'businesses')} that the router looks for elsewhere"
        )
    elif status.broken:
        status.state = f"{status.broken} rows of thread_integrity"
    elif status.locked:
        status.state = (
            f"{count_of(status.locked, 'range')} locked: a move is under way, or broke off"
        )


def _count_stray(connection: Connection, name: str, ranges: list[KeyRange]) -> int:
    """Businesses that are here, in ranges of other shards."""
    elsewhere = [
        f"b.id >= {each.start}" + (f" and b.id < {each.end}" if each.end is not None else "")
        for each in ranges
        if each.shard != name
    ]
    if not elsewhere:
        return 0
    [(count,)] = connection.execute(
        f"select count(*) from public.business b where {' or '.join(elsewhere)}".encode()
    ).fetchall()
    return int(count)
