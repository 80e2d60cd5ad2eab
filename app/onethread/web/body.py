"""How the body of a request is read: in time, as large as it may be, and memory for all of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import anyio.to_thread
from starlette.requests import ClientDisconnect, Request

from onethread.web.claim import Claim, Proven
from onethread.web.cutter import LONGEST_TEXT, FileCutter
from onethread.web.problem import Problem
from onethread.web.settings import Settings

# A body that is not counted: so much every connection may hold.
_SMALL = 65_536
# Cut in a thread, so much at a time.
_PART = 1_000_000


@dataclass
class Body:
    """What was read."""

    content: bytes
    is_cut: bool = False
    """It was over the limit, and the files in it were left out."""


class BodyReader:
    """Reads bodies, and knows how much of them is held."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._held = 0

    @asynccontextmanager
    async def read(self, request: Request, limit: int, claim: Claim) -> AsyncIterator[Body]:
        """The body, which is counted as held until the block ends; the claim sees what arrives.

        One that is over the limit goes in without its files, when its header has proved whose it
        is: nobody else can make the server look into what he sends.

        Raises:
            Problem: 413 too large, 408 too slow, 503 too much is held.
        """
        can_cut = isinstance(claim, Proven)
        most = max(self._settings.max_cut_bytes, limit) if can_cut else limit
        length = request.headers.get("content-length", "")
        if length.isascii() and length.isdigit() and int(length[:20]) > most:
            raise _too_large(limit)
        holding = _Holding(self)
        try:
            async with asyncio.timeout(self._settings.body_seconds):
                body = await self._read(request, limit, most, claim, holding)
            yield body
        except TimeoutError:
            raise Problem(408, "the body did not arrive in time") from None
        finally:
            holding.grow(0)

    async def _read(
        self, request: Request, limit: int, most: int, claim: Claim, holding: _Holding
    ) -> Body:
        content = bytearray()
        cutter: FileCutter | None = None
        size = 0
        try:
            async for chunk in request.stream():
                claim.update(chunk)
                content += chunk
                size += len(chunk)
                if size > most:
                    raise _too_large(limit)
                if size > limit and (cutter is None or len(content) >= _PART):
                    cutter = cutter or FileCutter()
                    await anyio.to_thread.run_sync(cutter.feed, content)
                    content = bytearray()
                    if len(cutter.kept) > limit + LONGEST_TEXT:
                        raise _too_large(limit)
                holding.grow(len(content) + (len(cutter.kept) if cutter else 0))
        except ClientDisconnect:
            raise Problem(400, "the connection was closed before the body had arrived") from None
        if cutter is None:
            return Body(bytes(content))
        await anyio.to_thread.run_sync(cutter.feed, content)
        if len(cutter.kept) > limit:
            raise _too_large(limit)
        return Body(bytes(cutter.kept), is_cut=True)

    def hold(self, more: int) -> None:
        """Counts bytes that are held from now on; raises Problem 503 when it is too much."""
        if more > 0 and self._held + more > self._settings.max_unanswered_bytes:
            raise Problem(503, "busy: too much is being read", retry_after=5)
        self._held += more


class _Holding:
    """What one body holds."""

    def __init__(self, reader: BodyReader) -> None:
        self._reader = reader
        self._size = 0

    def grow(self, size: int) -> None:
        """It is so large now; small ones are not counted."""
        counted = size if size > _SMALL else 0
        self._reader.hold(counted - self._size)
        self._size = counted


def _too_large(limit: int) -> Problem:
    return Problem(
        413,
        f"the body has more than {limit} bytes",
        "ONETHREAD_MAX_BODY_MB raises the limit, ONETHREAD_MAX_BODY_MB_EVOLUTION that of one "
        "provider.",
    )
