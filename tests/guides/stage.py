"""Where a section begins, and what must be true when a guide's has ended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from pytest_postgresql.executors import NoopExecutor

from tests.conftest import add_business
from tests.guides import GuideError, environment_of
from tests.reference.examples import STORY
from tests.server import Server, cloned
from tests.web.conftest import API_TOKEN, SETTINGS
from tests.web.running import serving


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


@contextmanager
def told(server: Server | NoopExecutor) -> Iterator[dict[str, str]]:
    """What the code in documents finds: a database with the story of the reference's examples, and
    a server on PORT."""
    with cloned(server) as uri:
        with psycopg.connect(uri) as connection:
            connection.execute(STORY)
        with serving(uri, SETTINGS) as address:
            port = address.rpartition(":")[2]
            yield environment_of(uri, PORT=port, ONETHREAD_API_TOKEN=API_TOKEN)
