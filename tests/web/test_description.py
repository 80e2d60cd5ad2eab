"""/docs and /openapi.json: for who has the token, and nothing comes from elsewhere."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from onethread.web import Settings, create_app
from onethread.web.claim import _SIGNATURES
from tests.cli.test_ingest import upsert
from tests.conftest import Connection
from tests.web.conftest import API, API_TOKEN, BAILEYS, BEARER, LOCAL


@pytest.mark.parametrize("path", ["/docs", "/openapi.json"])
def test_description_is_for_those_who_have_the_token(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == client.get(path, headers=BEARER).status_code == 401
    assert client.get(path).headers["WWW-Authenticate"].startswith("Basic")
    answers = [client.get(path, headers=API), client.get(path, auth=("me", API_TOKEN))]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert all("/webhooks/{provider}/{business_id}" in answer.text for answer in answers)


def test_page_loads_nothing(client: TestClient) -> None:
    page = client.get("/docs", headers=API)
    for word in ("http:", "https:", "<script", "<link", "src=", "//"):
        assert word not in page.text
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_description_says_of_every_route_what_opens_it(client: TestClient) -> None:
    description = client.get("/openapi.json", headers=API).json()
    schemes = description["components"]["securitySchemes"]
    page = client.get("/docs", headers=API).text
    named = set()
    for path, operations in description["paths"].items():
        for operation in operations.values():
            opened_by = {name for each in operation.get("security", []) for name in each}
            assert bool(opened_by) == (path not in ("/healthz", "/schemas/onethread.json")), path
            named |= opened_by
    assert named == schemes.keys()
    assert all(f"<code>{name}</code>" in page for name in schemes)
    sent = {scheme["name"].lower() for scheme in schemes.values() if scheme["type"] == "apiKey"}
    assert sent == {
        "x-twilio-signature",
        "hub.verify_token",
        *(each[0] for each in _SIGNATURES.values()),
    }


@pytest.mark.parametrize(
    ("headers", "is_open"),
    [
        ({}, True),
        ({"Host": "localhost:8000"}, True),
        ({"Host": "[::1]:8000", "Origin": "http://[::1]:8000"}, True),
        ({"Host": "127.0.0.1", "Sec-Fetch-Site": "same-origin"}, True),
        ({"Host": "evil.example"}, False),
        ({"Host": "localhost.evil.example"}, False),
        ({"Host": ""}, False),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
    ],
)
def test_what_is_insecure_is_open_to_programs_of_this_machine_alone(
    database: str, committed: Connection, headers: dict[str, str], is_open: bool
) -> None:
    with TestClient(create_app(database, Settings(is_insecure=True)), LOCAL) as client:
        api = "/api/v1/thread/0521110001?business_id=1"
        simple = {"Content-Type": "text/plain"} | headers
        answers = [
            client.post(BAILEYS, json=upsert("1", "x"), headers=simple),
            client.get(api, headers=headers),
            client.get("/metrics", headers=headers),
            client.get("/openapi.json", headers=headers),
        ]
    expected = [200] * 4 if is_open else [401] * 4
    assert [answer.status_code for answer in answers] == expected
