"""Fixtures: the application on a database of the test's own, with business 1."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from fastapi.testclient import TestClient

from onethread.intake.store import IntakeResult
from onethread.intake.take import take_files
from onethread.web import Settings, create_app
from onethread.web.keys import WebhookKeys
from tests.conftest import Connection

API_TOKEN = "api-token-of-the-tests"
SECRET = "webhook-secret-of-the-tests"
META_SECRET = "meta-secret-of-the-tests"
META_TOKEN = "meta-verify-token-of-the-tests"
WAHA_KEY = "waha-key-of-the-tests"
KEYS = {
    "META_APP_SECRET": (META_SECRET,),
    "META_VERIFY_TOKEN": (META_TOKEN,),
    "WAHA_HMAC_KEY": (WAHA_KEY,),
    "WEBHOOK_SECRET": (SECRET,),
}
SETTINGS = Settings(
    keys=WebhookKeys(KEYS),
    api_token=API_TOKEN,
    max_body_bytes=100_000,
    pool_seconds=2,
    missed_secret_seconds=0,
)
BEARER = {"Authorization": f"Bearer {SECRET}"}
# What is open without a secret is so only to this machine.
LOCAL = "http://127.0.0.1"
BAILEYS = "/webhooks/baileys/1"
API = {"Authorization": f"Bearer {API_TOKEN}"}


def with_keys(settings: Settings, **keys: str | None) -> Settings:
    """Settings with other common keys: None takes one away."""
    changed = {name: (value,) for name, value in keys.items() if value}
    kept = {name: values for name, values in settings.keys.by_name.items() if name not in keys}
    return replace(settings, keys=replace(settings.keys, by_name=kept | changed))


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
