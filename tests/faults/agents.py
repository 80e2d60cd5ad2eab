"""Agents at work on what the ledger has: they read, take notes, queue answers, and say of people
that they are two."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from tests import agents
from tests.faults.ledger import MESSAGES_EACH, Ledger, account, phone

_TIMEOUT = 120
_PAUSE = 0.02
_EXPECTED = (
    psycopg.OperationalError,  # the fault
    psycopg.errors.ForeignKeyViolation,  # the conversation was absorbed in that moment
    psycopg.errors.NoDataFound,  # or is not there any more
)


class Agent:
    """One session, connected again when it was lost."""

    def __init__(self, ledger: Ledger, database: str) -> None:
        self._ledger, self._database = ledger, database
        self._chance = random.Random()
        self._is_ending = threading.Event()
        self._answered: set[int] = set()
        self._errors: list[BaseException] = []

    @contextmanager
    def running(self) -> Iterator[None]:
        """Until the block ends."""
        thread = threading.Thread(target=self._work, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._is_ending.set()
            thread.join(_TIMEOUT)
        if self._errors:
            raise self._errors[0]
        assert not thread.is_alive(), "the agent never came back"

    def _work(self) -> None:
        try:
            while not self._is_ending.wait(_PAUSE):
                try:
                    with psycopg.connect(self._database, autocommit=True) as connection:
                        while not self._is_ending.wait(_PAUSE):
                            self._act(connection)
                except _EXPECTED:
                    pass
        except BaseException as error:
            self._errors.append(error)

    def _act(self, connection: agents.Connection) -> None:
        numbers = self._ledger.newest()
        if not numbers:
            return
        number = self._chance.choice(numbers)
        self._read_and_note(connection, number)
        self._answer(connection, number)
        self._say_two_people(connection, number, self._chance.choice(numbers))

    def _read_and_note(self, connection: agents.Connection, number: int) -> None:
        conversation_id = self._find(connection, number)
        if conversation_id is None:
            return
        agents.mark_read(connection, 1, conversation_id)
        self._ledger.count("reads")
        agents.take_notes(connection, 1, conversation_id, note=str(number))
        self._ledger.note(number)
        agents.take_notes(connection, 1, conversation_id, setting=str(number))

    def _answer(self, connection: agents.Connection, number: int) -> None:
        """Once, whatever becomes of it: whether an answer was queued when the connection was lost
        nobody knows, and to queue it again would be a second one."""
        if number in self._answered:
            return
        self._answered.add(number)
        address = self._chance.choice([phone, account])(number)
        thread = self._find(connection, number)
        agents.queue_answer(connection, 1, address, f"-{number}", conversation_id=thread)
        self._ledger.acknowledge([-number])
        self._ledger.count("answers")

    def _say_two_people(self, connection: agents.Connection, number: int, other: int) -> None:
        if number // MESSAGES_EACH != other // MESSAGES_EACH:
            pair = [self._find(connection, each) for each in (number, other)]
            if agents.say_two_people(connection, 1, pair):
                self._ledger.count("told_apart")

    def _find(self, connection: agents.Connection, number: int) -> int | None:
        address = self._chance.choice([phone, account])(number)
        return agents.find_conversation(connection, 1, address)
