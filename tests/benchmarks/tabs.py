"""Many people look at one inbox while messages come: how long a page's list takes."""

from __future__ import annotations

import asyncio
import gzip
import json
import math
import statistics
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import psycopg

from onethread.database.connection import open_connection
from tests.benchmarks.report import Result, Target
from tests.benchmarks.run import Run
from tests.benchmarks.serving import serving
from tests.benchmarks.tables import SizedTable, Tenant

_PAGES = 30


@dataclass
class _Watched:
    """What the pages saw."""

    milliseconds: list[float] = field(default_factory=list)
    """Of each list that was asked for."""
    lines: int = 0
    bytes: int = 0
    transactions: float = 0
    """Of the database, in a second."""

    @property
    def p95(self) -> float:
        """What nineteen of twenty lists stay below."""
        return sorted(self.milliseconds)[math.ceil(0.95 * len(self.milliseconds)) - 1]


def open_pages(run: Run) -> Iterator[Result]:
    """Each does what the script of the inbox does: it follows the events, reads the lines of the
    conversations that changed, and a little later the counts. A message a second, to anybody."""
    table = run.tables[-1]
    with serving(table.url, "--insecure") as (port, _):
        alone, together = (asyncio.run(_watch(run, table, port, pages)) for pages in (1, _PAGES))
    lists = len(together.milliseconds)
    yield Result(
        "open pages",
        f"{_PAGES} pages, a message a second: list, nineteen of twenty",
        "ms",
        together.p95,
        "one page",
        alone.p95,
        (together.p95 / alone.p95,),
        Target(milliseconds=100),
        {
            "ms median": statistics.median(together.milliseconds),
            "ms at most": max(together.milliseconds),
            "lists": lists,
            "bytes a list": together.bytes / lists,
            "transactions a second": together.transactions,
            "with one page": alone.transactions,
        },
    )


async def _watch(run: Run, table: SizedTable, port: int, pages: int) -> _Watched:
    watched = _Watched()
    base = f"/inbox/{table.ordinary.business_id}"
    begun = [asyncio.Event() for _ in range(pages)]
    following = [asyncio.create_task(_follow(port, base, watched, each)) for each in begun]
    await asyncio.gather(*(each.wait() for each in begun))
    with open_connection(table.url) as connection:
        before, start = _transactions(connection), time.perf_counter()
        for number in range(run.sizes.watched):
            _write(connection, table.ordinary, run.choose.randrange(table.ordinary.people))
            await asyncio.sleep(start + number + 1 - time.perf_counter())
        seconds = time.perf_counter() - start
        watched.transactions = (_transactions(connection) - before) / seconds
    # A message or two may be told together.
    with suppress(TimeoutError):
        async with asyncio.timeout(10):
            while watched.lines < pages * run.sizes.watched:
                await asyncio.sleep(0.1)
    for task in following:
        task.cancel()
    for ended in await asyncio.gather(*following, return_exceptions=True):
        assert isinstance(ended, asyncio.CancelledError), ended
    return watched


async def _follow(port: int, base: str, watched: _Watched, begun: asyncio.Event) -> None:
    counting: asyncio.Task[bytes] | None = None
    async with _connected(port) as stream, _connected(port) as lines, _connected(port) as counts:
        _ask(stream, f"{base}/events")
        async for line in stream[0]:
            if line.startswith(b"event: "):
                begun.set()
            if line.startswith(b"data: ["):
                if counting is None or counting.done():
                    counting = asyncio.create_task(_get(counts, f"{base}/counts", after=2))
                ids = json.loads(line.removeprefix(b"data: "))
                start = time.perf_counter()
                body = await _get(lines, f"{base}/lines?ids={','.join(ids)}")
                watched.milliseconds.append(1000 * (time.perf_counter() - start))
                watched.lines += len(ids)
                watched.bytes += len(body)
                assert gzip.decompress(body).count(b"data-id=") == len(ids)


# Clients that cost next to nothing: browsers are on other machines.
_Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def _connected(port: int) -> AsyncIterator[_Connection]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()


def _ask(connection: _Connection, path: str) -> None:
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: gzip\r\n\r\n"
    connection[1].write(request.encode())


async def _get(connection: _Connection, path: str, after: float = 0) -> bytes:
    await asyncio.sleep(after)
    _ask(connection, path)
    head = (await connection[0].readuntil(b"\r\n\r\n")).lower()
    assert head.startswith(b"http/1.1 200"), head
    length = head.partition(b"content-length: ")[2].partition(b"\r\n")[0]
    return await connection[0].readexactly(int(length))


def _write(connection: psycopg.Connection[object], tenant: Tenant, person: int) -> None:
    message = tenant.message(person)
    connection.execute(
        "insert into public.whatsapp_message (business_id, direction, from_number, body) "
        "values (%s, 'inbound', %s, 'Is my appointment still at ten?')",
        [message.business_id, message.address],
    )


def _transactions(connection: psycopg.Connection[object]) -> int:
    [(committed,)] = connection.execute(
        "select pg_stat_get_db_xact_commit(oid) from pg_database where datname = current_database()"
    ).fetchall()
    return int(committed)
