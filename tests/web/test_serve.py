"""The real process: payload files posted to `onethread serve`, then read back over HTTP and SQL."""

from __future__ import annotations

import hmac
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import psycopg
import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.message_event import MessageEvent
from app.providers import PROVIDERS, ProviderResult
from app.providers.baileys import read_payload
from app.web import create_app
from tests.app.commands import BAILEYS, CLOUD
from tests.conftest import Connection
from tests.web.conftest import API, BEARER, SETTINGS

_CONTENT = {
    "whatsapp_message": "provider_message_id, direction, from_number, to_number, contact_aliases, "
    "participant, kind, body, media, provider, reply_to, sent_at, payload, "
    "(select min(o.provider_message_id) from whatsapp_message o "
    " where o.conversation_id = t.conversation_id)",
    "whatsapp_message_event": "kind, provider, provider_message_id, address, target_direction, "
    "actor, is_from_business, body, provider_event_id, is_time_known, "
    "case when is_time_known then occurred_at end, payload",
    "webhook_reject": "provider, payload, reason, resolved_at is null",
    "whatsapp_conversation": "kind, canonical_key, lead_id",
}


def content(connection: Connection) -> dict[str, list[str]]:
    """All that is stored, ids and times of arrival aside."""
    return {
        table: sorted(
            row[0]
            for row in connection.execute(f"select row({columns})::text from {table} t").fetchall()
        )
        for table, columns in _CONTENT.items()
    }


def day() -> list[tuple[str, bytes]]:
    """(provider, body) of every payload of the fixture files, one POST each."""
    posts = [("meta_cloud", json.dumps(one).encode()) for one in json.loads(CLOUD.read_bytes())]
    posts += [("baileys", line) for line in BAILEYS.read_bytes().splitlines() if line.strip()]
    return [*posts, ("baileys", b"{broken")]


def headers(provider: str, body: bytes) -> dict[str, str]:
    if provider != "meta_cloud":
        return BEARER
    return {"X-Hub-Signature-256": "sha256=" + hmac.new(b"meta-secret", body, "sha256").hexdigest()}


@contextmanager
def serving(database: str) -> Iterator[str]:
    """The address of a running `onethread serve`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    secrets = {
        "ONETHREAD_META_APP_SECRET": SETTINGS.meta_app_secret,
        "ONETHREAD_META_VERIFY_TOKEN": SETTINGS.meta_verify_token,
        "ONETHREAD_WEBHOOK_SECRET": SETTINGS.webhook_secret,
        "ONETHREAD_API_TOKEN": SETTINGS.api_token,
    }
    process = subprocess.Popen(
        [Path(sys.executable).with_name("onethread"), "serve", "--port", str(port)],
        env=os.environ | {"DATABASE_URL": database} | secrets,
        stderr=subprocess.PIPE,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                httpx.get(f"{address}/healthz").raise_for_status()
                break
            except httpx.HTTPError:
                assert process.poll() is None, process.communicate()[1]
                time.sleep(0.1)
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        errors = process.communicate(timeout=20)[1]
        assert b"Traceback" not in errors, errors


def test_thread_is_read_back_when_files_were_posted_to_the_process(
    database: str, committed: Connection
) -> None:
    committed.execute("insert into business_number values (1, 'phone', '+97237000100')")
    with serving(database) as address, httpx.Client(base_url=address) as client:
        for provider, body in day():
            answer = client.post(
                f"/webhooks/{provider}/1", content=body, headers=headers(provider, body)
            )
            assert answer.status_code == 200, answer.text
        over_http = client.get(
            "/api/whatsapp/conversation/052-111-0001", params={"business_id": 1}, headers=API
        ).json()
    over_sql = committed.execute(
        "select body, direction from list_thread(1, find_conversation(1, %s))", ["0521110001"]
    ).fetchall()
    assert [(m["body"], m["direction"]) for m in over_http["messages"]] == over_sql
    assert sorted(body for body, _ in over_sql) == sorted(
        ["from Avi", "second entry", "sides exchanged", "delivered twice", "LID with its phone",
         "answer under the LID alone"]
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_content_is_the_same_when_a_day_is_replayed_shuffled_with_duplicates(
    database: str, committed: Connection, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    def with_events(payload: Any) -> ProviderResult:
        """The adapter, with an event of each message besides; only one has a time."""
        result = read_payload(payload)
        for message in result.messages:
            for at in (None, message.sent_at):
                result.events.append(
                    MessageEvent(
                        kind="read",
                        provider="baileys",
                        provider_message_id=message.provider_message_id or "",
                        address=message.address,
                        occurred_at=at,
                    )
                )
        return result

    monkeypatch.setitem(PROVIDERS, "baileys", with_events)
    posts = day()
    with TestClient(create_app(database, SETTINGS)) as client:

        def send(order: list[tuple[str, bytes]]) -> None:
            for provider, body in order:
                answer = client.post(
                    f"/webhooks/{provider}/1", content=body, headers=headers(provider, body)
                )
                assert answer.status_code == 200, answer.text

        send(posts)
        once = content(committed)
        assert all(once.values())
        shuffled = posts * 3
        random.Random(seed).shuffle(shuffled)
        send(shuffled)
        assert content(committed) == once


def test_nothing_is_lost_or_doubled_when_a_day_is_posted_by_many_at_once(
    database: str, committed: Connection
) -> None:
    """First contacts race; the same day once more, just as wild, changes nothing."""
    posts = day() * 10
    generator = random.Random(1)
    with serving(database) as address, httpx.Client(base_url=address) as client:

        def send(post: tuple[str, bytes]) -> int:
            provider, body = post
            path = f"/webhooks/{provider}/1"
            return client.post(path, content=body, headers=headers(provider, body)).status_code

        with ThreadPoolExecutor(8) as pool:
            generator.shuffle(posts)
            assert set(pool.map(send, posts)) == {200}
            first = content(committed)
            generator.shuffle(posts)
            assert set(pool.map(send, posts)) == {200}
    assert content(committed) == first
    ids = [row.removeprefix("(").split(",")[0] for row in first["whatsapp_message"]]
    assert (len(ids), len(set(ids))) == (8 + 7, 8 + 7)
    assert not any(row.endswith(",)") for row in first["whatsapp_message"])  # all are linked


@pytest.fixture(scope="module")
def fuzzed(server_uri: str) -> Iterator[TestClient]:
    """A client of an application that would pass an exception on instead of answering 500."""
    from tests.conftest import clone, drop

    uri = clone(server_uri)
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute("insert into business (name, default_region) values ('Fuzz', 'IL')")
    open_to_all = replace(
        SETTINGS, is_insecure=True, meta_app_secret="", waha_hmac_key="", webhook_secret="",
        api_token="",
    )  # fmt: skip
    with TestClient(create_app(uri, open_to_all)) as client:
        yield client
    drop(server_uri, uri)


FUZZ = settings(
    max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "event",
                    "data",
                    "key",
                    "id",
                    "remoteJid",
                    "message",
                    "messages",
                    "entry",
                    "changes",
                    "value",
                    "statuses",
                    "contacts",
                    "from",
                    "type",
                    "timestamp",
                    "messageTimestamp",
                    "conversation",
                    "participant",
                    "remoteJidAlt",
                    "x",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@FUZZ
@given(
    provider=st.sampled_from(sorted(PROVIDERS)) | st.text(max_size=10),
    business=st.sampled_from(["1", "2", "x", "-1", "9" * 30, "1e3"]),
    body=st.binary(max_size=300) | ANY_JSON.map(lambda value: json.dumps(value).encode()),
    kind=st.sampled_from(["application/json", "application/x-www-form-urlencoded", "text/plain"]),
)
def test_answer_is_never_500_when_a_webhook_is_fuzzed(
    fuzzed: TestClient, provider: str, business: str, body: bytes, kind: str
) -> None:
    path = f"/webhooks/{quote(provider.encode('utf-8', 'replace'), safe='') or '-'}/{business}"
    answer = fuzzed.post(path, content=body, headers={"Content-Type": kind})
    assert answer.status_code in (200, 404, 405, 422), answer.text
    assert answer.json()


@FUZZ
@given(
    address=st.text(max_size=60) | st.from_regex(r"[+0-9@a-z.:_-]{1,40}", fullmatch=True),
    query=st.fixed_dictionaries(
        {"business_id": st.sampled_from(["1", "0", "x", "", "9" * 40]) | st.text(max_size=8)},
        optional={
            "before": st.text(max_size=30)
            | st.from_regex(r"[0-9]{4}-[01][0-9]-01/-?[0-9]{1,20}", fullmatch=True),
            "limit": st.integers().map(str) | st.text(max_size=5),
        },
    ),
)
def test_answer_is_never_500_when_a_read_is_fuzzed(
    fuzzed: TestClient, address: str, query: dict[str, str]
) -> None:
    encodable = address.encode("utf-8", "replace")
    query = {name: value.encode("utf-8", "replace").decode() for name, value in query.items()}
    answer = fuzzed.get(f"/api/whatsapp/conversation/{quote(encodable, safe='')}", params=query)
    assert answer.status_code in (200, 400, 404, 422), answer.text
    assert answer.json()
