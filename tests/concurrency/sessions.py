"""Real sessions as threads: what runs at the same moment, and what they left behind."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any

import psycopg

from tests.conftest import add_business

Connection = psycopg.Connection[Any]
Work = Callable[[Connection, int], None]

TIMEOUT = 60
SESSIONS = 8


def create_business(database: str, region: str = "IL") -> int:
    """A committed business."""
    with psycopg.connect(database, autocommit=True) as connection:
        return add_business(connection, region=region)


def run_together(database: str, works: Sequence[Work], rounds: int = 1) -> list[psycopg.Error]:
    """Runs work(connection, round) in one autocommit session each, all starting each round at once.

    Returns:
        The database errors that reached the sessions; a session goes on with the next round.
    """
    barrier = threading.Barrier(len(works), timeout=TIMEOUT)
    errors: list[psycopg.Error] = []
    failures: list[BaseException] = []

    def run(connection: Connection, work: Work) -> None:
        try:
            for number in range(rounds):
                barrier.wait()
                try:
                    work(connection, number)
                except psycopg.Error as error:
                    errors.append(error)
        except threading.BrokenBarrierError:
            pass
        except BaseException as failure:
            failures.append(failure)
            barrier.abort()

    with ExitStack() as stack:
        connections = [
            stack.enter_context(psycopg.connect(database, autocommit=True)) for _ in works
        ]
        threads = [
            threading.Thread(target=run, args=pair, daemon=True)
            for pair in zip(connections, works, strict=True)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(TIMEOUT)
        assert not any(thread.is_alive() for thread in threads), "a session never came back"
    assert not barrier.broken and not failures, failures
    return errors


def run_until_blocked(
    database: str, work: Callable[[Connection], None], release: Callable[[], object]
) -> list[psycopg.Error]:
    """Runs work in a session of its own; once that waits for a lock, calls release.

    Returns:
        The database errors of the session. That it waits at all is asserted.
    """
    errors: list[psycopg.Error] = []

    def run(connection: Connection) -> None:
        try:
            work(connection)
        except psycopg.Error as error:
            errors.append(error)

    with (
        psycopg.connect(database, autocommit=True) as connection,
        # Before the work begins: it may wait for a tenth of a second only.
        psycopg.connect(database, autocommit=True) as watcher,
    ):
        thread = threading.Thread(target=run, args=[connection], daemon=True)
        thread.start()
        was_blocked = _is_blocked(watcher, connection.info.backend_pid, thread)
        release()
        thread.join(TIMEOUT)
        assert not thread.is_alive(), "the session never came back"
    assert was_blocked, f"the session did not wait: {errors}"
    return errors


def _is_blocked(watcher: Connection, pid: int, thread: threading.Thread) -> bool:
    """Waits until the session waits for a lock (True) or has ended (False)."""
    while thread.is_alive():
        waits = watcher.execute(
            "select from pg_stat_activity where pid = %s and wait_event_type = 'Lock'", [pid]
        ).fetchone()
        if waits is not None:
            return True
        thread.join(0.005)
    return False


def count_states(errors: Sequence[psycopg.Error], state: str) -> int:
    """How many of the errors have this SQLSTATE."""
    return sum(error.sqlstate == state for error in errors)


def read_conversations(database: str, business_id: int) -> dict[str, list[int | None]]:
    """Person (the message's body) to the distinct conversations of that person's messages."""
    with psycopg.connect(database) as connection:
        rows = connection.execute(
            "select body, array_agg(distinct conversation_id) from whatsapp_message "
            "where business_id = %s group by body",
            [business_id],
        ).fetchall()
    return dict(rows)


def assert_one_each(database: str, business_id: int, people: int, messages: int) -> None:
    """One conversation for each person and no other, all messages there, none unlinked."""
    conversations = read_conversations(database, business_id)
    assert len(conversations) == people
    split = {body: ids for body, ids in conversations.items() if len(ids) != 1 or None in ids}
    assert not split
    assert len({ids[0] for ids in conversations.values()}) == people
    assert count(database, "whatsapp_conversation", business_id) == people
    assert count(database, "whatsapp_message", business_id) == messages


def count(database: str, table: str, business_id: int) -> int:
    """Rows of a business in a table."""
    with psycopg.connect(database) as connection:
        row = connection.execute(
            f"select count(*) from {table} where business_id = %s", [business_id]
        ).fetchone()
    assert row is not None
    return int(row[0])
