"""What many pages ask at the same moment is asked once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, TypeVar
from weakref import WeakValueDictionary

_Result = TypeVar("_Result")


class Joint:
    """All open pages hear of a change at once, and ask for the same lines.

    Whoever asks while the same is being asked is not answered by that: what they have just done may
    be newer. They wait for the next time, all of them together.
    """

    def __init__(self) -> None:
        self._waiting: dict[Hashable, asyncio.Task[Any]] = {}
        self._turns: WeakValueDictionary[Hashable, asyncio.Lock] = WeakValueDictionary()

    async def ask(self, key: Hashable, work: Callable[[], Awaitable[_Result]]) -> _Result:
        """What `work` returns, begun after this was called; work() of the same key is the same."""
        asking = self._waiting.get(key)
        if asking is None:
            asking = self._waiting[key] = asyncio.create_task(self._take_turn(key, work))
        # Whoever goes away leaves it to the others.
        result: _Result = await asyncio.shield(asking)
        return result

    async def _take_turn(self, key: Hashable, work: Callable[[], Awaitable[_Result]]) -> _Result:
        turn = self._turns.setdefault(key, asyncio.Lock())
        async with turn:
            del self._waiting[key]
            return await work()
