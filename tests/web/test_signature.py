"""Signatures of the providers that sign, through the server: right, wrong and missing."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest
from fastapi.testclient import TestClient

from onethread.web import create_app
from onethread.web.claim import Proven, read_signature
from tests.conftest import Connection
from tests.providers.reading import load
from tests.web.conftest import BEARER, META_SECRET, SECRET, SETTINGS, WAHA_KEY, with_keys
from tests.web.test_webhooks import count

PUBLIC = "https://crm.example"
GOWA_SECRET = "gowa-webhook-secret"
FORM = "application/x-www-form-urlencoded"


def hub_signature(body: bytes, path: str, key: str = META_SECRET) -> dict[str, str]:
    digest = hmac.new(key.encode(), body, "sha256").hexdigest()
    return {"X-Hub-Signature-256": f"sha256={digest}"}


def gowa_signature(body: bytes, path: str, key: str = GOWA_SECRET) -> dict[str, str]:
    return hub_signature(body, path, key)


def waha_hmac(body: bytes, path: str, key: str = WAHA_KEY) -> dict[str, str]:
    digest = hmac.new(key.encode(), body, "sha512").hexdigest()
    return {"X-Webhook-Hmac": digest, "X-Webhook-Hmac-Algorithm": "sha512"}


def twilio_signature(body: bytes, path: str, key: str = "twilio-token") -> dict[str, str]:
    """The address as Twilio sees it, then the fields by their names."""
    fields = sorted(load("twilio", "message").items())
    text = PUBLIC + path + "".join(name + value for name, value in fields)
    digest = hmac.new(key.encode(), text.encode(), hashlib.sha1).digest()
    return {"X-Twilio-Signature": base64.b64encode(digest).decode()}


SIGNED = {
    "gowa": (json.dumps(load("gowa", "message")).encode(), gowa_signature),
    "meta_cloud": (json.dumps(load("meta_cloud", "echo")).encode(), hub_signature),
    "waha": (json.dumps(load("waha", "noweb")).encode(), waha_hmac),
    "twilio": (urlencode(load("twilio", "message")).encode(), twilio_signature),
}


@pytest.fixture
def strict(database: str, committed: Connection) -> Iterator[TestClient]:
    """A client of an application that knows every provider's own secret."""
    settings = with_keys(
        replace(SETTINGS, public_url=PUBLIC),
        TWILIO_AUTH_TOKEN="twilio-token",
        GOWA_WEBHOOK_SECRET=GOWA_SECRET,
    )
    with TestClient(create_app(database, settings)) as client:
        yield client


@pytest.mark.parametrize("query", ["", "?tag=1"])
@pytest.mark.parametrize("provider", sorted(SIGNED))
def test_payload_is_taken_when_it_is_signed(
    strict: TestClient, committed: Connection, provider: str, query: str
) -> None:
    body, sign = SIGNED[provider]
    path = f"/webhooks/{provider}/1{query}"
    headers = {"Content-Type": FORM if provider == "twilio" else "application/json"}
    answer = strict.post(path, content=body, headers=headers | sign(body, path))
    assert (answer.status_code, answer.json()["messages"]) == (200, 1)
    assert count(committed) == 1


@pytest.mark.parametrize(
    "fault", ["missing", "empty", "of another body", "with another key", "the common secret"]
)
@pytest.mark.parametrize("provider", sorted(SIGNED))
def test_payload_is_refused_when_its_signature_is_not_right(
    strict: TestClient, committed: Connection, provider: str, fault: str
) -> None:
    body, sign = SIGNED[provider]
    path = f"/webhooks/{provider}/1"
    signature: Any = sign(body, path)
    sent = body
    match fault:
        case "missing":
            signature = {}
        case "empty":
            signature = dict.fromkeys(signature, "")
        case "of another body":
            sent = body.replace(b"972521110001", b"972521110002")
        case "with another key":
            signature = sign(body, path, "another-key")
        case "the common secret":
            signature = BEARER
    assert fault != "of another body" or sent != body
    headers = {"Content-Type": FORM if provider == "twilio" else "application/json"}
    answer = strict.post(path, content=sent, headers=headers | signature)
    assert answer.status_code == 401
    assert count(committed) == count(committed, "onethread.webhook_reject") == 0


def test_twilio_is_refused_when_it_signed_another_address(strict: TestClient) -> None:
    body, sign = SIGNED["twilio"]
    headers = {"Content-Type": FORM} | sign(body, "/webhooks/twilio/2")
    assert strict.post("/webhooks/twilio/1", content=body, headers=headers).status_code == 401


def test_waha_is_refused_when_it_names_another_algorithm(strict: TestClient) -> None:
    body, sign = SIGNED["waha"]
    headers = sign(body, "") | {"X-Webhook-Hmac-Algorithm": "md5"}
    assert strict.post("/webhooks/waha/1", content=body, headers=headers).status_code == 401


@pytest.mark.parametrize("provider", ["twilio", "waha"])
def test_common_secret_is_enough_when_a_provider_has_no_key_of_its_own(
    database: str, committed: Connection, provider: str
) -> None:
    body, _ = SIGNED[provider]
    headers = {"Content-Type": FORM if provider == "twilio" else "application/json"} | BEARER
    settings = with_keys(SETTINGS, WAHA_HMAC_KEY=None)
    with TestClient(create_app(database, settings)) as client:
        answer = client.post(f"/webhooks/{provider}/1", content=body, headers=headers)
    assert (answer.status_code, answer.json()["messages"]) == (200, 1)


@pytest.mark.parametrize(
    ("token", "status"), [(SECRET, 200), ("wrong", 401), ("", 401), (None, 401), (7, 401)]
)
def test_token_in_the_body_is_the_secret_when_baileys_api_sends_it(
    strict: TestClient, token: Any, status: int
) -> None:
    """It can be given no header, only this token."""
    payload = load("baileys_api", "message") | {"webhookVerifyToken": token}
    assert strict.post("/webhooks/baileys_api/1", json=payload).status_code == status
    other = strict.post("/webhooks/baileys/1", json=payload)
    assert other.status_code == 401


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"[" * 100_000, b'"webhookVerifyToken"'])
def test_token_is_missing_when_the_body_is_no_object(strict: TestClient, body: bytes) -> None:
    assert strict.post("/webhooks/baileys_api/1", content=body).status_code == 401


def test_signature_is_right_when_it_is_the_documentations_example() -> None:
    body = b'{"event":"message","session":"default","engine":"WEBJS"}'
    digest = (
        "208f8a55dde9e05519e898b10b89bf0d0b3b0fdf11fdbf09b6b90476301b98d8"
        "097c462b2b17a6ce93b6b47a136cf2e78a33a63f6752c2c1631777076153fa89"
    )
    headers = {"x-webhook-hmac": digest}
    assert is_borne_out("waha", "my-secret-key", headers, "", body)
    assert not is_borne_out("waha", "my-secret-kez", headers, "", body)

    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    form = b"CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309"
    form += b"&To=%2B18005551212"
    headers = {"x-twilio-signature": "RSOYDt4T1cUTdK1PDd93/VVr8B8="}
    assert is_borne_out("twilio", "12345", headers, url, form)


def is_borne_out(provider: str, key: str, headers: dict[str, str], url: str, body: bytes) -> bool:
    claim = read_signature(provider, {key: False}, headers, url)
    assert claim is not None
    for position in range(0, len(body), 7):
        claim.update(body[position : position + 7])
    return asyncio.run(claim.settle(body)) == Proven(is_shared=False)
