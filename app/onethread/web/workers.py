"""Several processes on one port: for more webhooks than one core takes."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable

# One that ends by itself is not begun again at once: it may have no other way.
_PAUSE_SECONDS = 1.0


def run_workers(count: int, work: Callable[[], None]) -> None:
    """Runs it in so many processes until this one is told to stop; each is told then, and waited
    for. One that dies is replaced, and none outlives this one."""
    lifeline, held = os.pipe()
    workers: set[int] = set()
    is_stopping = False

    def stop(number: int, frame: object) -> None:
        nonlocal is_stopping
        is_stopping = True
        for worker in workers:
            os.kill(worker, signal.SIGTERM)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    while True:
        while len(workers) < count and not is_stopping:
            worker = os.fork()
            if not worker:
                os.close(held)
                _work(lifeline, work)
            workers.add(worker)
        if not workers:
            return
        worker, _ = os.wait()
        workers.discard(worker)
        if not is_stopping:
            time.sleep(_PAUSE_SECONDS)


def _work(lifeline: int, work: Callable[[], None]) -> None:
    """The whole life of a worker."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)

    def follow() -> None:
        os.read(lifeline, 1)  # nothing is ever written: it ends when nobody could any more
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=follow, daemon=True).start()
    status = 1
    try:
        work()
        status = 0
    finally:
        os._exit(status)
