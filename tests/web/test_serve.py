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
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from tests.cli.commands import BAILEYS, CLOUD
from tests.conftest import Connection
from tests.content import content
from tests.web.conftest import API, API_TOKEN, BEARER, META_SECRET, META_TOKEN, SECRET


def day() -> list[tuple[str, bytes]]:
    """(provider, body) of every payload of the fixture files, one POST each."""
    posts = [("meta_cloud", json.dumps(one).encode()) for one in json.loads(CLOUD.read_bytes())]
    posts += [("baileys", line) for line in BAILEYS.read_bytes().splitlines() if line.strip()]
    return [*posts, ("baileys", b"{broken")]


def headers(provider: str, body: bytes) -> dict[str, str]:
    if provider != "meta_cloud":
        return BEARER
    return {
        "X-Hub-Signature-256": "sha256="
        + hmac.new(META_SECRET.encode(), body, "sha256").hexdigest()
    }


@contextmanager
def serving(database: str, *options: str, **environment: str) -> Iterator[str]:
    """The address of a running `onethread serve`; it must not print a traceback."""
    with running(database, *options, **environment) as (address, _):
        yield address


@contextmanager
def running(
    database: str, *options: str, **environment: str
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The same, with its process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    secrets = {
        "ONETHREAD_META_APP_SECRET": META_SECRET,
        "ONETHREAD_META_VERIFY_TOKEN": META_TOKEN,
        "ONETHREAD_WEBHOOK_SECRET": SECRET,
        "ONETHREAD_API_TOKEN": API_TOKEN,
    }
    process = subprocess.Popen(
        [Path(sys.executable).with_name("onethread"), "serve", "--port", str(port), *options],
        env=os.environ | {"DATABASE_URL": database} | ({} if options else secrets) | environment,
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
        yield address, process
    finally:
        process.send_signal(signal.SIGTERM)
        errors = process.communicate(timeout=20)[1]
        assert b"Traceback" not in errors, errors


def test_thread_is_read_back_when_files_were_posted_to_the_process(
    database: str, committed: Connection
) -> None:
    committed.execute("insert into business_number values (1, 'phone', '+97237000100')")
    with serving(database) as address, httpx.Client(base_url=address, timeout=60) as client:
        for provider, body in day():
            answer = client.post(
                f"/webhooks/{provider}/1", content=body, headers=headers(provider, body)
            )
            assert answer.status_code == 200, answer.text
        over_http = client.get(
            "/api/v1/thread/052-111-0001", params={"business_id": 1}, headers=API
        ).json()
    over_sql = committed.execute(
        "select body, direction from onethread.list_thread(1, onethread.find_conversation(1, %s))",
        ["0521110001"],
    ).fetchall()
    assert [(m["body"], m["direction"]) for m in over_http["messages"]] == over_sql
    assert sorted(body for body, _ in over_sql) == sorted(
        ["from Avi", "second entry", "sides exchanged", "delivered twice", "LID with its phone",
         "answer under the LID alone"]
    )  # fmt: skip


def test_no_request_is_logged(
    database: str, committed: Connection, capfd: pytest.CaptureFixture[str]
) -> None:
    """Meta sends the token in the address, and people's numbers stand in others."""
    with running(database) as (address, process):
        query = f"hub.mode=subscribe&hub.challenge=1&hub.verify_token={META_TOKEN}"
        assert httpx.get(f"{address}/webhooks/meta_cloud/1?{query}").text == "1"
        assert httpx.get(f"{address}/webhooks/meta_cloud/1?{query}no").status_code == 403
        path = "/api/v1/thread/0521110001"
        assert httpx.get(address + path, params={"business_id": 1}).status_code == 401
        process.send_signal(signal.SIGTERM)
        assert process.stderr is not None
        printed = capfd.readouterr().out + process.stderr.read().decode()
    for secret in (META_TOKEN, "webhooks/meta", "0521110001"):
        assert secret not in printed


def test_nothing_is_lost_or_doubled_when_a_day_is_posted_by_many_at_once(
    database: str, committed: Connection
) -> None:
    """First contacts race; the same day once more, just as wild, changes nothing."""
    posts = day() * 10
    generator = random.Random(1)
    with serving(database) as address, httpx.Client(base_url=address, timeout=60) as client:

        def send(post: tuple[str, bytes]) -> int:
            provider, body = post
            path = f"/webhooks/{provider}/1"
            return client.post(path, content=body, headers=headers(provider, body)).status_code

        with ThreadPoolExecutor(8) as pool:
            generator.shuffle(posts)
            assert set(pool.map(send, posts)) == {200}
            first = content(committed, [])
            generator.shuffle(posts)
            assert set(pool.map(send, posts)) == {200}
    assert content(committed, []) == first
    query = """
      select count(*), count(distinct provider_message_id), count(conversation_id)
      from whatsapp_message
    """
    assert committed.execute(query).fetchall() == [(8 + 7, 8 + 7, 8 + 7)]  # all are linked


def test_server_stops_when_somebody_follows_the_inbox(database: str, committed: Connection) -> None:
    """A stream without an end must not hold it up until it is killed."""
    with (
        ExitStack() as stack,
        serving(database, ONETHREAD_AUTH_TOKEN="inbox-token-of-the-tests") as address,
    ):
        stream = httpx.stream(
            "GET", f"{address}/inbox/1/events", auth=("me", "inbox-token-of-the-tests"), timeout=60
        )
        lines = stack.enter_context(stream).iter_lines()
        assert any(line.startswith("id: ") for line in lines)
        # It was told to stop, and has, sooner than it waits for requests to end.
