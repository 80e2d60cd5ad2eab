"""GET /api/v1/thread/{address}."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from tests.conftest import Connection, add_business, insert
from tests.web.conftest import API, BEARER

PHONE = "+972501234567"
LID = "876019134910105@lid"


def get(client: TestClient, address: str, business_id: Any = 1, **query: Any) -> Any:
    path = f"/api/v1/thread/{quote(address, safe='')}"
    return client.get(path, params={"business_id": business_id} | query, headers=API)


def insert_old(connection: Connection, business_id: int, direction: str, **columns: Any) -> Any:
    """Inserts a message as it was before there was a trigger."""
    with connection.transaction():
        connection.execute("set local session_replication_role = replica")
        return insert(connection, business_id, direction, **columns)


@pytest.mark.parametrize(
    "address",
    [PHONE, "0501234567", "050-123-4567", "972501234567@s.whatsapp.net", LID, f"phone:1:{PHONE}"],
)
def test_thread_is_found_when_address_is_spelled(
    client: TestClient, committed: Connection, address: str
) -> None:
    row = insert(committed, 1, "inbound", address=PHONE, contact_aliases=[LID], body="hi")
    answer = get(client, address)
    assert answer.status_code == 200
    assert answer.json()["conversation_id"] == str(row.conversation_id)
    [message] = answer.json()["messages"]
    assert (message["id"], message["body"]) == (str(row.id), "hi")


@pytest.mark.parametrize(
    "spelling",
    ["0501234567", "050-123-4567", "972501234567", PHONE, "972501234567@c.us",
     "972501234567@s.whatsapp.net", "whatsapp:+972501234567", "00972501234567", LID,
     "lid@876019134910105", "(050) 123 4567", "+972 50 123 4567"],
)  # fmt: skip
@pytest.mark.parametrize("direction", ["inbound", "outbound"])
def test_old_message_is_in_its_place_when_it_is_in_no_thread(
    client: TestClient, committed: Connection, spelling: str, direction: str
) -> None:
    insert(committed, 1, "inbound", address=PHONE, contact_aliases=[LID], body="first",
           sent_at="2026-01-01 00:00+00")  # fmt: skip
    insert_old(committed, 1, direction, address=spelling, body="old", sent_at="2026-01-02 00:00+00")
    insert_old(committed, 1, direction, address="0507654321", body="another's")
    insert(committed, 1, "inbound", address=LID, body="last", sent_at="2026-01-03 00:00+00")
    messages = get(client, "0501234567").json()["messages"]
    assert [message["body"] for message in messages] == ["last", "old", "first"]
    paged, before = [], None
    while True:
        page = get(client, LID, limit=1, **({"before": before} if before else {})).json()
        paged += page["messages"]
        before = page["next"]
        if before is None:
            break
    assert paged == messages


def test_old_messages_are_shown_when_there_is_no_conversation(
    client: TestClient, committed: Connection
) -> None:
    insert_old(committed, 1, "in", address="0501234567", body="old")
    answer = get(client, PHONE)
    assert (answer.status_code, answer.json()["conversation_id"]) == (200, None)
    assert [message["body"] for message in answer.json()["messages"]] == ["old"]


def test_copy_is_left_out_when_the_message_is_in_the_thread(
    client: TestClient, committed: Connection
) -> None:
    insert(committed, 1, "inbound", address=PHONE, body="once", provider_message_id="m1")
    insert_old(committed, 1, "inbound", address="0501234567", body="once",
               provider_message_id="m1")  # fmt: skip
    assert len(get(client, PHONE).json()["messages"]) == 1


@pytest.mark.parametrize(
    "address", ["0529999999", "nobody", "x\0y", "a/b", "😀" * 300, "phone:1:+1", ".", "%"]
)
def test_answer_is_404_when_nobody_has_the_address(client: TestClient, address: str) -> None:
    answer = get(client, address)
    assert answer.status_code == 404
    assert "has the address" in answer.json()["detail"]


def test_nothing_is_seen_when_the_business_is_another(
    client: TestClient, committed: Connection
) -> None:
    other = add_business(committed, "Other")
    insert(committed, other, "inbound", address=PHONE)
    insert_old(committed, other, "inbound", address="0501234567")
    for address in (PHONE, f"phone:{other}:{PHONE}"):
        assert get(client, address).status_code == 404
    assert get(client, PHONE, other).status_code == 200
    for business_id in (77, -1, 2**70):
        answer = get(client, PHONE, business_id)
        assert (answer.status_code, "business" in answer.json()["detail"]) == (404, True)


def test_answer_is_4xx_when_the_request_is_wrong(client: TestClient, committed: Connection) -> None:
    insert(committed, 1, "inbound", address=PHONE)
    assert get(client, PHONE, before="bla").status_code == 400
    assert get(client, PHONE, before="1/1\0").status_code == 400
    for query in ({"limit": 0}, {"limit": 1001}, {"business_id": "x"}):
        assert get(client, PHONE, **query).status_code == 422
    path = f"/api/v1/thread/{quote(PHONE)}?business_id=1"
    for headers in ({}, BEARER, {"Authorization": "Bearer"}):
        assert client.get(path, headers=headers).status_code == 401


def test_time_is_that_of_arrival_when_a_message_says_infinity(
    client: TestClient, committed: Connection
) -> None:
    message = insert(committed, 1, "inbound", address=PHONE)
    committed.execute("update whatsapp_message set sent_at = 'infinity'")
    [shown] = get(client, PHONE).json()["messages"]
    assert datetime.fromisoformat(shown["sent_at"]) == message.created_at


def test_openapi_names_the_routes_when_asked(client: TestClient) -> None:
    assert client.get("/openapi.json").status_code == 401
    paths = client.get("/openapi.json", headers=API).json()["paths"]
    assert {"/webhooks/{provider}/{business_id}", "/healthz"} < set(paths)
    assert client.get("/healthz").json() == {"status": "ok"}
