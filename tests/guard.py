"""Keeps a folder for as long as somebody needs it: python guard.py PREFIX [PARENT]

Makes a temporary folder (in PARENT, if that is told), prints its path and waits for the end of its
standard input, which comes when the process at the other end is gone, also when that was killed.
Then it ends what runs in the folder and deletes it: a killed test run leaves no server behind.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress

import psutil

_PATIENCE = 5.0


def main(prefix: str, parent: str | None = None) -> None:
    """Makes the folder, waits, clears it away."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # they are meant for the run
    folder = tempfile.mkdtemp(prefix=prefix, dir=parent)
    try:
        with suppress(BrokenPipeError):
            print(folder, flush=True)
            sys.stdin.read()
    finally:
        end_processes(folder)
        unmount(folder)
        shutil.rmtree(folder, ignore_errors=True)


def end_processes(folder: str) -> None:
    """Ends what was started in the folder or for it: servers, and programs that use them."""
    start = time.monotonic()
    while found := list(processes(folder)):
        for process in found:
            with suppress(psutil.NoSuchProcess):
                # A server that is told takes its children and its shared memory along.
                is_told = process.name() == "postgres" and time.monotonic() < start + _PATIENCE
                process.send_signal(signal.SIGQUIT if is_told else signal.SIGKILL)
        psutil.wait_procs(found, timeout=0.2)


def processes(folder: str) -> Iterator[psutil.Process]:
    """Those whose working folder, arguments or environment name the folder."""
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            words = [process.cwd(), *process.cmdline(), *process.environ().values()]
            if any(folder in word for word in words):
                yield process


def unmount(folder: str) -> None:
    """Small disks that a test filled."""
    for disk in psutil.disk_partitions(all=True):
        if disk.mountpoint.startswith(f"{folder}/"):
            subprocess.run(["umount", "--lazy", disk.mountpoint], check=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
