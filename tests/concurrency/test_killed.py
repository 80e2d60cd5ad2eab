"""A session dies in the middle of a join or an undo: it leaves nothing, the next one succeeds."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from tests.concurrency.sessions import TIMEOUT, Connection, create_business
from tests.conftest import insert

PHONE, LID = "+972521110001", "871000000000001@lid"

# Where a session stands still: at the first row that it writes of a table in this way.
STOPS = {
    "whatsapp_identity": "update",
    "whatsapp_message": "update",
    "onethread.whatsapp_conversation_merge": "insert or update",
    "whatsapp_conversation": "insert or delete",
}

Action = Callable[[Connection, int], Any]


def _conversations(connection: Connection, business_id: int) -> list[int]:
    """Of the phone's first message, and the account's."""
    return [
        row[0]
        for row in connection.execute(
            "select conversation_id from whatsapp_message "
            "where business_id = %s order by id limit 2",
            [business_id],
        )
    ]


def _insert_evidence(connection: Connection, business_id: int) -> None:
    connection.execute(
        "insert into whatsapp_identity_evidence (business_id, a, b, relation) "
        "values (%s, %s, %s, 'same')",
        [business_id, LID, PHONE],
    )


def _insert_message(connection: Connection, business_id: int) -> None:
    insert(connection, business_id, "inbound", address=LID, contact_aliases=[PHONE])


def _merge(connection: Connection, business_id: int) -> None:
    connection.execute(
        "select onethread.merge_conversations(%s, %s, %s, 'test')",
        [business_id, *_conversations(connection, business_id)],
    )


def _undo(connection: Connection, business_id: int) -> None:
    connection.execute(
        "select onethread.undo_merge(%s, max(id)) from onethread.whatsapp_conversation_merge "
        "where business_id = %s",
        [business_id, business_id],
    )


def _nothing(connection: Connection, business_id: int) -> None:
    pass


# What came before, what is killed, and in how many threads the two are afterwards.
ACTIONS: dict[str, tuple[Action, Action, int]] = {
    "join by evidence": (_nothing, _insert_evidence, 1),
    "join by a message": (_nothing, _insert_message, 1),
    "merge": (_nothing, _merge, 1),
    "undo of a merge": (_merge, _undo, 2),
    "undo of a join by evidence": (_insert_evidence, _undo, 2),
}


@pytest.mark.parametrize("table", STOPS)
@pytest.mark.parametrize("action", ACTIONS)
def test_all_is_as_before_when_a_session_is_killed(database: str, action: str, table: str) -> None:
    before, work, threads = ACTIONS[action]
    business_id = create_business(database)
    with psycopg.connect(database, autocommit=True) as connection:
        for address in (PHONE, LID):
            insert(connection, business_id, "inbound", address=address)
        before(connection, business_id)
        found = _dump(connection)

        _stop_at(connection, table)
        _kill_when_stopped(connection, database, lambda session: work(session, business_id))
        connection.execute(f"drop trigger stop on {table}")

        assert _dump(connection) == found
        work(connection, business_id)
        assert len(set(_conversations(connection, business_id))) == threads
        assert connection.execute("select * from thread_integrity").fetchall() == []


def _stop_at(connection: Connection, table: str) -> None:
    connection.execute(
        "create function stop() returns trigger language plpgsql as "
        f"'begin perform pg_sleep({TIMEOUT}); return new; end'"
    )
    connection.execute(
        f"create trigger stop before {STOPS[table]} on {table} for each row execute function stop()"
    )


def _kill_when_stopped(
    watcher: Connection, database: str, work: Callable[[Connection], None]
) -> None:
    errors: list[psycopg.Error] = []

    def run(session: Connection) -> None:
        try:
            work(session)
        except psycopg.Error as error:
            errors.append(error)

    session = psycopg.connect(database, autocommit=True)
    thread = threading.Thread(target=run, args=[session], daemon=True)
    thread.start()
    killed = None
    while killed is None and thread.is_alive():
        killed = watcher.execute(
            "select pg_terminate_backend(pid, %s) from pg_stat_activity "
            "where pid = %s and wait_event = 'PgSleep'",
            [TIMEOUT * 1000, session.info.backend_pid],
        ).fetchone()
        thread.join(0.005)
    thread.join(TIMEOUT)
    session.close()
    assert killed == (True,), f"the session did not stop there: {errors}"
    assert [type(error) for error in errors] == [psycopg.errors.AdminShutdown]


def _dump(connection: Connection) -> list[list[tuple[Any, ...]]]:
    """All rows that a join or an undo could write."""
    return [
        connection.execute(f"select t::text from {table} t order by t.id").fetchall()
        for table in (*STOPS, "whatsapp_identity_evidence", "onethread.whatsapp_identity_conflict")
    ]
