"""A PostgreSQL server to break: its data and its WAL each on a small disk of their own, if we may
mount one."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import libfaketime
import psutil
import psycopg
import pytest

from onethread.embedded.cluster import Cluster
from tests import server
from tests.server import Server, guarded_folder, uri_of, with_template

_CONNECTIONS = 40

# Durable, unlike the suite's own server.
_SETTINGS = {
    "max_connections": str(_CONNECTIONS),
    "shared_buffers": "32MB",
    "max_wal_size": "16MB",
    "min_wal_size": "2MB",
    "autovacuum_naptime": "5s",
}
_DISKS = {"data": "192m", "wal": "48m"}


class FragileServer:
    """Starts, stops and breaks one server."""

    address: Server
    """With a migrated template, once it runs."""

    def __init__(self, base: Path) -> None:
        self._base = base
        self._data = base / "data" / "cluster"
        self._clock = base / "clock"
        self._ballasts = {name: base / name / "ballast" for name in _DISKS}
        self._has_disks = False

    @contextmanager
    def running(self) -> Iterator[None]:
        """Made and started, with a migrated template; deleted in the end."""
        with self._disks():
            wal = self._base / "wal" / "segments"
            wal.mkdir()
            server.give_to_server(wal)
            self.start()
            self.address = server.server_of(self._cluster())
            try:
                self.address = with_template(self.address)
                yield
            finally:
                self.free_disks()
                if self.is_running():
                    self.stop("immediate")

    def start(self) -> None:
        """Starts it and waits until it has recovered from what was done to it."""
        self._cluster().start()

    def recover(self) -> None:
        """Waits until it has recovered from a crash by itself; starts it if it did not."""
        while self.is_running():
            with suppress(psycopg.OperationalError):
                psycopg.connect(uri_of(self.address, "postgres")).close()
                return
            time.sleep(0.05)
        self.start()

    def start_with_clock(self) -> None:
        """The same, on a clock that set_clock() moves."""
        library = self._base / "libfaketime.so.1"
        vendored = Path(libfaketime.__file__).parent / "vendor/libfaketime/src"
        shutil.copy(vendored / library.name, library)
        self.set_clock("+0")
        self._cluster(
            LD_PRELOAD=str(library),
            FAKETIME_TIMESTAMP_FILE=str(self._clock),
            FAKETIME_NO_CACHE="1",
            FAKETIME_DONT_FAKE_MONOTONIC="1",
        ).start()

    def set_clock(self, offset: str) -> None:
        """Moves the clock of a server that was started with one: "+400d", "-2h"."""
        ready = self._clock.with_suffix(".new")
        ready.write_text(offset)
        ready.chmod(0o644)
        ready.replace(self._clock)

    def stop(self, mode: str = "fast") -> None:
        """An orderly stop."""
        self._cluster().stop(mode)

    def kill(self) -> None:
        """SIGKILL to the postmaster and to each of its children."""
        postmaster = self._postmaster()
        assert postmaster is not None
        postmaster.suspend()  # it makes no more children, and notices no death
        family = [postmaster, *postmaster.children()]
        for process in family:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(family, timeout=30)
        # pg_ctl finds out by itself that it is stale, but says so each time.
        (self._data / "postmaster.pid").unlink(missing_ok=True)

    def is_running(self) -> bool:
        """Whether there is a postmaster."""
        return self._postmaster() is not None

    def require_disks(self) -> None:
        """Skips what needs disks of the server's own."""
        if not self._has_disks:
            pytest.skip("no disk can be mounted here: that needs root, or a container that may")

    def fill_disk(self, name: str) -> None:
        """Leaves no byte free on "data" or "wal"."""
        with suppress(OSError), self._ballasts[name].open("ab", buffering=0) as file:
            while True:
                # The last write is a short one: then page by page.
                file.write(bytes(1 << 20))
        with suppress(OSError), self._ballasts[name].open("ab", buffering=0) as file:
            while file.write(bytes(4096)):
                pass

    def free_disks(self) -> None:
        """Gives the space back."""
        for ballast in self._ballasts.values():
            ballast.unlink(missing_ok=True)

    def _cluster(self, **environment: str) -> Cluster:
        return Cluster(
            self._data,
            lambda: replace(server.find_programs(self._base), environment=environment),
            _SETTINGS,
            ("--wal-segsize=1", f"--waldir={self._base / 'wal' / 'segments'}", "--no-sync"),
        )

    def _postmaster(self) -> psutil.Process | None:
        try:
            pid = int((self._data / "postmaster.pid").read_text().split("\n")[0])
            process = psutil.Process(pid)
            is_dead = process.status() == psutil.STATUS_ZOMBIE
            return process if not is_dead and process.name() == "postgres" else None
        except (OSError, ValueError, psutil.NoSuchProcess):
            return None

    @contextmanager
    def _disks(self) -> Iterator[None]:
        mounted = []
        for name, size in _DISKS.items():
            folder = self._base / name
            folder.mkdir()
            command = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=0755", "tmpfs", str(folder)]
            with suppress(OSError):
                if subprocess.run(command, capture_output=True).returncode == 0:
                    mounted.append(folder)
        self._has_disks = len(mounted) == len(_DISKS)
        try:
            yield
        finally:
            for folder in mounted:
                subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def run_fragile_server() -> Iterator[FragileServer]:
    """A server of the caller's own."""
    with guarded_folder("onethread-faults-") as base:
        server.give_to_server(base)
        fragile = FragileServer(base)
        with fragile.running():
            yield fragile
