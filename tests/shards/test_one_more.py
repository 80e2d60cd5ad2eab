"""One more server: businesses are added on it, and move to it."""

from __future__ import annotations

import pytest

import onethread
from onethread.database.business import add_business, list_businesses
from onethread.errors import OnethreadError
from onethread.shards import add_shard, move_business
from tests.shards.conftest import SetShards
from tests.shards.running import NAMES, Running

PHONE = "+972501234567"
MESSAGE = onethread.Message(direction="inbound", from_number=PHONE, body="hello")


def test_server_that_is_added_takes_businesses_in(
    running: Running, businesses: dict[str, int], set_shards: SetShards
) -> None:
    with onethread.connect() as session:
        before = onethread.insert_message(session, businesses["one"], MESSAGE)
    running.add_server("three")
    assert running.onethread("add", f"three={running.shard('three')}") == 0
    running.restart_coordinator()
    for _ in range(2):  # the second time nothing is left to do
        assert running.onethread("migrate") == 0
    set_shards(*NAMES, "three")
    with onethread.connect() as session:
        new = add_business(session, "new", "IL", [])  # where the fewest are
        onethread.insert_message(session, new, MESSAGE)
        assert {row["id"]: row["shard"] for row in list_businesses(session)}[new] == "three"
        moved = move_business(running.cluster, businesses["one"], "three")
        assert (moved.source, moved.target) == ("one", "three")
        after = onethread.insert_message(session, businesses["one"], MESSAGE)
        assert before is not None and after is not None
        assert after["conversation_id"] == before["conversation_id"]
        assert after["id"] > before["id"]
        assert len(onethread.thread(session, businesses["one"], PHONE)) == 2
        assert len(onethread.thread(session, new, PHONE)) == 1
    assert running.onethread("status") == 0


def test_server_that_cannot_be_added_changes_nothing(
    running: Running, businesses: dict[str, int]
) -> None:
    cluster = running.cluster
    for name, url, why in (
        ("one", "postgresql://postgres@127.0.0.1/onethread", "there is a shard one already"),
        ("four", running.shard("two"), "there are businesses on four"),
        (
            "four",
            "postgresql://else@127.0.0.1/onethread",
            "different users, passwords or databases",
        ),
    ):
        with pytest.raises(OnethreadError, match=why):
            add_shard(cluster, running.files, name, url)
    assert running.cluster == cluster
