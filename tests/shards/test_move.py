"""A business goes to another server while its programs write."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field

import psycopg
import pytest

import onethread
from onethread.database.business import add_business
from onethread.database.shards import ShardUnavailable
from onethread.shards import move_business
from tests.conftest import Connection
from tests.shards.running import Running, wait_until


@dataclass
class Writer:
    """Somebody who sends each message again until it is taken, as a provider does."""

    url: str
    business_id: int
    name: str
    stop: threading.Event
    sent: list[str] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    error: BaseException | None = None

    def run(self) -> None:
        try:
            with onethread.connect(self.url) as connection:
                number = 0
                while not self.stop.is_set():
                    self._send(connection, number)
                    number += 1
        except BaseException as error:
            self.error = error

    def _send(self, connection: Connection, number: int) -> None:
        message_id = f"{self.name}{number:06}"
        phone = f"+97250123{number % 10:04}"
        message = onethread.Message(
            direction="inbound", from_number=phone, body=message_id,
            provider="baileys", provider_message_id=message_id,
        )  # fmt: skip
        while True:
            try:
                onethread.insert_message(connection, self.business_id, message)
            except ShardUnavailable:
                self.refused.append(time.monotonic())
                time.sleep(0.02)
            else:
                self.sent.append(message_id)
                return


def test_move_under_load_loses_doubles_and_splits_nothing(
    running: Running, session: Connection
) -> None:
    moving = add_business(session, "moves", "IL", [], "one")
    staying = add_business(session, "stays", "IL", [], "one")
    stop = threading.Event()
    writers = [
        Writer(running.router(number), business_id, f"{business_id}R{number}N", stop)
        for number in (1, 2)
        for business_id in (moving, staying)
    ]
    threads = [threading.Thread(target=writer.run) for writer in writers]
    for thread in threads:
        thread.start()
    wait_until(lambda: min(len(writer.sent) for writer in writers) >= 15, 60)
    moved = move_business(running.cluster, moving, "two")
    wait_until(lambda: min(len(writer.sent) for writer in writers) >= 30, 60)
    stop.set()
    for thread in threads:
        thread.join()
    assert [writer.error for writer in writers] == [None] * 4
    assert (moved.source, moved.target) == ("one", "two")
    assert moved.rows["public.business"] == 1
    for business_id, shard in ((moving, "two"), (staying, "one")):
        own = [writer for writer in writers if writer.business_id == business_id]
        assert_whole(running, shard, business_id, [each for writer in own for each in writer.sent])
    assert [writer.refused for writer in writers if writer.business_id == staying] == [[], []]
    with psycopg.connect(running.shard("one")) as source:
        assert count_rows(source, moving) == 0


def assert_whole(running: Running, shard: str, business_id: int, sent: list[str]) -> None:
    with psycopg.connect(running.shard(shard)) as connection:
        stored = connection.execute(
            "select provider_message_id, conversation_id from whatsapp_message "
            "where business_id = %s",
            [business_id],
        ).fetchall()
        ids = [row[0] for row in stored]
        assert sorted(set(sent) - set(ids)) == []  # lost
        assert len(ids) == len(set(ids))  # doubled
        people = connection.execute(
            "select count(*) filter (where n > 1), count(*) from ("
            "  select from_number, count(distinct conversation_id) as n from whatsapp_message"
            "  where business_id = %s group by from_number) p",
            [business_id],
        )
        assert people.fetchone() == (0, 10)  # split
        assert connection.execute("select * from thread_integrity").fetchall() == []


def count_rows(connection: Connection, business_id: int) -> int:
    [(count,)] = connection.execute(
        "select (select count(*) from whatsapp_message where business_id = %(id)s)"
        " + (select count(*) from business where id = %(id)s)",
        {"id": business_id},
    ).fetchall()
    return int(count)


def test_ids_after_a_move_are_above_what_came(running: Running, session: Connection) -> None:
    business_id = add_business(session, "many ids", "IL", [], "two")
    with psycopg.connect(running.shard("two"), autocommit=True) as source:
        source.execute("select setval('whatsapp_message_id_seq', 5000000)")
    message = onethread.Message(direction="inbound", from_number="+972501234567", body="x")
    before = onethread.insert_message(session, business_id, message)
    move_business(running.cluster, business_id, "one")
    after = onethread.insert_message(session, business_id, message)
    assert before is not None and after is not None
    assert after["id"] > before["id"]
    assert after["conversation_id"] == before["conversation_id"]


def test_status_says_where_everything_is(
    running: Running, session: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    add_business(session, "counted", "IL", [])
    assert running.onethread("status", "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["shard"] for row in rows] == ["one", "two"]
    assert {row["state"] for row in rows} == {"ok"}
    assert len({row["version"] for row in rows}) == 1
    assert {row["broken"] for row in rows} == {0}
