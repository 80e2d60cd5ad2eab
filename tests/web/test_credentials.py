"""What gateways send of their own keys: nothing of it is stored."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from onethread.intake.credentials import without_credentials
from onethread.intake.take import take_files
from tests.cli.test_ingest import upsert
from tests.conftest import Connection
from tests.content import content
from tests.web.conftest import BEARER, SECRET

KEY = "the-key-of-a-gateway"
FIELDS = ["apikey", "apiKey", "api_key", "webhookVerifyToken", "token", "Token", "access_token",
          "Authorization", "X-Hub-Signature-256", "x-webhook-hmac", "signature"]  # fmt: skip


@pytest.mark.parametrize("is_served", [True, False], ids=["serve", "ingest"])
@pytest.mark.parametrize("provider", ["baileys_api", "evolution", "waha", "wppconnect"])
def test_credential_is_not_stored_when_a_payload_is_kept_or_becomes_a_row(
    client: TestClient, committed: Connection, tmp_path: Path, provider: str, is_served: bool
) -> None:
    fields = dict.fromkeys(FIELDS, KEY) | {"headers": {"authorization": [f"Bearer {KEY}"]}}
    message = upsert("3EB0AA", "hello")
    message["data"]["messages"][0] |= fields
    texts = [json.dumps(event | fields) for event in (message, {"event": "never.heard.of"})]
    texts += [text[:-1] for text in texts]  # no JSON
    for text in texts:
        if is_served:
            path = f"/webhooks/{provider}/1"
            assert client.post(path, content=text, headers=BEARER).status_code in (200, 401)
        else:
            (file := tmp_path / "event.json").write_text(text)
            take_files(committed, 1, provider, [str(file)])
    stored = json.dumps(content(committed, []), default=str)
    rejects = committed.execute("select payload, reason from onethread.webhook_reject").fetchall()
    assert KEY not in stored and KEY not in str(rejects)
    assert rejects or stored


def test_secret_is_not_stored_wherever_it_stands(client: TestClient, committed: Connection) -> None:
    for odd in (f"webhook={SECRET}", json.dumps({"event": "x", "url": f"https://a:{SECRET}@b"})):
        path = "/webhooks/baileys/1"
        assert client.post(path, content=odd, headers=BEARER).status_code == 200
    rejects = committed.execute("select payload, reason from onethread.webhook_reject").fetchall()
    assert len(rejects) == 2 and SECRET not in str(rejects)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"body": 'send {"token": "abc", "apikey": "x"}'}),
        json.dumps({"tokens": "abc", "messageSecret": "abc", "key": {"id": "abc"}}),
        '{"text": "token: abc, authorization=abc"}',
    ],
)
def test_text_is_as_it_came_when_it_only_speaks_of_credentials(text: str) -> None:
    assert without_credentials(text) == text


@pytest.mark.parametrize(
    "value", ['"a\\"b\\\\"', "12", "-1.5e3", "true", "null", '["a", "b]"]', "[]", '"cut off', '["c']
)
def test_field_is_empty_whatever_its_value_is(value: str) -> None:
    text = without_credentials(f'{{"a": 1, "Token" : {value}, "b": "c"}}')
    assert text.startswith('{"a": 1, "Token" : ""')
    if value[-1] not in "fc":
        assert json.loads(text) == {"a": 1, "Token": "", "b": "c"}
