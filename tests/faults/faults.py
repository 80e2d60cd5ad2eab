"""All the faults, by the name under which they are reported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.faults import command_faults as commands
from tests.faults import server_faults as servers
from tests.faults.scene import Scene


@dataclass(frozen=True)
class Fault:
    """One way to break it."""

    name: str
    run: Callable[[Scene], None]
    rounds: int = 1
    """In the suite; none where one takes too long for that."""


FAULTS = [
    Fault("PostgreSQL killed", servers.postgres_killed, 2),
    Fault("PostgreSQL restarted", servers.postgres_restarted, 2),
    Fault("PostgreSQL away for long", servers.postgres_away, 0),
    Fault("serve killed", servers.serve_killed, 2),
    Fault("serve's transactions cut", servers.serve_cut, 3),
    Fault("writers' transactions cut", servers.writers_cut, 5),
    Fault("ingest killed", commands.ingest_killed),
    Fault("ingest's transaction cut", commands.ingest_cut),
    Fault("ingest: disk of the data full", commands.ingest_disk_full),
    Fault("backfill killed", commands.backfill_killed),
    Fault("send-queued killed", commands.send_queued_killed),
    Fault("send-queued's connection cut", commands.send_queued_cut),
    Fault("40P01, 40001 in serve", servers.conflicts_injected, 2),
    Fault("40P01, 40001 in writers", servers.conflicts_injected_in_writers, 3),
    Fault("other errors injected", servers.errors_injected, 2),
    Fault("lock timeout", servers.lock_timeout, 2),
    Fault("statement timeout", servers.statement_timeout, 2),
    Fault("too many connections", servers.too_many_connections, 2),
    Fault("disk of the data full", servers.disk_full, 2),
    Fault("disk of the WAL full", servers.wal_disk_full),
    Fault("clock moved", servers.clock_moved),
]
