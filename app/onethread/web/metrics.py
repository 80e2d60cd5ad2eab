"""GET /metrics in Prometheus's format: what this process did, and what the database says.

Nothing is counted while a message is written: what is not known here is read from PostgreSQL's own
statistics, and from small indexes, when it is asked for.
"""

from __future__ import annotations

import os
import time
from collections import Counter as Counts
from collections.abc import Iterable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

import psycopg
from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from psycopg.rows import dict_row
from starlette.types import ASGIApp, Receive, Scope, Send

from onethread.database.shards import ask_each_shard
from onethread.intake.store import IntakeResult
from onethread.web.credentials import has_secret
from onethread.web.gate import Gate
from onethread.web.problem import Problem
from onethread.web.settings import Settings

# What opens it, for the description.
SCHEMES = {
    "metricsToken": {
        "type": "http",
        "scheme": "bearer",
        "description": "ONETHREAD_METRICS_TOKEN of the server",
    }
}

# Counted no further: a count that goes on for ever says no more, and costs.
_COUNT_LIMIT = 10_000

# From the cumulative statistics: rows inserted by whatever writer, since they were last reset.
_INSERTED = """
select relname, n_tup_ins
from pg_stat_user_tables
where schemaname in ('public', 'onethread')
  and relname = any (array[
    'whatsapp_message', 'whatsapp_message_event', 'whatsapp_conversation',
    'whatsapp_conversation_merge', 'whatsapp_identity_conflict'])
"""

# How messages were linked, when the server counts calls (track_functions = pl):
# link_message_trigger for each message, welcome_person for phones that are new, resolve_message for
# those that took the long way, join_identities for joins.
_CALLED = """
select funcname, calls
from pg_stat_user_functions
where schemaname in ('public', 'onethread')
  and funcname = any (array[
    'link_message_trigger', 'welcome_person', 'resolve_message', 'join_identities'])
"""

# For the owner, and for the application's role, which sees one business at a time.
_MAY_COUNT = "select has_function_privilege('onethread.count_waiting(int)', 'execute')"


class Metrics:
    """Counts of this process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._rows = Counter(
            "onethread_intake_rows",
            "What webhooks brought: messages, duplicates, unlinked, events, evidence, ignored, "
            "unread, foreign",
            ["provider", "kind"],
            registry=self.registry,
        )
        self._payloads = Counter(
            "onethread_intake_payloads",
            "Webhooks that were stored: taken, or rejected (kept for a replay)",
            ["provider", "outcome"],
            registry=self.registry,
        )
        self._batch = Histogram(
            "onethread_batch_payloads",
            "Webhooks that were stored at once: shared, or alone (of a business in others' way)",
            ["lane"],
            buckets=(1, 2, 5, 10, 20, 50, 100),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "onethread_request_seconds",
            "Time from a request to the beginning of its answer",
            ["route", "status"],
            registry=self.registry,
        )

    def text(self) -> bytes:
        """In Prometheus's format; of all processes, when there are several."""
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            return generate_latest(self.registry)
        together = CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        return generate_latest(together)

    def count_intake(self, provider: str, result: IntakeResult) -> None:
        """Counts one payload."""
        self._payloads.labels(provider, "rejected" if result.rejected else "taken").inc()
        for kind, count in (
            ("messages", result.messages),
            ("duplicates", result.duplicates),
            ("unlinked", result.unlinked),
            ("events", result.events),
            ("evidence", result.evidence),
            ("ignored", result.ignored.total()),
            ("unread", result.unread.total()),
            ("foreign", result.foreign),
        ):
            if count:
                self._rows.labels(provider, kind).inc(count)

    def count_batch(self, lane: str, size: int) -> None:
        """Counts webhooks that go in together."""
        self._batch.labels(lane).observe(size)

    def time_request(self, route: str, status: int, seconds: float) -> None:
        """Counts one answer."""
        self._seconds.labels(route, str(status)).observe(seconds)


class TimeRequests:
    """ASGI middleware: the time of every answer, by route."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started_at = time.perf_counter()

        async def send_timed(message: MutableMapping[str, Any]) -> None:
            # When it begins: a stream of events has no end.
            if message["type"] == "http.response.start":
                self._metrics.time_request(
                    _route(scope), message["status"], time.perf_counter() - started_at
                )
            await send(message)

        await self._app(scope, receive, send_timed)


def _route(scope: Scope) -> str:
    """The template, not the address: that would be one series for each person."""
    path = getattr(scope.get("route"), "path", None)
    return "none" if path is None else scope.get("root_path", "") + path


def metrics_router(settings: Settings, gate: Gate, metrics: Metrics) -> APIRouter:
    """The route that Prometheus asks."""
    router = APIRouter(tags=["monitoring"])

    @router.get(
        "/metrics",
        response_class=Response,
        responses={401: {"description": "The token is missing or wrong"}},
        openapi_extra={"security": [{name: []} for name in SCHEMES]},
    )
    async def read(request: Request) -> Response:
        """Counts and times of this process, and what waits in the database."""
        if not has_secret(settings.metrics_token, request.headers, settings.is_insecure):
            raise Problem(401, "Authorization: Bearer ONETHREAD_METRICS_TOKEN is missing or wrong")
        try:
            database = await gate.run(_read_database)
        except Problem:  # busy, or not there
            database = _Database()
        snapshot = CollectorRegistry()
        snapshot.register(database)
        return Response(
            metrics.text() + generate_latest(snapshot),
            media_type=CONTENT_TYPE_LATEST,
        )

    return router


@dataclass(eq=False)
class _Database:
    """What the database said, as a collector."""

    is_up: bool = False
    inserted: dict[str, int] = field(default_factory=dict)
    called: dict[str, int] = field(default_factory=dict)
    waiting: dict[str, int] = field(default_factory=dict)
    """Empty for a role that may not ask about every business."""

    def collect(self) -> Iterable[Metric]:
        yield GaugeMetricFamily(
            "onethread_database_up", "1: the database answered", int(self.is_up)
        )
        yield _counter(
            "onethread_inserted_rows",
            "Rows inserted, by whatever writer",
            "table",
            self.inserted,
        )
        yield _counter(
            "onethread_function_calls",
            "Calls by which messages were linked; needs track_functions",
            "function",
            self.called,
        )
        for name, count in self.waiting.items():
            yield GaugeMetricFamily(
                f"onethread_{name}", f"{name.replace('_', ' ')}, at most {_COUNT_LIMIT}", count
            )


def _counter(name: str, text: str, label: str, values: dict[str, int]) -> CounterMetricFamily:
    family = CounterMetricFamily(name, text, labels=[label])
    for value, count in values.items():
        family.add_metric([value], count)
    return family


def _read_database(connection: psycopg.Connection[Any]) -> _Database:
    """What all servers say together."""

    def ask() -> tuple[dict[str, int], ...]:
        return (
            dict(connection.execute(_INSERTED).fetchall()),
            dict(connection.execute(_CALLED).fetchall()),
            _count_waiting(connection),
        )

    missing: list[str] = []
    total = (Counts[str](), Counts[str](), Counts[str]())
    for _, answer in ask_each_shard(connection, ask, missing):
        for counts, found in zip(total, answer, strict=True):
            counts.update(found)
    return _Database(not missing, *total)


def _count_waiting(connection: psycopg.Connection[Any]) -> dict[str, int]:
    if connection.execute(_MAY_COUNT).fetchone() != (True,):
        return {}
    with connection.cursor(row_factory=dict_row) as cursor:
        [counts] = cursor.execute("select * from onethread.count_waiting(%s)", [_COUNT_LIMIT])
    return counts
