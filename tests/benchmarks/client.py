"""Sessions that send statements, one or many at once.

A client's own work counts for both sides of a ratio and makes it milder: so the statements go
through the protocol as it is, prepared, with parameters as bytes, which costs about what pgbench
costs. The call waits for the answer without holding Python's lock, so that clients can be threads.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

import psycopg
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult

Parameters = list[bytes | None]

_STATEMENT = b"bench"


class Client:
    """One session."""

    def __init__(self, connection: psycopg.Connection[tuple[object, ...]]) -> None:
        self._session = connection.pgconn

    def prepare(self, query: str) -> None:
        """Prepares the one statement that send() executes."""
        _check(self._session.prepare(_STATEMENT, query.encode()))

    def send(self, parameters: Parameters) -> None:
        """Executes the prepared statement."""
        # A parameter may be None, whatever the driver's annotation says.
        _check(self._session.exec_prepared(_STATEMENT, parameters))  # type: ignore[arg-type]

    def send_all(self, rows: Sequence[Parameters]) -> None:
        """Executes the prepared statement once for each."""
        for parameters in rows:
            self.send(parameters)

    def execute(self, command: bytes) -> None:
        """Executes a command without parameters."""
        _check(self._session.exec_(command))


def _check(result: PGresult) -> None:
    if result.status not in (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK):
        raise psycopg.errors.error_from_result(result)


@contextmanager
def open_clients(url: str, count: int, synchronous_commit: str = "off") -> Iterator[list[Client]]:
    """Sessions in autocommit; what waits for the disk is no processor's time, so it is off."""
    options = f"-c synchronous_commit={synchronous_commit}"
    with ExitStack() as stack:
        yield [
            Client(stack.enter_context(psycopg.connect(url, autocommit=True, options=options)))
            for _ in range(count)
        ]


def run_together(works: Sequence[Callable[[], object]]) -> float:
    """Runs all at once, a thread each; returns the seconds from the start to the last end."""
    if len(works) == 1:
        start = time.perf_counter()
        works[0]()
        return time.perf_counter() - start

    start_line = threading.Barrier(len(works) + 1)
    failures: list[BaseException] = []

    def run(work: Callable[[], object]) -> None:
        try:
            start_line.wait()
            work()
        except BaseException as failure:
            failures.append(failure)

    # Daemons: when the run is interrupted nobody waits for them, their sessions are terminated.
    threads = [threading.Thread(target=run, args=[work], daemon=True) for work in works]
    for thread in threads:
        thread.start()
    start_line.wait()
    start = time.perf_counter()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return time.perf_counter() - start
