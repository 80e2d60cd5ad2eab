"""One fault's database, ledger and rounds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg

from tests.agents import add_crm_tables
from tests.conftest import add_business
from tests.faults.ledger import Ledger, Outcome
from tests.faults.load import count_turns
from tests.faults.server import FragileServer
from tests.server import cloned

Connection = psycopg.Connection[Any]
OWN = "fault"
"""application_name of the test's own sessions: all others are fair game."""

More = Callable[[], bool]
"""Whether there is another round; counts them."""


@dataclass
class Scene:
    """What a fault has to work with."""

    server: FragileServer
    database: str
    more: More
    ledger: Ledger = field(default_factory=Ledger)
    turns: Iterator[int] = field(default_factory=count_turns)

    def connect(self) -> Connection:
        """A session of the test's own, in autocommit."""
        return psycopg.connect(self.database, autocommit=True, application_name=OWN)


@contextmanager
def set_scene(server: FragileServer, more: More) -> Iterator[Scene]:
    """A database with business 1 on a server that is up."""
    if not server.is_running():
        server.start()
    with cloned(server.address) as database:
        try:
            with psycopg.connect(database, autocommit=True) as connection:
                add_business(connection)
                add_crm_tables(connection)
            yield Scene(server, database, more)
        finally:
            server.free_disks()
            if not server.is_running():
                server.start()


def run(fault: Callable[[Scene], None], server: FragileServer, more: More) -> Outcome:
    """Breaks it again and again; returns what the ledger says in the end."""
    with set_scene(server, more) as scene:
        fault(scene)
        with scene.connect() as connection:
            return scene.ledger.compare(connection)
