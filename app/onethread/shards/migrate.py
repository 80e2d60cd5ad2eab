"""All servers of a cluster to one version, and the router to what they have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from psycopg import sql

from onethread.database.version import applied_migrations, refuse_newer_schema
from onethread.errors import OnethreadError
from onethread.schema import migrate
from onethread.shards.cluster import Cluster, Connection
from onethread.shards.files import write_files
from onethread.shards.rules import (
    KeyRange,
    Table,
    find_home,
    read_ranges,
    read_tables,
    tell_rules,
)

_COPIES = "spqr_transfer_server_%"


def migrate_cluster(
    cluster: Cluster,
    default_region: str | None = None,
    report: Callable[[str], None] = lambda line: None,
) -> None:
    """Migrates one server after the other, then tells the coordinator about new tables and shards.

    Interrupted, it goes on where it was when it is run again.

    Raises:
        OnethreadError: a server has a newer version, or tables that others have not; nothing
            changed on any then.
    """
    for name in cluster.shards:
        with cluster.connect(name) as connection:
            refuse_newer_schema(applied_migrations(connection))
            if not connection.execute(
                "select from pg_available_extensions where name = 'postgres_fdw'"
            ).rowcount:
                raise OnethreadError(
                    f"shard {name} has no postgres_fdw, by which the router moves a business",
                    "It comes with PostgreSQL's own packages.",
                )
    for name, url in cluster.shards.items():
        applied = migrate.migrate(url, default_region, report)
        report(f"{name}: {len(applied)} migrations applied; up to date")
        with cluster.connect(name) as connection:
            connection.execute("create extension if not exists postgres_fdw")
            drop_copies(connection)
    names = {name: _read(cluster, name) for name in cluster.shards}
    tables = names[next(iter(cluster.shards))][0]
    for name, (there, _) in names.items():
        if there != tables:
            different = sorted(map(str, set(there) ^ set(tables)))
            raise OnethreadError(
                f"shard {name} has other tables of businesses: {', '.join(different)}",
                "The shards must have the same ones: a business takes its rows along.",
            )
    tell_rules(cluster, tables, max(highest for _, highest in names.values()))
    with cluster.console() as console:
        ranges = read_ranges(console)
    for name in cluster.shards:
        with cluster.connect(name) as connection:
            drop_copies(connection)
            _keep_ids_apart(connection, name, ranges)


def add_shard(cluster: Cluster, folder: Path, name: str, url: str) -> Cluster:
    """Writes one more server, which is empty, into the files: migrate_cluster() takes it in when
    the router's programs have read them.

    Raises:
        OnethreadError: the name is taken, or there are businesses on the server.
    """
    if cluster.shards.get(name, url) != url:
        raise OnethreadError(f"there is a shard {name} already", "Take another name.")
    larger = replace(cluster, shards={**cluster.shards, name: url})
    with larger.connect(name) as connection:
        [(table,)] = connection.execute("select to_regclass('public.business')").fetchall()
        is_new = name not in cluster.shards
        if is_new and table and connection.execute("select from public.business limit 1").rowcount:
            raise OnethreadError(
                f"there are businesses on {name}", "A shard that joins a cluster is empty."
            )
    write_files(larger, folder)
    return larger


def drop_copies(connection: Connection) -> None:
    """Removes what the router made on a server to read from another: it keeps the columns of that
    day, and a password."""
    for (name,) in connection.execute(
        "select n.nspname from pg_namespace n where n.nspname like %s", [_COPIES]
    ).fetchall():
        connection.execute(sql.SQL("drop schema {} cascade").format(sql.Identifier(name)))
    for (name,) in connection.execute(
        "select s.srvname from pg_foreign_server s where s.srvname like %s", [_COPIES]
    ).fetchall():
        connection.execute(sql.SQL("drop server {} cascade").format(sql.Identifier(name)))


def _read(cluster: Cluster, name: str) -> tuple[list[Table], int]:
    with cluster.connect(name) as connection:
        [(highest,)] = connection.execute(
            "select coalesce(max(b.id), 0) from public.business b"
        ).fetchall()
        return read_tables(connection), highest


def _keep_ids_apart(connection: Connection, name: str, ranges: list[KeyRange]) -> None:
    """Gives the server's sequence of businesses the ids of the range that the shard began with."""
    [(sequence,)] = connection.execute(
        "select pg_get_serial_sequence('public.business', 'id')"
    ).fetchall()
    if sequence is None:  # the CRM gives the ids
        return
    home = find_home(ranges, name)
    # No business is where a range begins: moved away, it would take the shard's name off it.
    first = max(home.start + 1, 1)
    last = home.end - 1 if home.end is not None else 2**63 - 1
    connection.execute(
        sql.SQL("alter sequence {} maxvalue {}").format(sql.SQL(sequence), sql.Literal(last))
    )
    connection.execute(
        "select setval(%(name)s::regclass, %(first)s, false) "
        "where coalesce(pg_sequence_last_value(%(name)s::regclass), 0) < %(first)s",
        {"name": sequence, "first": first},
    )
