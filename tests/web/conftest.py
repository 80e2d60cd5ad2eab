"""Fixtures: the application on a database of the test's own, with business 1."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from fastapi.testclient import TestClient

from onethread.intake.store import IntakeResult
from onethread.intake.take import take_files
from onethread.web import Settings, create_app
from tests.conftest import Connection

API_TOKEN = "api-token"
SECRET = "webhook-secret"
SETTINGS = Settings(
    meta_app_secret="meta-secret",
    meta_verify_token="meta-token",
    waha_hmac_key="waha-key",
    webhook_secret=SECRET,
    api_token=API_TOKEN,
    max_body_bytes=100_000,
    pool_seconds=2,
)
BEARER = {"Authorization": f"Bearer {SECRET}"}
BAILEYS = "/webhooks/baileys/1"
API = {"Authorization": f"Bearer {API_TOKEN}"}


@pytest.fixture
def committed(database: str) -> Iterator[Connection]:
    """An autocommit connection to the database that the server uses, with business 1."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("insert into business (name, default_region) values ('Clinic', 'IL')")
        yield connection


@pytest.fixture
def client(database: str, committed: Connection) -> Iterator[TestClient]:
    """An HTTP client of the application."""
    with TestClient(create_app(database, SETTINGS)) as client:
        yield client


class Way:
    """A way of giving payloads to business 1: a POST each, or one file."""

    def __init__(self, client: TestClient, connection: Connection, folder: Path, name: str) -> None:
        self._client = client
        self._connection = connection
        self._path = folder / "payloads.jsonl"
        self._is_served = name == "serve"

    def take(self, *payloads: str) -> None:
        if self._is_served:
            for payload in payloads:
                assert self._client.post(BAILEYS, content=payload, headers=BEARER).is_success
        else:
            self.ingest(*payloads)

    def ingest(self, *payloads: str) -> IntakeResult:
        self._path.write_text("\n".join(payloads))
        return take_files(self._connection, 1, "baileys", [str(self._path)])


@pytest.fixture(params=["serve", "ingest"])
def way(
    request: pytest.FixtureRequest, client: TestClient, committed: Connection, tmp_path: Path
) -> Way:
    return Way(client, committed, tmp_path, request.param)


@pytest.fixture
def files(client: TestClient, committed: Connection, tmp_path: Path) -> Way:
    return Way(client, committed, tmp_path, "ingest")
