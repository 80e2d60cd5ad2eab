"""The line in which webhooks wait to be stored, many at once.

One drain stores what has come of all businesses, each in turn, in one transaction; while it is at
it more comes, and nobody waits where there is nothing to wait for. A business that is in the way of
the others (somebody holds its people, the database refuses a row of its) is drained by itself for a
moment. What a business brings is stored in the order in which it came.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass, field

from onethread.database.failures import SERVER_FAILURES
from onethread.intake.shared import OwnAccounts
from onethread.intake.store import IntakeResult
from onethread.intake.together import MAX_LENGTH, Delivery, store_alone, store_together
from onethread.web.gate import Gate
from onethread.web.metrics import Metrics
from onethread.web.problem import Problem
from onethread.web.settings import Settings

_MOST = 100
_ALONE_SECONDS = 2.0


@dataclass(eq=False)
class _Waiting:
    """One in the line."""

    delivery: Delivery
    answer: asyncio.Future[IntakeResult] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class Line:
    """Takes deliveries, and answers each when it is stored."""

    def __init__(self, settings: Settings, gate: Gate, metrics: Metrics) -> None:
        self._seconds = settings.pool_seconds
        self._gate = gate
        self._own = OwnAccounts(settings.secrets_seconds)
        self._metrics = metrics
        self._queues: dict[int, deque[_Waiting]] = {}
        self._alone_until: dict[int, float] = {}
        self._at_work: set[int] = set()
        self._lanes = asyncio.Semaphore(max(settings.pool_size // 2, 1))
        self._drains: set[asyncio.Task[None]] = set()
        self._is_draining = False

    async def take(self, delivery: Delivery) -> IntakeResult:
        """What became of it; it is stored then.

        Raises:
            UnknownBusiness, NothingOwn: see take_payload().
            Problem: 503, the database cannot answer, or it was not its turn in time.
        """
        waiting = _Waiting(delivery)
        self._queues.setdefault(delivery.business_id, deque()).append(waiting)
        patience = asyncio.get_running_loop().call_later(self._seconds, self._give_up, waiting)
        self._start()
        try:
            return await waiting.answer
        finally:
            patience.cancel()
            if waiting.answer.cancelled():
                self._leave(waiting)

    def _give_up(self, waiting: _Waiting) -> None:
        if self._leave(waiting):
            problem = Problem(503, "busy: it was not its turn in time", retry_after=5)
            _answer(waiting, problem)

    def _leave(self, waiting: _Waiting) -> bool:
        """Whether it was still in the line."""
        business_id = waiting.delivery.business_id
        queue = self._queues.get(business_id, deque())
        if waiting not in queue:
            return False
        queue.remove(waiting)
        if not queue:
            del self._queues[business_id]
        return True

    def _start(self) -> None:
        """Sees to it that somebody comes for each that waits."""
        now = time.monotonic()
        for business_id in list(self._queues):
            if business_id in self._at_work:
                continue
            if self._alone_until.get(business_id, 0.0) > now:
                self._at_work.add(business_id)
                self._run(self._drain_one(business_id))
            elif not self._is_draining:
                self._is_draining = True
                self._run(self._drain())

    def _run(self, drain: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(drain)
        self._drains.add(task)
        task.add_done_callback(self._drains.discard)

    async def _drain(self) -> None:
        """Stores what waits, until nobody does."""
        try:
            while batch := self._next_batch():
                businesses = {each.delivery.business_id for each in batch}
                self._at_work |= businesses
                await self._store("shared", batch)
                self._at_work -= businesses
                self._put_back([each for each in batch if not each.answer.done()])
                self._start()
        finally:
            self._is_draining = False

    async def _drain_one(self, business_id: int) -> None:
        """Stores what waits of a business that is in the way of others."""
        async with self._lanes:
            while queue := self._queues.get(business_id):
                batch = _take_from([queue])
                if not queue:
                    del self._queues[business_id]
                await self._store("alone", batch)
                if self._alone_until.get(business_id, 0.0) < time.monotonic():
                    self._alone_until.pop(business_id, None)
                    break
        self._at_work.discard(business_id)
        self._start()

    def _next_batch(self) -> list[_Waiting]:
        now = time.monotonic()
        ready = [
            queue
            for business_id, queue in self._queues.items()
            if business_id not in self._at_work and self._alone_until.get(business_id, 0.0) <= now
        ]
        batch = _take_from(ready)
        for each in batch:
            business_id = each.delivery.business_id
            # Who could not bring all is the last one next time.
            if queue := self._queues.pop(business_id, None):
                self._queues[business_id] = queue
        return batch

    def _put_back(self, batch: Iterable[_Waiting]) -> None:
        """What was not stored with the others goes by itself, before what came later."""
        until = time.monotonic() + _ALONE_SECONDS
        for each in reversed(list(batch)):
            business_id = each.delivery.business_id
            self._queues.setdefault(business_id, deque()).appendleft(each)
            self._alone_until[business_id] = until

    async def _store(self, lane: str, batch: list[_Waiting]) -> None:
        self._metrics.count_batch(lane, len(batch))
        deliveries = [each.delivery for each in batch]
        failure: Exception | None = None
        try:
            if lane == "shared":
                await self._gate.run_at_once(store_together, deliveries, self._own)
            else:
                await self._gate.run(store_alone, deliveries)
        except Exception as error:
            failure = error
        for each in batch:
            outcome = each.delivery.outcome or failure
            if outcome is not None:
                _answer(each, outcome)


def _take_from(queues: list[deque[_Waiting]]) -> list[_Waiting]:
    """A batch: so many, and so long, of each queue one in turn."""
    batch: list[_Waiting] = []
    length = 0
    while queues and len(batch) < _MOST and length < MAX_LENGTH:
        for queue in queues[: _MOST - len(batch)]:
            each = queue.popleft()
            length += len(each.delivery.text)
            batch.append(each)
        queues = [queue for queue in queues if queue]
    return batch


def _answer(waiting: _Waiting, outcome: IntakeResult | BaseException) -> None:
    if waiting.answer.done():  # nobody waits for it any more
        return
    if isinstance(outcome, IntakeResult):
        waiting.answer.set_result(outcome)
        return
    if isinstance(outcome, SERVER_FAILURES):
        problem = Problem(503, "the database cannot answer now", retry_after=10)
        problem.__cause__ = outcome
        outcome = problem
    waiting.answer.set_exception(outcome)
