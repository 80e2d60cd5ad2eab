"""Pending evidence is applied in the background."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import psycopg
import pytest
from fastapi.testclient import TestClient

from onethread.web import create_app
from onethread.web.pending import apply_all_pending
from tests.conftest import Connection, add_business, insert
from tests.web.conftest import SETTINGS

LID, PHONE = "876019134910105@lid", "+972501234567"


def leave_pending(connection: Connection, database: str, business_id: int) -> None:
    """Two threads, and evidence that could not join them because somebody held them."""
    for address in (LID, PHONE):
        insert(connection, business_id, "inbound", address=address)
    with held(database):
        connection.execute(
            "insert into whatsapp_identity_evidence (business_id, a, b, relation) "
            "values (%s, %s, %s, 'same')",
            [business_id, LID, PHONE],
        )
    assert pending(connection) >= 1


@contextmanager
def held(database: str) -> Iterator[Connection]:
    """Somebody holds every conversation."""
    with psycopg.connect(database) as holder:
        holder.execute("select from whatsapp_conversation for update")
        yield holder


def pending(connection: Connection) -> int:
    query = "select count(*) from whatsapp_identity_evidence where applied_at is null"
    [[number]] = connection.execute(query).fetchall()
    return int(number)


def threads(connection: Connection) -> list[tuple[int, int]]:
    """(business, number of threads)"""
    query = "select business_id, count(*) from whatsapp_conversation group by 1 order by 1"
    return connection.execute(query).fetchall()


def test_every_business_is_served_when_evidence_is_pending(
    database: str, committed: Connection
) -> None:
    add_business(committed, "Other")
    leave_pending(committed, database, 1)
    leave_pending(committed, database, 2)
    apply_all_pending(committed, 10)
    assert pending(committed) == 0
    assert threads(committed) == [(1, 1), (2, 1)]


def test_business_is_left_alone_when_another_server_is_at_it(
    database: str, committed: Connection
) -> None:
    add_business(committed, "Other")
    leave_pending(committed, database, 1)
    leave_pending(committed, database, 2)
    with psycopg.connect(database) as other:
        other.execute("select onethread.take_turn(1, 'pending', true)")
        apply_all_pending(committed, 10)
        assert threads(committed) == [(1, 2), (2, 1)]
    apply_all_pending(committed, 10)
    assert threads(committed) == [(1, 1), (2, 1)]


def test_others_are_served_when_one_business_fails(
    database: str, committed: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    add_business(committed, "Other")
    leave_pending(committed, database, 1)
    leave_pending(committed, database, 2)
    committed.execute(
        """
        create function refuse() returns trigger language plpgsql as $$
        begin raise exception 'not this business'; end $$;
        create trigger refuse before update on whatsapp_message
        for each row when (old.business_id = 1) execute function refuse()
        """
    )
    apply_all_pending(committed, 10)
    assert threads(committed) == [(1, 2), (2, 1)]
    assert "business 1: evidence stays pending: not this business" in caplog.text


def test_evidence_is_applied_when_the_server_runs(database: str, committed: Connection) -> None:
    """It is held when the server looks for the first time, and free later."""
    leave_pending(committed, database, 1)
    settings = replace(SETTINGS, pending_seconds=0.01)
    with held(database) as holder, TestClient(create_app(database, settings)) as client:
        wait_until(committed, "exists (select from pg_locks where not granted)")
        assert client.get("/healthz").status_code == 200
        assert pending(committed) == 1
        holder.rollback()
        wait_until(
            committed,
            "not exists (select from whatsapp_identity_evidence where applied_at is null)",
        )
    assert threads(committed) == [(1, 1)]


def test_server_stops_when_evidence_is_being_applied(database: str, committed: Connection) -> None:
    """What it does then is taken back, not waited for."""
    leave_pending(committed, database, 1)
    committed.execute(
        """
        create function hang() returns trigger language plpgsql as $$
        begin perform pg_sleep(60); return new; end $$;
        create trigger hang before update on whatsapp_message
        for each row execute function hang()
        """
    )
    settings = replace(SETTINGS, pending_seconds=0.01)
    with TestClient(create_app(database, settings)):
        hanging = "exists (select from pg_stat_activity where wait_event = 'PgSleep')"
        wait_until(committed, hanging)
    assert not is_true(committed, hanging)
    assert pending(committed) == 1


def wait_until(connection: Connection, condition: str) -> None:
    deadline = time.monotonic() + 20
    while not is_true(connection, condition):
        assert time.monotonic() < deadline, condition
        time.sleep(0.01)


def is_true(connection: Connection, condition: str) -> bool:
    [[value]] = connection.execute(f"select {condition}").fetchall()
    return bool(value)
