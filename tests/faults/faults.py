"""All the faults, by the name under which they are reported."""

from __future__ import annotations

from collections.abc import Callable

from tests.faults import command_faults, server_faults
from tests.faults.scene import Scene

FAULTS: dict[str, Callable[[Scene], None]] = {
    "PostgreSQL killed": server_faults.postgres_killed,
    "PostgreSQL restarted": server_faults.postgres_restarted,
    "PostgreSQL away for long": server_faults.postgres_away,
    "serve killed": server_faults.serve_killed,
    "serve's transactions cut": server_faults.serve_cut,
    "writers' transactions cut": server_faults.writers_cut,
    "ingest killed": command_faults.ingest_killed,
    "ingest's transaction cut": command_faults.ingest_cut,
    "backfill killed": command_faults.backfill_killed,
    "send-queued killed": command_faults.send_queued_killed,
    "send-queued's connection cut": command_faults.send_queued_cut,
    "40P01, 40001 in serve": server_faults.conflicts_injected,
    "40P01, 40001 in writers": server_faults.conflicts_injected_in_writers,
    "other errors injected": server_faults.errors_injected,
    "lock timeout": server_faults.lock_timeout,
    "statement timeout": server_faults.statement_timeout,
    "too many connections": server_faults.too_many_connections,
    "disk of the data full": server_faults.disk_full,
    "disk of the WAL full": server_faults.wal_disk_full,
    "clock moved": server_faults.clock_moved,
}

LONG_ONLY = {"PostgreSQL away for long"}
"""They take so long that the short run leaves them out."""
