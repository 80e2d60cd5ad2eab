"""What programs put round a payload: n8n's request, WuzAPI's form in its three shapes."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from fastapi.testclient import TestClient

from onethread.intake.payload import PROVIDER_NAMES, read_payload
from onethread.intake.take import take_files
from tests.conftest import Connection
from tests.providers.reading import load, load_all
from tests.web.conftest import BEARER
from tests.web.test_webhook_owners import COMMON, serving

TOKEN = "the-token-of-the-gateway-itself"
WUZAPI = {"type": "Message", "event": load("whatsmeow", "message"), "token": TOKEN}
FORM = {"jsonData": json.dumps(WUZAPI), "userID": "7", "instanceName": "clinic", "token": TOKEN}


def request_of(body: Any) -> dict[str, Any]:
    """A request as n8n's Webhook node saves it."""
    headers = {"host": "n8n.example", "authorization": "Bearer abc"}
    return {"headers": headers, "params": {}, "query": {}, "body": body, "executionMode": "test"}


@pytest.mark.parametrize("provider", PROVIDER_NAMES)
def test_request_of_n8n_is_read_as_what_is_in_it(provider: str) -> None:
    for payload in load_all(provider):
        [plain] = [read_payload(provider, json.dumps(payload))]
        for wrapped in (
            request_of(payload),
            [request_of(payload)],
            request_of([payload]),
            request_of(json.dumps(payload)),
        ):
            read = read_payload(provider, json.dumps(wrapped))
            assert asdict(read.read) == asdict(plain.read)
            assert read.reasons == plain.reasons


def test_each_request_of_a_list_is_stored(
    client: TestClient, committed: Connection, tmp_path: Path
) -> None:
    requests = [request_of(load("evolution", name)) for name in ("v237", "v233_alt")]
    answer = client.post("/webhooks/evolution/1", json=requests, headers=BEARER).json()
    assert (answer["messages"], answer["rejected"]) == (2, None)
    file = tmp_path / "saved.json"
    file.write_text(json.dumps(requests), "utf-8")
    result = take_files(committed, 1, "evolution", [str(file)])
    assert (result.messages, result.duplicates, dict(result.rejected)) == (0, 2, {})


def test_form_of_wuzapi_is_read_in_every_shape(client: TestClient, committed: Connection) -> None:
    fields = "".join(
        f'--XyZ\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in FORM.items()
    )
    file = '--XyZ\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
    parts = fields.encode() + file.encode() + b"\xff\xd8\r\n--XyZ--\r\n"
    shapes: list[tuple[str, bytes]] = [
        ("multipart/form-data; boundary=XyZ", parts),
        ("application/x-www-form-urlencoded", urlencode(FORM).encode()),
        ("application/json", json.dumps(FORM).encode()),
        ("application/json", json.dumps(WUZAPI | {"userID": "7"}).encode()),
    ]
    counts = []
    for kind, content in shapes:
        headers = BEARER | {"Content-Type": kind}
        answer = client.post("/webhooks/whatsmeow/1", content=content, headers=headers).json()
        assert answer["rejected"] is None, kind
        counts.append((answer["messages"], answer["duplicates"]))
    assert counts == [(1, 0), (0, 1), (0, 1), (0, 1)]
    [(stored,)] = committed.execute("select payload::text from whatsapp_message").fetchall()
    assert TOKEN not in stored


@pytest.mark.parametrize("kind", ["multipart", "urlencoded", "n8n"])
def test_instance_in_a_wrapped_payload_says_whose_it_is(
    database: str, committed: Connection, kind: str
) -> None:
    committed.execute("insert into business (name, default_region) values ('Rival', 'IL')")
    committed.execute(
        "insert into onethread.webhook (business_id, provider, instance)"
        " values (2, 'whatsmeow', 'clinic')"
    )
    headers = {"Authorization": f"Bearer {COMMON}"}
    send: dict[str, Any] = {"data": FORM}
    if kind == "multipart":
        send["files"] = {"file": ("a.jpg", b"\xff\xd8")}
    elif kind == "n8n":
        send = {"json": request_of(FORM)}
    with serving(database, WEBHOOK_SECRET=COMMON) as client:
        statuses = [
            client.post(f"/webhooks/whatsmeow/{business}", headers=headers, **send).status_code
            for business in (1, 2)
        ]
    assert statuses == [404, 200]
    rows = committed.execute("select business_id from whatsapp_message").fetchall()
    assert rows == [(2,)]
