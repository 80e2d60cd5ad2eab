"""What is down hides nothing else: a server, a router."""

from __future__ import annotations

import json
from collections.abc import Iterator

import psycopg
import pytest
from fastapi.testclient import TestClient

import onethread
from onethread.database.business import add_business
from onethread.intake.webhooks import add_secret
from onethread.web import Settings, create_app
from onethread.web.keys import WebhookKeys
from tests.conftest import Connection
from tests.shards.running import NAMES, Running

API_TOKEN = "api-token-of-the-tests"
SETTINGS = Settings(
    keys=WebhookKeys({}), api_token=API_TOKEN, pool_seconds=3, secrets_seconds=0,
    missed_secret_seconds=0,
)  # fmt: skip
PAYLOAD = {
    "event": "messages.upsert",
    "data": {
        "type": "notify",
        "messages": [
            {
                "key": {"remoteJid": "972501234567@s.whatsapp.net", "fromMe": False, "id": "A1"},
                "message": {"conversation": "hello"},
                "messageTimestamp": 1_750_000_000,
            }
        ],
    },
}


@pytest.fixture
def client(running: Running) -> Iterator[TestClient]:
    """The application on the cluster."""
    with TestClient(create_app(running.router(), SETTINGS)) as client:
        yield client


def post(
    client: TestClient, business_id: int, secret: str, message_id: str, phone: str = "972501234567"
) -> int:
    text = json.dumps(PAYLOAD).replace("A1", message_id).replace("972501234567", phone)
    payload = json.loads(text)
    response = client.post(
        f"/webhooks/baileys/{business_id}",
        json=payload,
        headers={"Authorization": f"Bearer {secret}"},
    )
    assert response.status_code != 503 or "retry-after" in response.headers
    return response.status_code


def test_shard_that_is_down_stops_its_own_businesses(
    client: TestClient, running: Running, session: Connection, businesses: dict[str, int]
) -> None:
    secrets = {name: add_secret(session, businesses[name], "baileys") for name in NAMES}
    for name in NAMES:
        assert post(client, businesses[name], secrets[name], f"{name}A") == 200
    with running.down("two"):
        assert post(client, businesses["one"], secrets["one"], "oneB") == 200
        assert post(client, businesses["two"], secrets["two"], "twoB") == 503
        assert post(client, businesses["one"], secrets["one"], "oneC") == 200
    for name in NAMES:  # each broken connection is found once
        answers = [post(client, businesses[name], secrets[name], f"{name}D")]
        while answers[-1] == 503 and len(answers) < 20:
            answers.append(post(client, businesses[name], secrets[name], f"{name}D"))
        assert set(answers) <= {200, 503} and answers[-1] == 200
    running.settle("two")
    for name in NAMES:
        read = client.get(
            f"/api/conversation/{businesses[name]}/+972501234567",
            headers={"Authorization": f"Bearer {API_TOKEN}"},
        )
        assert read.status_code in (200, 404)
    assert len(onethread.thread(session, businesses["one"], "+972501234567")) == 4


def test_pages_are_shown_as_on_one_server(
    running: Running, session: Connection, businesses: dict[str, int]
) -> None:
    settings = Settings(keys=WebhookKeys({}), api_token=API_TOKEN, is_insecure=True)
    for business_id in businesses.values():
        onethread.insert_message(
            session,
            business_id,
            onethread.Message(direction="inbound", from_number="+972501234567", body="shown here"),
        )
    with TestClient(create_app(running.router(), settings), base_url="http://127.0.0.1") as pages:
        assert pages.get("/inbox/").status_code == 200
        for business_id in businesses.values():
            page = pages.get(f"/inbox/{business_id}/")
            assert (page.status_code, "shown here" in page.text) == (200, True)
            page = pages.get(f"/inbox/{business_id}/reports")
            assert (page.status_code, "Median answer of people" in page.text) == (200, True)
        assert pages.get("/healthz").status_code == 200
        assert "onethread_database_up 1.0" in pages.get("/metrics").text


def test_programs_go_on_by_the_other_router_when_one_is_killed(
    running: Running, session: Connection
) -> None:
    business_id = add_business(session, "two routers", "IL", [])
    message = onethread.Message(direction="inbound", from_number="+972501234567", body="before")
    onethread.insert_message(session, business_id, message)
    running.kill_router(1)
    try:
        with pytest.raises(psycopg.OperationalError):
            onethread.insert_message(session, business_id, message)
        with onethread.connect(running.router(2)) as other:
            onethread.insert_message(other, business_id, message)
            assert len(onethread.thread(other, business_id, "+972501234567")) == 2
    finally:
        running.start_router(1)
    with onethread.connect(running.router(1)) as back:
        assert len(onethread.thread(back, business_id, "+972501234567")) == 2
