"""Server-sent events: tells pages which conversations changed.

The database is asked every second, once for all pages of a business; list_changes() sees to it
that nothing is lost between two calls, in whatever order transactions commit. A page that
reconnects goes on from the id of its last event.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import psycopg

from onethread.web.gate import Gate
from onethread.web.inbox.queries import list_changes
from onethread.web.problem import Problem

log = logging.getLogger("uvicorn.error")

POLL_SECONDS = 1.0
_KEEP_ALIVE_SECONDS = 15.0
# More are not named: the page reads everything anew.
_MOST_NAMED = 500

_News = tuple[list[int], str]
"""Conversations that changed, and the position behind that."""
_AWAY: _News = ([], "")
"""The database does not answer."""


class Followers:
    """The pages that are open, by business."""

    def __init__(self, gate: Gate, is_stopping: Callable[[], bool]) -> None:
        self._gate = gate
        self._is_stopping = is_stopping
        self._polls: dict[int, _Poll] = {}

    async def events(self, business_id: int, since: str | None) -> AsyncIterator[str]:
        """The stream of events, until the reader goes away or the server stops."""
        yield "retry: 2000\n\n"
        with self._reading(business_id) as (poll, reader):
            async for news in self._catch_up(poll, business_id, since):
                yield _event(news)
            while (told := await reader.wait()) is not None:
                yield _event(told)

    @contextmanager
    def _reading(self, business_id: int) -> Iterator[tuple[_Poll, _Reader]]:
        poll = self._polls.get(business_id)
        if poll is None or poll.is_over:
            poll = self._polls[business_id] = _Poll(self._gate, business_id, self._is_stopping)
        reader = _Reader()
        poll.readers.add(reader)
        try:
            yield poll, reader
        finally:
            poll.readers.discard(reader)
            if not poll.readers:
                poll.stop()

    async def _catch_up(
        self, poll: _Poll, business_id: int, since: str | None
    ) -> AsyncIterator[_News]:
        """What changed since a position; none: where it is now. Before it, that the database does
        not answer, if it does not."""
        is_told = False
        while not self._is_stopping():
            is_away = poll.is_away
            # What happens once the poll has begun, it tells; what was before is asked for here.
            if poll.has_begun.is_set():
                try:
                    yield await self._gate.run_about(business_id, list_changes, since)
                    return
                except psycopg.errors.InvalidParameterValue:  # not one of ours: from now on
                    since = None
                    continue
                except Problem:  # busy, or the database is away
                    is_away = True
            if is_away and not is_told:
                is_told = True
                yield _AWAY
            await poll.wait_a_moment()


@dataclass(eq=False)
class _Reader:
    """One page."""

    named: list[int] = field(default_factory=list)
    position: str = ""
    is_over: bool = False
    _is_away: bool = False
    _is_told: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, news: _News) -> None:
        """Something changed, or the position did."""
        changed, self.position = news
        self.named += changed
        if changed:
            self._is_told.set()

    def miss(self) -> None:
        """Nobody can say what changed."""
        self._is_away = True
        self._is_told.set()

    def end(self) -> None:
        """There is no more."""
        self.is_over = True
        self._is_told.set()

    async def wait(self) -> _News | None:
        """What changed meanwhile, or after a while that nothing did; None: it is over."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(_KEEP_ALIVE_SECONDS):
                    await self._is_told.wait()
            if self.is_over:
                return None
            self._is_told.clear()
            if self._is_away:
                self._is_away = False
                return _AWAY
            named, self.named = self.named, []
            if self.position:
                return list(dict.fromkeys(named)), self.position


class _Poll:
    """Asks for all who read along in a business."""

    def __init__(self, gate: Gate, business_id: int, is_stopping: Callable[[], bool]) -> None:
        self.readers: set[_Reader] = set()
        self.is_over = False
        self.is_away = False
        """The database did not answer when it was asked last."""
        self.has_begun = asyncio.Event()
        self._gate = gate
        self._business_id = business_id
        self._is_stopping = is_stopping
        self._task = asyncio.create_task(self._run())

    def stop(self) -> None:
        """Nobody reads along any more."""
        self.is_over = True
        self._task.cancel()

    async def wait_a_moment(self) -> None:
        """Until the next question, or it has begun."""
        if self.has_begun.is_set():
            await asyncio.sleep(POLL_SECONDS)
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(POLL_SECONDS):
                await self.has_begun.wait()

    async def _run(self) -> None:
        position: str | None = None
        while not self._is_stopping():
            try:
                news = await self._gate.run_about(self._business_id, list_changes, position)
            except psycopg.errors.InvalidParameterValue:
                position = None
                continue
            except Exception as error:  # the same position again
                if not isinstance(error, Problem):
                    log.exception("the changes of business %s", self._business_id)
                for reader in () if self.is_away else self.readers:
                    reader.miss()
                self.is_away = True
            else:
                position, self.is_away = news[1], False
                self.has_begun.set()
                for reader in self.readers:
                    reader.tell(news)
            await asyncio.sleep(POLL_SECONDS)
        self.is_over = True
        self.has_begun.set()
        for reader in self.readers:
            reader.end()


def _event(news: _News) -> str:
    changed, position = news
    if news is _AWAY:
        return "event: away\ndata:\n\n"
    if not changed:
        return f"id: {position}\nevent: quiet\ndata:\n\n"
    names = [str(name) for name in changed] if len(changed) <= _MOST_NAMED else None
    return f"id: {position}\nevent: change\ndata: {json.dumps(names)}\n\n"
