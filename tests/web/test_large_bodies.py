"""Webhooks with files in them: the event is stored, with the file or without."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from onethread.errors import OnethreadError
from onethread.web import Settings, create_app, cutter
from onethread.web.cutter import FileCutter
from tests.cli.test_ingest import upsert
from tests.conftest import Connection
from tests.web.conftest import BAILEYS, BEARER, SETTINGS
from tests.web.test_webhooks import META, count, signed


def with_file(size: int) -> bytes:
    payload = upsert("1", "look at this")
    payload["data"]["messages"][0]["message"]["base64"] = "QUJD" * (size // 4)
    return json.dumps(payload).encode()


@pytest.mark.parametrize("is_streamed", [True, False])
@pytest.mark.parametrize("size", [600_000, 2_000_000, 12_000_000])
def test_event_is_stored_without_its_file_when_the_body_is_too_large(
    client: TestClient, committed: Connection, size: int, is_streamed: bool
) -> None:
    body = with_file(size)
    parts = (body[start : start + 30_011] for start in range(0, len(body), 30_011))
    content: Any = parts if is_streamed else body
    answer = client.post(BAILEYS, content=content, headers=BEARER)
    assert (answer.status_code, answer.json()["messages"], answer.json()["is_cut"]) == (
        200,
        1,
        True,
    )
    [(text, payload)] = committed.execute("select body, payload from whatsapp_message").fetchall()
    assert text == "look at this"
    assert payload["message"]["base64"] == ""


def test_event_is_stored_with_its_file_when_the_limit_of_its_provider_allows_it(
    database: str, committed: Connection
) -> None:
    environment = {"ONETHREAD_MAX_BODY_MB_BAILEYS": "13", "ONETHREAD_MAX_BODY_MB": "1",
                   "ONETHREAD_WEBHOOK_SECRET": BEARER["Authorization"].split()[1],
                   "ONETHREAD_API_TOKEN": "a" * 32}  # fmt: skip
    settings = Settings.from_environment(environment=environment)
    with TestClient(create_app(database, settings)) as client:
        answer = client.post(BAILEYS, content=with_file(12_000_000), headers=BEARER)
        assert (answer.status_code, answer.json()["is_cut"]) == (200, False)
        path = "/webhooks/evolution/1"
        large = json.dumps({"event": "x", "data": {}, "file": "A" * 2_000_000}).encode()
        assert client.post(path, content=large, headers=BEARER).json()["is_cut"]
    [(payload,)] = committed.execute("select payload from whatsapp_message").fetchall()
    assert len(payload["message"]["base64"]) == 12_000_000
    with pytest.raises(OnethreadError, match="MAX_BODY_MB_BAILEYS"):
        Settings.from_environment(environment=environment | {"ONETHREAD_MAX_BODY_MB_BAILEYS": "x"})


@pytest.mark.parametrize(
    ("path", "headers", "body", "status"),
    [
        (BAILEYS, {}, with_file(2_000_000), 401),
        (META, signed(with_file(2_000_000)), with_file(2_000_000), 413),
        ("/webhooks/baileys_api/1", {}, with_file(2_000_000), 413),
        (BAILEYS, BEARER, b"[" + b"[]," * 200_000, 413),  # there is no file in it
        (BAILEYS, BEARER, b'"' * 2_000_000, 413),
    ],
    ids=["nobody", "signed", "token-inside", "no-file", "quotes"],
)
def test_body_is_refused_when_it_is_too_large_and_nothing_can_be_left_out(
    client: TestClient, committed: Connection, path: str, headers: Any, body: bytes, status: int
) -> None:
    assert client.post(path, content=body, headers=headers).status_code == status
    assert count(committed) == 0


def test_body_is_refused_when_it_is_larger_than_is_read(
    database: str, committed: Connection
) -> None:
    settings = replace(SETTINGS, max_cut_bytes=1_000_000)
    with TestClient(create_app(database, settings)) as client:
        body = with_file(1_500_000)
        for content in (body, iter([body])):
            posted: Any = content
            assert client.post(BAILEYS, content=posted, headers=BEARER).status_code == 413


def test_answer_is_503_when_too_much_is_held(database: str, committed: Connection) -> None:
    settings = replace(SETTINGS, max_unanswered_bytes=80_000)
    with TestClient(create_app(database, settings)) as client:
        for size, status in ((90_000, 503), (40_000, 200), (70_000, 200), (70_000, 200)):
            answer = client.post(BAILEYS, content=with_file(size), headers=BEARER)
            assert answer.status_code == status


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_only_long_texts_are_left_out(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(cutter, "LONGEST_TEXT", 8)
    whole = {
        "a": "12345678",
        "b": "123456789",
        "c\\": 'q"\\"u',
        "שלום": "\\" * 9,
        "d": ["x" * 99, 1],
    }
    expected = {"a": "12345678", "b": "", "c\\": 'q"\\"u', "שלום": "", "d": ["", 1]}
    text = json.dumps(whole, ensure_ascii=False).encode()
    cut = FileCutter()
    for start in range(0, len(text), size):
        cut.feed(text[start : start + size])
    assert json.loads(bytes(cut.kept)) == expected
