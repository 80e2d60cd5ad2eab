"""The neutral format over HTTP: the webhook, one message, and the schema."""

from __future__ import annotations

import json

from fastapi.testclient import TestClient

from onethread.intake.take import take_files
from onethread.providers.onethread import schema
from tests.conftest import Connection
from tests.providers.reading import FIXTURES, load
from tests.web.conftest import API, BEARER

PATH = "/api/v1/messages?business_id=1"
MESSAGE = {
    "direction": "inbound",
    "from_number": "972521110001@c.us",
    "body": "hello",
    "provider": "my_gateway",
    "provider_message_id": "A1",
}


def test_rows_of_the_neutral_format_are_stored(client: TestClient, committed: Connection) -> None:
    answer = client.post("/webhooks/onethread/1", json=load("onethread", "all"), headers=BEARER)
    counts = answer.json()
    assert (counts["messages"], counts["events"], counts["evidence"]) == (2, 2, 2)
    assert (counts["unread"], counts["rejected"]) == (1, None)
    rows = committed.execute(
        "select distinct conversation_id is not null, conversation_id from whatsapp_message"
    ).fetchall()
    assert [linked for linked, _ in rows] == [True]
    weights = committed.execute(
        "select weight from whatsapp_identity_evidence where source like 'my_gateway%' order by id"
    ).fetchall()
    assert sorted(weights) == [("attested",), ("claimed",)]
    result = take_files(committed, 1, "onethread", [str(FIXTURES / "onethread" / "all.json")])
    assert (result.messages, result.duplicates) == (0, 2)


def test_one_message_is_written_once(client: TestClient, committed: Connection) -> None:
    first, again = (client.post(PATH, json=MESSAGE, headers=API).json() for _ in range(2))
    assert (first["is_duplicate"], again["is_duplicate"]) == (False, True)
    assert committed.execute("select body, conversation_id::text from whatsapp_message").fetchall()[
        0
    ] == ("hello", first["conversation_id"])


def test_message_is_refused_with_the_reason(client: TestClient, committed: Connection) -> None:
    def status(path: str, **fields: object) -> int:
        return client.post(path, json=MESSAGE | fields, headers=API).status_code

    assert client.post(PATH, json=MESSAGE, headers=BEARER).status_code == 401
    assert status("/api/v1/messages?business_id=77") == 404
    assert status(PATH, direction="up") == status(PATH, lead_id=77) == 422
    for content in ("{oops", "[]", json.dumps({"direction": "inbound", "payload": 1})[:-1]):
        assert client.post(PATH, content=content, headers=API).status_code == 422
    assert committed.execute("select count(*) from whatsapp_message").fetchall() == [(0,)]


def test_schema_is_published(client: TestClient) -> None:
    assert client.get("/schemas/onethread.json").json() == schema()
