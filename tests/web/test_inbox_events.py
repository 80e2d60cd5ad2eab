"""The stream of server-sent events that the inbox follows."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from threading import Event
from typing import Any

import httpx
import pytest

from onethread.web.inbox import follow, queries
from tests.conftest import Connection, add_business, insert
from tests.sql.query import scalar
from tests.web.conftest import SETTINGS
from tests.web.running import serving

TOKEN = ("agent", "inbox-token")


@pytest.fixture
def inbox(database: str, committed: Connection) -> Iterator[httpx.Client]:
    with (
        serving(
            database, replace(SETTINGS, auth_token=TOKEN[1], metrics_token=TOKEN[1])
        ) as address,
        httpx.Client(base_url=f"{address}/inbox", auth=TOKEN, timeout=20) as client,
    ):
        yield client


def read_changes(
    client: httpx.Client, path: str, until: int, **headers: str
) -> tuple[list[Any], str]:
    """The conversations named up to this one, and the id of the last event."""
    named: list[Any] = []
    position = ""
    with client.stream("GET", path, headers=headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        for line in answer.iter_lines():
            name, _, value = line.partition(": ")
            if name == "id":
                position = value
            elif name == "data" and value:
                named += json.loads(value)
                if str(until) in named:
                    return named, position
    raise AssertionError("the stream ended")


def test_stream_goes_on_where_it_was_when_it_is_opened_again(
    inbox: httpx.Client, committed: Connection
) -> None:
    start = scalar(committed, 'select "position" from onethread.list_changes(1)')
    other = add_business(committed, "Other")
    insert(committed, other, "inbound", address="0501111111")
    one = insert(committed, 1, "inbound", address="0501111111").conversation_id
    named, position = read_changes(inbox, f"/1/events?since={start}", one)
    assert named == [str(one)]
    two = insert(committed, 1, "inbound", address="0502222222").conversation_id
    named, _ = read_changes(inbox, f"/1/events?since={start}", two, **{"Last-Event-ID": position})
    assert named == [str(two)]


def test_stream_begins_now_when_the_position_means_nothing(
    inbox: httpx.Client, committed: Connection
) -> None:
    insert(committed, 1, "inbound", address="0501111111")
    with inbox.stream("GET", "/1/events?since=nonsense") as answer:
        lines = answer.iter_lines()
        assert any(line.startswith("id: ") for line in lines)
        new = insert(committed, 1, "inbound", address="0502222222").conversation_id
        data = next(line for line in lines if line.startswith("data: "))
        assert json.loads(data.removeprefix("data: ")) == [str(new)]
        # It has no end: what is timed is its beginning.
        metrics = inbox.get(str(inbox.base_url.join("/metrics")))
        assert (
            'seconds_count{route="/inbox/{business_id:int}/events",status="200"} 1' in metrics.text
        )


def test_database_is_asked_once_a_second_for_all_pages(
    inbox: httpx.Client, committed: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[float] = []

    def list_changes(connection: Connection, business_id: int, since: str | None) -> Any:
        if since is not None:  # a page that is opened asks for itself where things are
            asked.append(time.monotonic())
        return queries.list_changes(connection, business_id, since)

    monkeypatch.setattr(follow, "list_changes", list_changes)
    with ExitStack() as stack:
        pages = [stack.enter_context(inbox.stream("GET", "/1/events")) for _ in range(5)]
        readers = [page.iter_lines() for page in pages]
        assert all(any(line.startswith("id: ") for line in reader) for reader in readers)
        end = time.monotonic() + 60
        while len(asked) < 3:
            assert time.monotonic() < end
            time.sleep(0.05)
        # A little less: the time is taken when a thread has got to it.
        assert asked[2] - asked[0] > 1.5
        new = insert(committed, 1, "inbound", address="0501111111").conversation_id
        for reader in readers:
            data = next(line for line in reader if line.startswith("data: "))
            assert json.loads(data.removeprefix("data: ")) == [str(new)]


def test_pages_that_hear_of_a_change_together_are_answered_together(
    inbox: httpx.Client, committed: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But nobody by what was read before they asked: they may have done something meanwhile."""
    message = insert(committed, 1, "inbound", address="0501111111", body="first")
    read, asked, is_read = queries.list_some_lines, [], Event()

    def read_slowly(*arguments: Any) -> Any:
        found = read(*arguments)
        asked.append(found)
        is_read.set()
        time.sleep(0.5)
        return found

    monkeypatch.setattr(queries, "list_some_lines", read_slowly)
    lines = f"/1/lines?ids={message.conversation_id}"
    with ThreadPoolExecutor(12) as pages:
        early = pages.submit(inbox.get, lines)
        assert is_read.wait(10)
        insert(committed, 1, "inbound", address="0501111111", body="second")
        late = [pages.submit(inbox.get, lines) for _ in range(10)]
        assert "first" in early.result().text
        assert all("second" in page.result().text for page in late)
    assert len(asked) < 5


def test_page_is_compressed_unless_another_site_asks_for_it(inbox: httpx.Client) -> None:
    """How long it is would tell whether what they made the browser ask for is in it."""
    page = inbox.get("/1", headers={"Sec-Fetch-Site": "same-origin"})
    assert page.headers["content-encoding"] == "gzip"
    assert (
        "content-encoding" not in inbox.get("/1", headers={"Sec-Fetch-Site": "cross-site"}).headers
    )


def test_stream_is_404_when_there_is_no_business(inbox: httpx.Client) -> None:
    assert inbox.get("/77/events").status_code == 404
