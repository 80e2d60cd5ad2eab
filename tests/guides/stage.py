"""Where a guide's section begins, and what must be true when it has ended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from pytest_postgresql.executors import NoopExecutor

from tests.conftest import add_business
from tests.guides import GuideError
from tests.server import Server, cloned


@contextmanager
def staged(server: Server | NoopExecutor) -> Iterator[str]:
    """A migrated database with business 1; in the end it must hold messages, each in a thread.

    Raises:
        GuideError: nothing was written, or not everything is linked.
    """
    with cloned(server) as uri:
        with psycopg.connect(uri) as connection:
            add_business(connection, "My clinic")
        yield uri
        with psycopg.connect(uri) as connection:
            [(messages, linked, broken)] = connection.execute(
                "select count(*), count(conversation_id), "
                "(select count(*) from thread_integrity) from whatsapp_message"
            ).fetchall()
        if not messages or messages != linked or broken:
            raise GuideError(f"{messages} messages, {linked} linked, {broken} wrong")
