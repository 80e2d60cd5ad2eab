"""A database that is down or slow, and too many requests: 503, and nothing is lost."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from fastapi import Request
from fastapi.testclient import TestClient

from onethread.web import create_app
from onethread.web.body import BodyReader
from onethread.web.claim import Proven
from onethread.web.problem import Problem
from tests.cli.test_ingest import upsert
from tests.conftest import Connection
from tests.web.conftest import API, BEARER, SETTINGS
from tests.web.test_webhooks import BAILEYS, count


def test_answer_is_503_when_the_database_is_down(tmp_path: Any) -> None:
    url = f"postgresql://postgres@/x?host={tmp_path}"
    with TestClient(create_app(url, replace(SETTINGS, pool_seconds=0.2))) as client:
        for answer in (
            client.post(BAILEYS, json=upsert("1", "x"), headers=BEARER),
            client.get("/api/v1/thread/1?business_id=1", headers=API),
            client.get("/healthz"),
        ):
            assert answer.status_code == 503
            assert int(answer.headers["Retry-After"]) > 0


def test_messages_go_in_when_the_database_has_come_back(
    client: TestClient, committed: Connection
) -> None:
    assert client.post(BAILEYS, json=upsert("1", "x"), headers=BEARER).status_code == 200
    committed.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity "
        "where pid <> pg_backend_pid() and datname = current_database()"
    )
    assert client.post(BAILEYS, json=upsert("2", "x"), headers=BEARER).status_code == 200
    assert count(committed) == 2


def test_unknown_secret_is_not_refused_when_the_database_cannot_be_asked(
    database: str, committed: Connection
) -> None:
    settings = replace(SETTINGS, statement_seconds=0.3)
    other = {"Authorization": "Bearer perhaps-it-was-just-added"}
    with TestClient(create_app(database, settings)) as client:
        assert client.post(BAILEYS, json=upsert("1", "x"), headers=other).status_code == 401
        with psycopg.connect(database) as blocker:
            blocker.execute("lock table onethread.webhook in access exclusive mode")
            answer = client.post(BAILEYS, json=upsert("1", "x"), headers=other)
            assert (answer.status_code, int(answer.headers["Retry-After"]) > 0) == (503, True)
            assert client.post(BAILEYS, json=upsert("2", "x"), headers=BEARER).status_code == 200
        assert client.post(BAILEYS, json=upsert("1", "x"), headers=other).status_code == 401
    assert count(committed) == 1


def test_answer_is_503_when_too_many_are_in_progress(database: str, committed: Connection) -> None:
    """A lock holds up the first two; the third is not let in, and all go in afterwards."""
    settings = replace(SETTINGS, max_waiting=2, pool_size=1)
    statuses: list[int] = []
    with TestClient(create_app(database, settings)) as client:

        def post(number: int) -> None:
            answer = client.post(BAILEYS, json=upsert(str(number), "x"), headers=BEARER)
            statuses.append(answer.status_code)

        with psycopg.connect(database) as blocker:
            blocker.execute("lock table whatsapp_message in exclusive mode")
            threads = [threading.Thread(target=post, args=[number]) for number in range(2)]
            for thread in threads:
                thread.start()
            deadline = time.monotonic() + 5
            busy = None
            while (busy is None or busy.status_code == 404) and time.monotonic() < deadline:
                time.sleep(0.05)
                if waiting(committed):
                    # An unknown business: should it be let in after all, it writes nothing.
                    busy = client.post("/webhooks/baileys/77", json={}, headers=BEARER)
            assert busy is not None and busy.status_code == 503
            assert int(busy.headers["Retry-After"]) > 0
            blocker.rollback()
        for thread in threads:
            thread.join()
    assert statuses == [200, 200]
    assert count(committed) == 2


def test_answer_is_503_when_no_connection_is_free_in_time(
    database: str, committed: Connection
) -> None:
    settings = replace(SETTINGS, pool_size=1, pool_seconds=0.3)
    with TestClient(create_app(database, settings)) as client:
        answers: list[int] = []
        assert client.post(BAILEYS, json=upsert("1", "x"), headers=BEARER).status_code == 200

        def read() -> None:
            path = "/api/v1/thread/972521110001?business_id=1"
            answers.append(client.get(path, headers=API).status_code)

        with psycopg.connect(database) as blocker:
            blocker.execute("lock table whatsapp_message in access exclusive mode")
            thread = threading.Thread(target=read)
            thread.start()
            deadline = time.monotonic() + 5
            while not waiting(committed) and time.monotonic() < deadline:
                time.sleep(0.02)
            assert client.get("/healthz").status_code == 503
            blocker.rollback()
        thread.join()
        assert answers == [200]
        assert client.get("/healthz").status_code == 200


def test_answer_is_408_when_the_body_does_not_arrive() -> None:
    async def never() -> Any:
        await asyncio.sleep(60)

    async def read() -> None:
        bodies = BodyReader(replace(SETTINGS, body_seconds=0.05))
        request = Request({"type": "http", "headers": [], "method": "POST"}, receive=never)
        with pytest.raises(Problem, match="in time") as raised:
            async with bodies.read(request, 1000, Proven(is_shared=False)):
                raise AssertionError("it was read")
        assert raised.value.status == 408

    asyncio.run(read())


def waiting(connection: Connection) -> bool:
    """Whether a session waits for the table."""
    query = "select from pg_locks where not granted"
    return connection.execute(query).rowcount > 0
