"""How the embedded server is set up: for a demo, and for a small shop on the machine it has."""

from __future__ import annotations

import os
from pathlib import Path

_MB = 1 << 20
_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


def default_settings(memory: int) -> dict[str, str]:
    """Settings of PostgreSQL for a machine with so many bytes of memory, most of which are for
    others: what is written into postgresql.conf when the data folder is made, and may be changed
    there."""
    shared = min(max(memory // 8, 64 * _MB), 1024 * _MB) // _MB
    return {
        "shared_buffers": f"{shared}MB",
        "effective_cache_size": f"{max(memory // 2 // _MB, 256)}MB",
        # No wal_compression: the wheel has pglz only, with which an INSERT that is the first to
        # touch its pages after a checkpoint takes four times as long.
        # A day's import is a few checkpoints, not hundreds.
        "max_wal_size": "2GB",
        "random_page_cost": "1.1",
        "jit": "off",
    }


def read_memory() -> int:
    """How much this machine has, or as much of it as we may use."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    for path in _LIMITS:
        try:
            memory = min(memory, int(path.read_text("ascii")))
        except (OSError, ValueError):  # another system, or "max"
            continue
    return memory
