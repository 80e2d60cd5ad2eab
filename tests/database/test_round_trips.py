"""How often a program waits for the server: over a network that is what a call costs."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from typing import Any

import psycopg
import pytest
from psycopg.pq import Trace

import onethread
from onethread.database import connection as connections
from onethread.errors import NotMigrated, UnknownAddress, UnknownBusiness
from tests.conftest import Connection, add_business
from tests.server import cloned

PHONE = "+972501234567"


@pytest.fixture(scope="module")
def shared(postgresql_noproc: Any) -> Iterator[str]:
    with cloned(postgresql_noproc) as uri:
        yield uri


@pytest.fixture
def session(shared: str) -> Iterator[Connection]:
    with onethread.connect(shared) as connection:
        yield connection


def watch(connection: Connection, call: Callable[[], object]) -> tuple[int, int]:
    """(how often the server was waited for, how many transactions it committed)."""
    with tempfile.TemporaryFile("w+") as file:
        connection.pgconn.trace(file.fileno())
        connection.pgconn.set_trace_flags(Trace.SUPPRESS_TIMESTAMPS)
        try:
            call()
        finally:
            connection.pgconn.untrace()
        file.seek(0)
        lines = [line for line in file if line[0] in "FB"]
    # A turn is where what is sent ends and what comes back begins.
    turns = sum(one[0] == "F" and two[0] == "B" for one, two in pairwise(lines))
    return turns, sum(line[0] == "B" and '"COMMIT"' in line for line in lines)


def message(body: str, **more: Any) -> onethread.Message:
    return onethread.Message(direction="inbound", from_number=PHONE, body=body, **more)


def test_call_is_one_transaction_of_two_or_three_round_trips(session: Connection) -> None:
    business_id = add_business(session)
    assert onethread.insert_message(session, business_id, message("first"))
    write = partial(onethread.insert_message, session, business_id, message("second"))
    assert watch(session, write) == (3, 1)
    for call in (
        lambda: onethread.thread(session, business_id, "050-123-4567"),
        lambda: onethread.inbox(session, business_id),
        lambda: onethread.find_conversation(session, business_id, PHONE),
    ):
        assert watch(session, call) == (2, 1)
    assert [row["body"] for row in onethread.thread(session, business_id, PHONE)] == [
        "second",
        "first",
    ]


def test_error_is_the_same_when_a_business_or_an_address_is_unknown(session: Connection) -> None:
    business_id = add_business(session)
    for read in (
        lambda: onethread.inbox(session, 10**6),
        lambda: onethread.thread(session, 10**6, PHONE),
        lambda: onethread.inbox(session, 2**70),
        lambda: onethread.insert_message(session, 10**6, message("x")),
    ):
        with pytest.raises(UnknownBusiness):
            read()
    with pytest.raises(UnknownAddress):
        onethread.thread(session, business_id, PHONE)
    assert onethread.inbox(session, business_id) == []
    assert session.info.transaction_status == psycopg.pq.TransactionStatus.IDLE


def test_call_is_a_part_of_the_callers_transaction(shared: str) -> None:
    """Also where psycopg begins it by itself, and in somebody's pipeline."""
    setting = "select current_setting('onethread.business_id', true)"
    with psycopg.connect(shared) as connection:
        one, two = add_business(connection), add_business(connection)
        connection.execute("select set_config('onethread.business_id', %s, true)", [str(two)])
        assert onethread.insert_message(connection, one, message("kept back"))
        assert len(onethread.inbox(connection, one)) == 1
        assert connection.execute(setting).fetchone() == (str(two),)
        connection.rollback()
        assert connection.execute("select from business where id = %s", [one]).rowcount == 0
    with psycopg.connect(shared, autocommit=True) as connection:
        one = add_business(connection)
        with connection.pipeline():
            connection.execute("select 1")
            assert onethread.insert_message(connection, one, message("in a pipeline"))
            assert len(onethread.inbox(connection, one)) == 1
        with psycopg.connect(shared) as other:
            assert len(onethread.inbox(other, one)) == 1


def test_schema_is_checked_once_a_process(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Connection] = []
    check = connections.check_schema

    def check_schema(connection: Connection) -> None:
        asked.append(connection)
        check(connection)

    monkeypatch.setattr(connections, "check_schema", check_schema)
    with psycopg.connect(database, autocommit=True) as owner:
        owner.execute("update onethread.source set sha256 = 'x' || sha256")
        for _ in range(2):  # what does not fit is asked again
            with pytest.raises(NotMigrated):
                onethread.connect(database)
        owner.execute("update onethread.source set sha256 = substr(sha256, 2)")
    for _ in range(3):
        onethread.connect(database).close()
    assert len(asked) == 3
