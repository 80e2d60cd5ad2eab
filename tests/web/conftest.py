"""Fixtures: the application on a database of the test's own, with business 1."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from fastapi.testclient import TestClient

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
