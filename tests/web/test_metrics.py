"""GET /metrics: what the server did and what waits, for Prometheus."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from onethread.web import create_app
from tests.cli.commands import BAILEYS
from tests.conftest import Connection, add_login, insert
from tests.privacy.scene import PHONE
from tests.web.conftest import API, BEARER, LOCAL, SETTINGS

TOKEN = "metrics-token"
MONITOR = {"Authorization": f"Bearer {TOKEN}"}
WITH_TOKEN = replace(SETTINGS, metrics_token=TOKEN, auth_token=TOKEN)

Samples = dict[tuple[str, ...], float]


@pytest.fixture
def client(database: str, committed: Connection) -> Iterator[TestClient]:
    """An HTTP client of an application that may be asked for metrics."""
    with TestClient(create_app(database, WITH_TOKEN)) as client:
        yield client


def read(client: TestClient) -> Samples:
    """(name, label values in the order of the labels' names) to value."""
    response = client.get("/metrics", headers=MONITOR)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("text/plain")
    return {
        (sample.name, *(sample.labels[name] for name in sorted(sample.labels))): sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    }


def post(client: TestClient, body: bytes, provider: str = "baileys") -> Any:
    response = client.post(f"/webhooks/{provider}/1", content=body, headers=BEARER)
    assert response.status_code == 200, response.text
    return response.json()


def test_intake_is_counted_by_provider_when_webhooks_come(client: TestClient) -> None:
    bodies = [*BAILEYS.read_bytes().splitlines(), b"{broken"]
    answers = [post(client, body) for body in [*bodies, *bodies] if body.strip()]
    samples = read(client)
    for kind in ("messages", "duplicates", "events", "evidence", "ignored", "unread"):
        expected = sum(answer[kind] for answer in answers)
        assert samples.get(("onethread_intake_rows_total", kind, "baileys"), 0) == expected
    assert samples["onethread_intake_rows_total", "messages", "baileys"] > 0
    assert samples["onethread_intake_payloads_total", "rejected", "baileys"] == 2
    assert samples["onethread_intake_payloads_total", "taken", "baileys"] == len(answers) - 2


def test_time_is_counted_by_route_when_answered(client: TestClient) -> None:
    address = "/api/v1/thread/{address:path}"
    for _ in range(3):
        client.get("/api/v1/thread/0501234567?business_id=1", headers=API)
    client.get("/api/v1/thread/0501234567?business_id=1")
    client.get("/no/such/place")
    client.get("/inbox/1/conversation/77", auth=("agent", TOKEN))
    post(client, b"{}")
    samples = read(client)
    assert samples["onethread_request_seconds_count", address, "404"] == 3
    assert samples["onethread_request_seconds_count", address, "401"] == 1
    assert samples["onethread_request_seconds_count", "none", "404"] == 1
    inbox = "/inbox/{business_id:int}/conversation/{conversation_id:int}"
    assert samples["onethread_request_seconds_count", inbox, "404"] == 1
    webhooks = "/webhooks/{provider}/{business_id}"
    assert samples["onethread_request_seconds_count", webhooks, "200"] == 1
    assert not [key for key in samples if any("0501234567" in part for part in key)]


def test_what_waits_is_counted_when_asked(client: TestClient, committed: Connection) -> None:
    names = [
        f"onethread_{name}"
        for name in (
            "pending_evidence",
            "unlinked_messages",
            "open_rejects",
            "open_conflicts",
            "unfinished_erasures",
        )
    ]
    before = read(client)
    assert [before[name,] for name in names] == [0] * 5

    post(client, b"{broken")
    insert(committed, 1, "inbound", address="nobody")
    for lid in ("1@lid", "2@lid"):
        insert(committed, 1, "inbound", address=lid, contact_aliases=[PHONE])
    committed.execute("update whatsapp_identity_evidence set applied_at = null")
    committed.execute("insert into onethread.erasure (business_id) values (1)")
    after = read(client)
    assert [after[name,] for name in names] == [2, 1, 1, 1, 1]


def test_rows_of_every_writer_are_counted_when_asked(
    client: TestClient, committed: Connection
) -> None:
    committed.execute("set track_functions = 'pl'")
    for address in (PHONE, PHONE, "+972507654321"):
        insert(committed, 1, "inbound", address=address)
    committed.execute("select pg_stat_force_next_flush()")
    samples = read(client)
    assert samples["onethread_inserted_rows_total", "whatsapp_message"] == 3
    assert samples["onethread_inserted_rows_total", "whatsapp_conversation"] == 2
    assert samples["onethread_function_calls_total", "link_message_trigger"] == 3
    assert samples["onethread_function_calls_total", "welcome_person"] == 1  # digits alone,
    assert samples["onethread_function_calls_total", "resolve_message"] == 1  # and with a +


@pytest.mark.parametrize(
    ("group", "is_told"), [("pg_read_all_data", False), ("onethread_app", True)]
)
def test_waiting_is_told_when_role_may_ask_about_every_business(
    database: str, committed: Connection, group: str, is_told: bool
) -> None:
    """Else a zero would say that all is well."""
    insert(committed, 1, "inbound", address="nobody")
    role = f"monitor_{uuid.uuid4().hex[:12]}"
    add_login(committed, role, group)
    try:
        url = psycopg.conninfo.make_conninfo(database, user=role)
        with TestClient(create_app(url, WITH_TOKEN)) as client:
            samples = read(client)
    finally:
        committed.execute(f"drop role {role}")
    assert samples["onethread_database_up",] == 1
    assert samples.get(("onethread_unlinked_messages",)) == (1 if is_told else None)


def test_metrics_are_there_when_the_database_is_not() -> None:
    url = "postgresql://nobody@/nothing?host=/nowhere"
    settings = replace(WITH_TOKEN, pool_seconds=0.2)
    with TestClient(create_app(url, settings)) as client:
        assert client.get("/healthz").status_code == 503
        samples = read(client)
    assert samples["onethread_database_up",] == 0
    assert samples["onethread_request_seconds_count", "/healthz", "503"] == 1


@pytest.mark.parametrize("headers", [{}, API, BEARER, {"Authorization": "Bearer x"}])
def test_metrics_are_refused_when_token_is_wrong(
    client: TestClient, headers: dict[str, str]
) -> None:
    assert client.get("/metrics", headers=headers).status_code == 401


def test_metrics_are_refused_when_no_token_is_set(database: str, committed: Connection) -> None:
    with TestClient(create_app(database, SETTINGS)) as client:
        assert client.get("/metrics", headers=MONITOR).status_code == 401
    with TestClient(create_app(database, replace(SETTINGS, is_insecure=True)), LOCAL) as client:
        assert client.get("/metrics").status_code == 200
