"""A business goes to another server while its programs write."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial

import psycopg
import pytest
from fastapi.testclient import TestClient

import onethread
from onethread.database.business import add_business
from onethread.database.shards import ShardUnavailable
from onethread.errors import OnethreadError
from onethread.intake.webhooks import add_secret
from onethread.shards import move_business
from onethread.web import create_app
from tests.conftest import Connection
from tests.shards.running import Running, wait_until
from tests.shards.test_failures import SETTINGS, post

Send = Callable[[str, str], bool]
"""Sends a message of that id from that person; whether it was taken."""


@dataclass
class Writer:
    """Somebody who sends each message again until it is taken, as a provider does."""

    business_id: int
    name: str
    open: Callable[[int], AbstractContextManager[Send]]
    stop: threading.Event
    sent: list[str] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    error: BaseException | None = None

    def run(self) -> None:
        try:
            with self.open(self.business_id) as send:
                number = 0
                while not self.stop.is_set():
                    self._repeat(send, f"{self.name}{number:06}", f"97250123{number % 10:04}")
                    number += 1
        except BaseException as error:
            self.error = error

    def _repeat(self, send: Send, message_id: str, phone: str) -> None:
        while not send(message_id, phone):
            self.refused.append(time.monotonic())
            time.sleep(0.02)
        self.sent.append(message_id)


@contextmanager
def by_package(url: str, business_id: int) -> Iterator[Send]:
    """A program of the package."""
    with onethread.connect(url) as connection:

        def send(message_id: str, phone: str) -> bool:
            message = onethread.Message(
                direction="inbound", from_number=f"+{phone}", body=message_id,
                provider="baileys", provider_message_id=message_id,
            )  # fmt: skip
            try:
                onethread.insert_message(connection, business_id, message)
            except ShardUnavailable:
                return False
            return True

        yield send


@contextmanager
def by_webhook(client: TestClient, secrets: dict[int, str], business_id: int) -> Iterator[Send]:
    """A provider, which is told nothing but 200 and to come again."""

    def send(message_id: str, phone: str) -> bool:
        answer = post(client, business_id, secrets[business_id], message_id, phone)
        assert answer in (200, 503)
        return answer == 200

    yield send


def test_move_under_load_loses_doubles_and_splits_nothing(
    running: Running, session: Connection
) -> None:
    moving = add_business(session, "moves", "IL", [], "one")
    staying = add_business(session, "stays", "IL", [], "one")
    secrets = {each: add_secret(session, each, "baileys") for each in (moving, staying)}
    stop = threading.Event()
    with ExitStack() as stack:
        ways: list[Callable[[int], AbstractContextManager[Send]]] = []
        for number in (1, 2):
            client = stack.enter_context(TestClient(create_app(running.router(number), SETTINGS)))
            ways += [
                partial(by_package, running.router(number)),
                partial(by_webhook, client, secrets),
            ]
        writers = [
            Writer(business_id, f"{business_id}W{number}N", way, stop)
            for number, way in enumerate(ways)
            for business_id in (moving, staying)
        ]
        threads = [threading.Thread(target=writer.run) for writer in writers]
        for thread in threads:
            thread.start()
        wait_until(lambda: all(is_done(writer, 15) for writer in writers), 60)
        moved = move_business(running.cluster, moving, "two")
        wait_until(lambda: all(is_done(writer, 30) for writer in writers), 60)
        stop.set()
        for thread in threads:
            thread.join()
    assert [writer.error for writer in writers] == [None] * len(writers)
    assert (moved.source, moved.target) == ("one", "two")
    assert moved.rows["public.business"] == 1
    for business_id, shard in ((moving, "two"), (staying, "one")):
        own = [writer for writer in writers if writer.business_id == business_id]
        assert_whole(running, shard, business_id, [each for writer in own for each in writer.sent])
    assert [writer.refused for writer in writers if writer.business_id == staying] == [[]] * 4
    assert min(len(writer.refused) for writer in writers if writer.business_id == moving) > 0
    with psycopg.connect(running.shard("one")) as source:
        assert count_rows(source, moving) == 0


def is_done(writer: Writer, count: int) -> bool:
    return len(writer.sent) >= count or writer.error is not None


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
            "  select count(distinct conversation_id) as n from whatsapp_message"
            "  where business_id = %s group by substring(from_number from '[0-9]+')) p",
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


@pytest.mark.parametrize("copied", ["new.body := 'else'; return new", "return null"])
def test_business_stays_whole_where_it_was_when_the_copy_differs(
    running: Running, session: Connection, copied: str
) -> None:
    business_id = add_business(session, "differs", "IL", [], "one")
    message = onethread.Message(direction="inbound", from_number="+972501234567", body="x")
    onethread.insert_message(session, business_id, message)
    with (
        psycopg.connect(running.shard("two"), autocommit=True) as target,
        psycopg.connect(running.shard("one"), autocommit=True) as source,
    ):
        target.execute(
            "create function change_copy() returns trigger language plpgsql as "
            f"$$ begin {copied}; end $$; "
            "create trigger a before insert on whatsapp_message "
            "for each row execute function change_copy(); "
            "alter table whatsapp_message enable always trigger a"
        )
        for _ in range(2):  # nor is it deleted when it is tried again
            with pytest.raises(OnethreadError, match=r"differs in public\.whatsapp_message: noth"):
                move_business(running.cluster, business_id, "two")
            assert count_rows(source, business_id) == 2
            with pytest.raises(ShardUnavailable, match="is locked"):
                onethread.insert_message(session, business_id, message)
        assert running.onethread("status") == 1
        target.execute("drop function change_copy() cascade")
        [(row,)] = source.execute(
            "select m::text from whatsapp_message m where m.business_id = %s", [business_id]
        ).fetchall()
        target.execute("set session_replication_role = replica")
        target.execute("delete from whatsapp_message where business_id = %s", [business_id])
        target.execute("insert into whatsapp_message select (%s::whatsapp_message).*", [row])
        assert move_business(running.cluster, business_id, "two").source == "one"
        assert (count_rows(source, business_id), count_rows(target, business_id)) == (0, 2)
    onethread.insert_message(session, business_id, message)
    assert len(onethread.thread(session, business_id, "+972501234567")) == 2


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
    assert [row["shard"] for row in rows] == list(running.cluster.shards)
    assert {row["state"] for row in rows} == {"ok"}
    assert len({row["version"] for row in rows}) == 1
    assert {row["broken"] for row in rows} == {0}
