"""The application and the process that serves it."""

from __future__ import annotations

import gc
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import psycopg
import uvicorn
from fastapi import FastAPI
from fastapi.responses import RedirectResponse
from psycopg_pool import ConnectionPool

from onethread import __version__
from onethread.database.config import session_options, shard_names
from onethread.database.tenant import forget_business
from onethread.web.admission import Admission
from onethread.web.api.access import Api
from onethread.web.api.conversations import conversation_router
from onethread.web.api.description import describe, description_router
from onethread.web.api.identity import identity_router
from onethread.web.api.messages import message_router
from onethread.web.api.shortcut import WebhookShortcut
from onethread.web.api.webhooks import WebhookReceiver, webhook_router
from onethread.web.body import BodyReader
from onethread.web.connections import timed_protocol
from onethread.web.gate import Gate
from onethread.web.inbox.app import inbox_app
from onethread.web.line import Line
from onethread.web.metrics import Metrics, TimeRequests, metrics_router
from onethread.web.pending import PendingEvidence
from onethread.web.problem import answer_with_problems
from onethread.web.settings import Settings
from onethread.web.workers import run_workers

_GARBAGE_THRESHOLD = 20_000
_TURN_SECONDS = 0.001

_DESCRIPTION = "Webhooks of WhatsApp providers in, one thread per person out."


def create_app(
    url: str, settings: Settings, is_stopping: Callable[[], bool] = lambda: False
) -> FastAPI:
    """The ASGI application on a migrated database.

    Args:
        is_stopping: whether streams without an end have to end now.
    """
    pool = _pool(url, settings)
    unchecked = _pool(url, settings, is_checked=False)
    gate = Gate(settings, pool, unchecked)
    metrics = Metrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        pool.open()
        unchecked.open()
        try:
            async with PendingEvidence(settings, pool).running():
                yield
        finally:
            pool.close()
            unchecked.close()

    app = FastAPI(
        title="Onethread",
        description=_DESCRIPTION,
        version=__version__,
        lifespan=lifespan,
        # They would be open to everybody, and their pages load scripts from somebody else's server.
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        # The names of what a generated client calls.
        generate_unique_id_function=lambda route: route.name,
    )
    answer_with_problems(app)
    admission = Admission(settings, gate)
    bodies = BodyReader(settings)
    line = Line(settings, gate, metrics)
    webhooks = WebhookReceiver(settings, gate, admission, bodies, line, metrics)
    app.include_router(webhook_router(admission, webhooks))
    app.add_middleware(WebhookShortcut, webhooks=webhooks)
    app.add_middleware(TimeRequests, metrics=metrics)
    api = Api(settings, gate)
    app.include_router(conversation_router(api))
    app.include_router(message_router(settings, api, bodies))
    app.include_router(identity_router(api))
    app.include_router(metrics_router(settings, gate, metrics))
    app.include_router(description_router(settings, lambda: describe(app)))

    app.mount("/inbox", inbox_app(settings, gate, is_stopping))

    @app.get("/", include_in_schema=False)
    async def show_the_way() -> RedirectResponse:
        return RedirectResponse("/inbox/")

    @app.get("/healthz", responses={503: {"description": "The database cannot be reached"}})
    async def healthz() -> dict[str, str]:
        """200 when the database answers."""
        await gate.run(_ping)
        return {"status": "ok"}

    return app


def serve(url: str, settings: Settings, host: str, port: int, workers: int = 1) -> None:
    """Serves until it is told to stop; requests in progress are finished first.

    Args:
        workers: processes, each with connections of its own.
    """
    if settings.is_insecure:
        print(
            "WARNING: --insecure: what has no secret is open to everybody who can reach "
            f"{host}:{port}. Anybody can write messages and read threads. Not for production.",
            file=sys.stderr,
            flush=True,
        )
    if workers == 1:
        _serve(url, settings, host, port)
        return
    listener = uvicorn.Config("", host=host, port=port).bind_socket()
    with listener:
        run_workers(workers, lambda: _serve(url, settings, host, port, listener))


def _serve(
    url: str, settings: Settings, host: str, port: int, listener: socket.socket | None = None
) -> None:
    config = uvicorn.Config(
        create_app(url, settings, lambda: server.should_exit),
        host=host,
        port=port,
        # Meta's verification has the token in its address: no access log.
        access_log=False,
        server_header=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=30,
        http=timed_protocol(settings.header_seconds),
        # A last bound on connections; the gate answers long before, with Retry-After.
        limit_concurrency=1000,
    )
    server = uvicorn.Server(config)
    _settle_interpreter()
    # uvicorn raises again, in the end, what told it to stop: it has shut down in order by then.
    signal.signal(signal.SIGTERM, lambda number, frame: None)
    with suppress(KeyboardInterrupt):
        server.run([listener] if listener else None)


def _settle_interpreter() -> None:
    """For a process that makes and drops many small objects, one of whose threads waits for the
    database: a tenth of its time was spent looking for garbage, and the thread that had an answer
    of the database waited 5 ms for its turn, several times for each batch."""
    gc.collect()
    gc.freeze()  # what is there now stays
    gc.set_threshold(_GARBAGE_THRESHOLD)
    sys.setswitchinterval(_TURN_SECONDS)


def _pool(url: str, settings: Settings, *, is_checked: bool = True) -> ConnectionPool:
    """Connections; one that is not checked is for what sets its business itself, and comes again
    when the connection was lost."""

    def configure(connection: psycopg.Connection[Any]) -> None:
        milliseconds = int(settings.statement_seconds * 1000)
        connection.execute(f"set statement_timeout = {milliseconds}")
        connection.execute(f"set idle_in_transaction_session_timeout = {2 * milliseconds}")

    return ConnectionPool(
        url,
        kwargs={"connect_timeout": 5, **session_options()},
        configure=configure,
        reset=forget_business if is_checked else None,
        check=ConnectionPool.check_connection if is_checked else None,
        min_size=1,
        max_size=settings.pool_size + 1 if is_checked else 1,  # one to apply pending evidence
        timeout=settings.pool_seconds,
        reconnect_timeout=5,
        open=False,
    )


def _ping(connection: psycopg.Connection[Any]) -> None:
    if shard_names():  # the router knows how each is; a "select" for none in particular it refuses
        return
    connection.execute("select")
