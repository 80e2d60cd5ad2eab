"""Load: many at once send messages and, as providers do, send again what was not acknowledged."""

from __future__ import annotations

import itertools
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import httpx
import psycopg

from onethread.messages.write import insert_messages
from tests.faults.agents import Agent
from tests.faults.ledger import Ledger, message, payload

SENDERS = 8
TIMEOUT = 120
_PAUSE = 0.02
"""Between two tries, so that those who are refused leave the machine to the others."""

_AGAIN = 5
"""One in so many comes again although it was acknowledged, as providers' messages do."""

Attempt = Callable[[int], list[int]]
"""Sends the message of a turn; returns the numbers that were acknowledged, none if it must come
again."""


def wait_until(is_so: Callable[[], bool], what: str, seconds: float = TIMEOUT) -> None:
    """Looks until it is so."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"it did not happen in {seconds} s: {what}"
        time.sleep(0.005)


class Load:
    """Senders at work."""

    def __init__(self, ledger: Ledger, turns: Iterator[int]) -> None:
        self._ledger = ledger
        self._turns = turns
        self._is_ending = threading.Event()
        self._errors: list[BaseException] = []
        self.refused = 0
        """Tries that were not acknowledged."""

    def wait_for_acknowledged(self, count: int) -> None:
        """Until so many more are: it works, or works again."""
        goal = len(self._ledger) + count
        self._wait(lambda: len(self._ledger) >= goal, f"{count} more are acknowledged")

    def wait_for_refused(self, count: int) -> None:
        """Until so many more tries were not acknowledged: the fault is felt."""
        goal = self.refused + count
        self._wait(lambda: self.refused >= goal, f"{count} more are refused")

    def _wait(self, is_so: Callable[[], bool], what: str) -> None:
        wait_until(lambda: bool(self._errors) or is_so(), what)
        if self._errors:
            raise self._errors[0]

    @contextmanager
    def running(self, attempts: list[Attempt]) -> Iterator[None]:
        """One thread each, until the block ends; what was begun is acknowledged by then."""
        threads = [
            threading.Thread(target=self._send, args=[attempt], daemon=True) for attempt in attempts
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._is_ending.set()
            for thread in threads:
                thread.join(TIMEOUT)
        if self._errors:
            raise self._errors[0]
        assert not any(thread.is_alive() for thread in threads), "a message is never acknowledged"

    def _send(self, attempt: Attempt) -> None:
        try:
            while not self._is_ending.is_set():
                turn = next(self._turns)
                deadline = time.monotonic() + TIMEOUT
                while not (acknowledged := attempt(turn)):
                    self.refused += 1
                    assert time.monotonic() < deadline, f"message {turn} is never acknowledged"
                    time.sleep(_PAUSE)
                self._ledger.acknowledge(acknowledged)
                if turn % _AGAIN == 0:
                    attempt(turn)
        except BaseException as error:
            self._errors.append(error)


class Service:
    """`onethread serve`, started again when it dies, as a supervisor does."""

    _CODE = (
        "import sys; from onethread.web import Settings, serve; "
        "settings = Settings(is_insecure=True, statement_seconds=float(sys.argv[3])); "
        "serve(sys.argv[1], settings, '127.0.0.1', int(sys.argv[2]))"
    )

    def __init__(self, database: str, statement_seconds: float) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        self._command = [sys.executable, "-c", self._CODE, database, str(port)]
        self._command.append(str(statement_seconds))

    @contextmanager
    def running(self) -> Iterator[None]:
        """Until the block ends; asserts that no error of ours was written meanwhile."""
        with tempfile.TemporaryFile() as self._log:
            self._start()
            try:
                yield
            finally:
                self._process.send_signal(signal.SIGTERM)
                self._process.wait(60)
            self._log.seek(0)
            log = self._log.read().decode()
            assert "Traceback" not in log, log[-5000:]

    def kill(self) -> None:
        """SIGKILL, and a new one."""
        self._process.kill()
        self._process.wait()
        self._start()

    def _start(self) -> None:
        self._process = subprocess.Popen(self._command, stderr=self._log, env=os.environ)

        def is_up() -> bool:
            assert self._process.poll() is None, "the server did not start"
            with suppress(httpx.HTTPError):
                return httpx.get(f"{self.address}/healthz").is_success
            return False

        wait_until(is_up, "the service is up")


@contextmanager
def webhooks(
    ledger: Ledger, database: str, turns: Iterator[int], statement_seconds: float = 15
) -> Iterator[tuple[Load, Service]]:
    """Providers that post to the service."""
    padding = os.urandom(2000).hex()
    service = Service(database, statement_seconds)
    load = Load(ledger, turns)
    with httpx.Client(timeout=60, limits=httpx.Limits(max_connections=SENDERS)) as client:

        def post(number: int) -> list[int]:
            try:
                answer = client.post(
                    f"{service.address}/webhooks/baileys/1", content=payload(number, padding)
                )
            except httpx.TransportError:
                return []
            assert answer.status_code in (200, 503), answer.text
            if answer.status_code == 503:
                return []
            assert answer.json()["rejected"] is None, answer.text
            return [number]

        attempts: list[Attempt] = [post] * SENDERS
        with service.running(), load.running(attempts), Agent(ledger, database).running():
            yield load, service


@contextmanager
def writers(ledger: Ledger, database: str, turns: Iterator[int]) -> Iterator[Load]:
    """Programs that call `write`, in autocommit and in transactions of their own."""
    load = Load(ledger, turns)
    attempts: list[Attempt] = [_Writer(database, is_whole) for is_whole in (True, False) * 3]
    with load.running(attempts), Agent(ledger, database).running():
        yield load


class _Writer:
    """Inserts three messages a turn; connects again when the connection was lost."""

    def __init__(self, database: str, has_transaction: bool) -> None:
        self._database = database
        self._has_transaction = has_transaction
        self._connection: psycopg.Connection[Any] | None = None

    def __call__(self, turn: int) -> list[int]:
        numbers = [3 * turn, 3 * turn + 1, 3 * turn + 2]
        messages = [message(number) for number in numbers]
        try:
            if self._connection is None or self._connection.closed:
                self._connection = psycopg.connect(self._database, autocommit=True)
            if self._has_transaction:
                with self._connection.transaction():
                    insert_messages(self._connection, 1, messages)
            else:
                insert_messages(self._connection, 1, messages)
        except psycopg.OperationalError:
            return []
        return numbers


def count_turns() -> Iterator[int]:
    """Numbers for senders of several threads."""
    return itertools.count()
