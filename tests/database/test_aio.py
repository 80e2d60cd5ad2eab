"""onethread.aio: the verbs for asynchronous programs do what those of onethread do."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool
from pytest_postgresql.executors import NoopExecutor

import onethread
import onethread.aio
from onethread.errors import NotMigrated, UnknownAddress, UnknownBusiness
from tests.conftest import add_business
from tests.server import cloned

DANA, LID = "+972501110001", "876019134910105@lid"


@pytest.fixture(scope="module")
def shared(postgresql_noproc: NoopExecutor) -> Iterator[str]:
    with cloned(postgresql_noproc) as uri:
        yield uri


def message(address: str, body: str, **more: Any) -> onethread.Message:
    return onethread.Message(direction="inbound", from_number=address, body=body, **more)


def test_verbs_are_the_same() -> None:
    classes = {name for name in onethread.__all__ if inspect.isclass(getattr(onethread, name))}
    verbs = set(onethread.__all__) - classes - {"__version__"}
    awaited = {
        name for name, each in vars(onethread.aio).items() if inspect.iscoroutinefunction(each)
    }
    assert awaited == verbs
    for name in verbs - {"connect"}:
        waits, awaits = getattr(onethread, name), getattr(onethread.aio, name)
        assert inspect.getdoc(waits) == inspect.getdoc(awaits)
        parameters = [list(inspect.signature(each).parameters.values()) for each in (waits, awaits)]
        assert parameters[0][1:] == parameters[1][1:]


def test_thread_is_written_read_answered_and_joined(shared: str) -> None:
    async def work() -> None:
        aio = onethread.aio
        async with await aio.connect(shared) as connection:
            business = await make_business(connection)
            assert await aio.insert_message(connection, business, message(DANA, "first"))
            result = await aio.insert_messages(
                connection,
                business,
                [
                    message(LID, "second", provider="x", provider_message_id="1"),
                    message(LID, "again", provider="x", provider_message_id="1"),
                    message(LID, "no lead", lead_id=77),
                ],
            )
            assert (result.inserted, result.duplicates, len(result.rejected)) == (1, 1, 1)
            one = await aio.find_conversation(connection, business, "050-111-0001")
            two = await aio.find_conversation(connection, business, LID)
            queued = await aio.queue_answer(connection, business, one, "hi", key="12345678")
            again = await aio.queue_answer(connection, business, one, "hi", key="12345678")
            assert again == {"id": queued["id"], "is_duplicate": True}
            merge = await aio.merge(connection, business, one, two, "test")
            thread = await aio.thread(connection, business, LID)
            assert {row["body"] for row in thread} == {"first", "second", "hi"}
            await aio.undo_merge(connection, business, merge)
            page = await aio.list_conversations(connection, business, is_unread=True)
            assert {row["unread"] for row in page.rows} == {1}
            with pytest.raises(UnknownBusiness):
                await aio.inbox(connection, 2**70)
            with pytest.raises(UnknownAddress):
                await aio.thread(connection, business, "0501119999")

    asyncio.run(work())


def test_call_is_a_part_of_the_callers_transaction_and_of_its_pool(shared: str) -> None:
    async def work() -> None:
        async with AsyncConnectionPool(shared, min_size=1, max_size=2) as pool:
            async with pool.connection() as connection:
                business = await make_business(connection)
            async with pool.connection() as connection:
                await connection.execute("select 1")
                await onethread.aio.insert_message(connection, business, message(DANA, "gone"))
                await connection.rollback()
            async with pool.connection() as connection:
                assert await onethread.aio.inbox(connection, business) == []

    asyncio.run(work())


def test_conflicts_of_two_sessions_are_retried(shared: str) -> None:
    with psycopg.connect(shared, autocommit=True) as owner:
        business = add_business(owner)

    async def write(names: list[str]) -> None:
        async with await onethread.aio.connect(shared) as connection:
            for name in names:
                row = await onethread.aio.insert_message(
                    connection, business, message(name, "x", contact_aliases=[LID])
                )
                assert row

    async def work() -> None:
        await asyncio.gather(*(write([DANA, f"+97250111100{n}"]) for n in range(4)))

    asyncio.run(work())
    with onethread.connect(shared) as connection:
        assert len(onethread.thread(connection, business, LID)) == 8


def test_connection_is_refused_when_there_is_no_schema(empty_database: str) -> None:
    with pytest.raises(NotMigrated):
        asyncio.run(onethread.aio.connect(empty_database))


async def make_business(connection: psycopg.AsyncConnection[Any]) -> int:
    cursor = await connection.execute(
        "insert into business (name, default_region) values ('Clinic', 'IL') returning id"
    )
    row = await cursor.fetchone()
    assert row
    return int(row[0])
