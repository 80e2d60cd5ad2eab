"""POST /webhooks/...: who may send, what is stored, what is answered."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import threading
import time
from dataclasses import replace
from typing import Any, cast

import psycopg
import pytest
from fastapi import Request
from fastapi.testclient import TestClient

from app import intake
from app.cli import main
from app.errors import PayloadError
from app.message import Message
from app.message_event import MessageEvent
from app.providers import PROVIDERS, ProviderResult
from app.web import Settings, create_app
from app.web.gate import Gate
from app.web.problem import Problem
from app.web.signature import is_webhook_genuine
from tests.app.commands import CLOUD
from tests.app.test_ingest import upsert
from tests.conftest import Connection
from tests.web.conftest import API, BEARER, SECRET, SETTINGS

BAILEYS = "/webhooks/baileys/1"
META = "/webhooks/meta_cloud/1"


def signed(body: bytes, secret: str = "meta-secret") -> dict[str, str]:
    """Meta's signature."""
    digest = hmac.new(secret.encode(), body, "sha256").hexdigest()
    return {"X-Hub-Signature-256": f"sha256={digest}"}


def count(connection: Connection, table: str = "whatsapp_message") -> int:
    [(number,)] = connection.execute(f"select count(*) from {table}").fetchall()
    return int(number)


def test_messages_are_stored_when_meta_signs(client: TestClient, committed: Connection) -> None:
    body = CLOUD.read_bytes()
    posted = client.post(META, content=body, headers=signed(body))
    assert (posted.status_code, posted.json()["messages"]) == (200, 8)
    assert posted.json()["rejected"] is None
    again = client.post(META, content=body, headers=signed(body))
    assert (again.json()["messages"], again.json()["duplicates"]) == (0, 9)
    assert count(committed) == 8


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        (META, {}),
        (META, BEARER),
        (META, {"X-Hub-Signature-256": "sha256=" + "0" * 64}),
        (META, {"X-Hub-Signature-256": "sha256=é"}),
        (META, signed(b"other")),
        (META, signed(b"{}", "wrong")),
        (BAILEYS, {}),
        (BAILEYS, signed(b"{}")),
        (BAILEYS, {"Authorization": "Bearer wrong"}),
        (BAILEYS, {"Authorization": f"Token {SECRET}"}),
        (BAILEYS, {"Authorization": "Basic !"}),
        (BAILEYS, API),
    ],
)
def test_nothing_is_stored_when_signature_is_wrong(
    client: TestClient, committed: Connection, path: str, headers: dict[str, str]
) -> None:
    encoded = {name: value.encode() for name, value in headers.items()}
    assert client.post(path, content=b"{}", headers=encoded).status_code == 401
    assert count(committed, "webhook_reject") == 0


def test_secret_is_accepted_when_it_is_a_basic_password(client: TestClient) -> None:
    assert client.post(BAILEYS, json=upsert("1", "x"), auth=("any", SECRET)).status_code == 200


def test_waha_and_twilio_are_genuine_when_signed_their_way() -> None:
    body, url = b'{"event":"message"}', "https://crm.example/webhooks/waha/1"
    digest = hmac.new(b"waha-key", body, "sha512").hexdigest()
    headers = {"x-webhook-hmac": digest, "x-webhook-hmac-algorithm": "sha512"}
    assert is_webhook_genuine(SETTINGS, "waha", headers, url, body)
    assert not is_webhook_genuine(SETTINGS, "waha", headers, url, body + b" ")
    assert not is_webhook_genuine(SETTINGS, "waha", {}, url, body)
    headers = {"authorization": f"Bearer {SECRET}"}
    assert is_webhook_genuine(replace(SETTINGS, waha_hmac_key=""), "waha", headers, url, body)

    # The example in Twilio's documentation of request validation.
    settings = replace(SETTINGS, twilio_auth_token="12345")
    url = "https://example.com/myapp.php?foo=1&bar=2"
    form = b"CallSid=CA1234567890ABCDE&Caller=%2B14158675310&Digits=1234&From=%2B14158675310"
    form += b"&To=%2B18005551212"
    headers = {"x-twilio-signature": twilio("12345", url, form)}
    assert is_webhook_genuine(settings, "twilio", headers, url, form)
    assert not is_webhook_genuine(settings, "twilio", headers, url + "x", form)


def twilio(token: str, url: str, form: bytes) -> str:
    """Signature over the address and the fields, sorted, written out by hand for this form."""
    assert form
    text = (
        url + "CallSidCA1234567890ABCDECaller+14158675310Digits1234From+14158675310To+18005551212"
    )
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


@pytest.mark.parametrize(("token", "status"), [("meta-token", 200), ("wrong", 403), ("", 403)])
def test_challenge_is_answered_when_the_token_is_right(
    client: TestClient, token: str, status: int
) -> None:
    query = {"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": "1158201444"}
    answer = client.get(META, params=query)
    assert answer.status_code == status
    assert (answer.text == "1158201444") == (status == 200)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/webhooks/nobody/1", 404),
        ("/webhooks/baileys/77", 404),
        (f"/webhooks/baileys/{2**70}", 404),
        ("/webhooks/baileys/x", 422),
    ],
)
def test_answer_is_json_when_the_path_is_unknown(
    client: TestClient, path: str, status: int
) -> None:
    answer = client.post(path, json=upsert("1", "x"), headers=BEARER)
    assert (answer.status_code, bool(answer.json()["detail"])) == (status, True)


@pytest.mark.parametrize("is_streamed", [True, False])
def test_body_is_refused_when_it_is_too_large(client: TestClient, is_streamed: bool) -> None:
    part = b" " * 60_000
    content: Any = iter([part, part]) if is_streamed else part + part
    assert client.post(BAILEYS, content=content, headers=BEARER).status_code == 413


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"{oops", "not valid JSON"),
        (b"\xff\x00", "not valid JSON"),
        (b"[" * 50_000, "not valid JSON"),
        (b"[" * 500 + b"]" * 500, "nested too deeply"),
        (b"[]", "not a Baileys event"),
        (json.dumps(upsert("1", float("inf"))).encode(), "invalid"),
    ],
)
def test_payload_is_kept_when_it_cannot_be_processed(
    client: TestClient, committed: Connection, body: bytes, reason: str
) -> None:
    for _ in range(2):
        answer = client.post(BAILEYS, content=body, headers=BEARER)
        assert (answer.status_code, reason in answer.json()["rejected"]) == (200, True)
    [(kept,)] = committed.execute(
        "select payload from webhook_reject where resolved_at is null"
    ).fetchall()
    assert kept == body.decode("utf-8", "replace").replace("\0", "\ufffd")
    assert count(committed) == 0


def test_payload_is_kept_closed_when_nothing_in_it_becomes_a_row(
    client: TestClient, committed: Connection
) -> None:
    event = {"event": "never.heard.of", "data": {}}
    assert client.post(BAILEYS, json=event, headers=BEARER).json()["ignored"] == 1
    [row] = committed.execute(
        "select reason, payload::jsonb, resolved_at is not null from webhook_reject"
    ).fetchall()
    assert row == ("nothing to store: never.heard.of", event, True)


def test_rejects_are_replayed_when_the_adapter_is_mended(
    client: TestClient,
    committed: Connection,
    database: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DATABASE_URL", database)

    def broken(payload: Any) -> ProviderResult:
        raise KeyError("a bug")

    with monkeypatch.context() as patch:
        patch.setitem(PROVIDERS, "baileys", broken)
        answer = client.post(BAILEYS, json=upsert("1", "mended"), headers=BEARER)
        assert "KeyError" in answer.json()["rejected"]
    client.post(BAILEYS, content=b"junk", headers=BEARER)
    assert main(["rejects"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2
    assert main(["rejects", "replay"]) == 1
    assert capsys.readouterr().out == "1 went in, 1 still rejected.\n"
    assert main(["rejects", "--business", "1"]) == 0
    [left] = capsys.readouterr().out.splitlines()
    assert "not valid JSON" in left
    [(body,)] = committed.execute("select body from whatsapp_message").fetchall()
    assert body == "mended"
    assert main(["rejects", "replay", "999"]) == 0


def test_others_go_in_when_one_of_an_array_is_bad(
    client: TestClient, committed: Connection
) -> None:
    batch = [upsert("1", "one"), 7, upsert("2", "two")]
    answer = client.post(BAILEYS, json=batch, headers=BEARER).json()
    assert (answer["messages"], "not a JSON object" in answer["rejected"]) == (2, True)
    assert count(committed, "webhook_reject where resolved_at is null") == 1


def test_form_is_an_object_when_posted_as_twilio_does(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []

    def adapter(payload: Any) -> ProviderResult:
        seen.append(payload)
        return ProviderResult()

    monkeypatch.setitem(PROVIDERS, "twilio", adapter)
    form = {"From": "whatsapp:+972501234567", "Body": "שלום & co", "MediaUrl0": ""}
    assert client.post("/webhooks/twilio/1", data=form, headers=BEARER).status_code == 200
    assert seen == [form]


def test_events_and_messages_are_one_transaction_when_stored(
    client: TestClient, committed: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def adapter(payload: Any) -> ProviderResult:
        message = Message(direction="outbound", to_number="+972501234567", body="hi",
                          provider="test", provider_message_id="m1")  # fmt: skip
        event = MessageEvent(kind="read", provider_message_id="m1", address="972501234567@c.us")
        return ProviderResult(messages=[message], events=[event])

    monkeypatch.setitem(PROVIDERS, "baileys", adapter)
    committed.execute("alter table whatsapp_message_event rename to hidden")
    assert client.post(BAILEYS, json={}, headers=BEARER).status_code == 503
    assert count(committed) == 0
    committed.execute("alter table hidden rename to whatsapp_message_event")
    for inserted in (1, 0):
        answer = client.post(BAILEYS, json={}, headers=BEARER).json()
        assert (answer["messages"], answer["events"]) == (inserted, inserted)
    query = "/api/whatsapp/conversation/0501234567?business_id=1"
    assert client.get(query, headers=API).json()["messages"][0]["status"] == "read"


def test_payload_is_kept_when_our_own_code_fails(
    client: TestClient, committed: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: Any) -> None:
        raise ZeroDivisionError("ours")

    monkeypatch.setattr(intake, "insert_messages", fail)
    answer = client.post(BAILEYS, json=upsert("1", "x"), headers=BEARER)
    assert (answer.status_code, answer.json()["rejected"]) == (200, "ZeroDivisionError: ours")
    assert count(committed, "webhook_reject where resolved_at is null") == 1


def test_answer_is_503_when_the_database_is_down(tmp_path: Any) -> None:
    url = f"postgresql://postgres@/x?host={tmp_path}"
    with TestClient(create_app(url, replace(SETTINGS, pool_seconds=0.2))) as client:
        for answer in (
            client.post(BAILEYS, json=upsert("1", "x"), headers=BEARER),
            client.get("/api/whatsapp/conversation/1?business_id=1", headers=API),
            client.get("/healthz"),
        ):
            assert answer.status_code == 503
            assert int(answer.headers["Retry-After"]) > 0


def test_messages_go_in_when_the_database_has_come_back(
    client: TestClient, committed: Connection
) -> None:
    assert client.post(BAILEYS, json=upsert("1", "x"), headers=BEARER).status_code == 200
    committed.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity "
        "where pid <> pg_backend_pid() and datname = current_database()"
    )
    assert client.post(BAILEYS, json=upsert("2", "x"), headers=BEARER).status_code == 200
    assert count(committed) == 2


def test_answer_is_503_when_too_many_are_in_progress(database: str, committed: Connection) -> None:
    """A lock holds up the first two; the third is not let in, and all go in afterwards."""
    settings = replace(SETTINGS, max_waiting=2, pool_size=1)
    statuses: list[int] = []
    with TestClient(create_app(database, settings)) as client:

        def post(number: int) -> None:
            answer = client.post(BAILEYS, json=upsert(str(number), "x"), headers=BEARER)
            statuses.append(answer.status_code)

        with psycopg.connect(database) as blocker:
            blocker.execute("lock table whatsapp_message in exclusive mode")
            threads = [threading.Thread(target=post, args=[number]) for number in range(2)]
            for thread in threads:
                thread.start()
            deadline = time.monotonic() + 5
            busy = None
            while (busy is None or busy.status_code == 404) and time.monotonic() < deadline:
                time.sleep(0.05)
                if waiting(committed):
                    # An unknown business: should it be let in after all, it writes nothing.
                    busy = client.post("/webhooks/baileys/77", json={}, headers=BEARER)
            assert busy is not None and busy.status_code == 503
            assert int(busy.headers["Retry-After"]) > 0
            blocker.rollback()
        for thread in threads:
            thread.join()
    assert statuses == [200, 200]
    assert count(committed) == 2


def test_answer_is_503_when_no_connection_is_free_in_time(
    database: str, committed: Connection
) -> None:
    settings = replace(SETTINGS, pool_size=1, pool_seconds=0.3)
    with TestClient(create_app(database, settings)) as client:
        answers: list[int] = []

        def post() -> None:
            answer = client.post(BAILEYS, json=upsert("1", "x"), headers=BEARER)
            answers.append(answer.status_code)

        with psycopg.connect(database) as blocker:
            blocker.execute("lock table whatsapp_message in exclusive mode")
            thread = threading.Thread(target=post)
            thread.start()
            deadline = time.monotonic() + 5
            while not waiting(committed) and time.monotonic() < deadline:
                time.sleep(0.02)
            assert client.get("/healthz").status_code == 503
            blocker.rollback()
        thread.join()
        assert answers == [200]
        assert client.get("/healthz").status_code == 200


def test_answer_is_408_when_the_body_does_not_arrive() -> None:
    async def never() -> Any:
        await asyncio.sleep(60)

    async def read() -> None:
        settings = replace(SETTINGS, body_seconds=0.05)
        gate = Gate(settings, cast(Any, None))
        request = Request({"type": "http", "headers": [], "method": "POST"}, receive=never)
        with pytest.raises(Problem, match="in time") as raised:
            await gate.read_body(request)
        assert raised.value.status == 408

    asyncio.run(read())


def waiting(connection: Connection) -> bool:
    """Whether a session waits for the table."""
    query = "select from pg_locks where not granted"
    return connection.execute(query).rowcount > 0


def test_server_refuses_to_start_when_a_secret_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("META_APP_SECRET", "WAHA_HMAC_KEY", "TWILIO_AUTH_TOKEN", "WEBHOOK_SECRET"):
        monkeypatch.delenv(f"ONETHREAD_{name}", raising=False)
    monkeypatch.setenv("ONETHREAD_API_TOKEN", "x")
    assert main(["serve"]) == 1
    assert "ONETHREAD_WEBHOOK_SECRET" in capsys.readouterr().err
    monkeypatch.setenv("ONETHREAD_WEBHOOK_SECRET", "x")
    monkeypatch.setenv("ONETHREAD_API_TOKEN", " ")
    assert main(["serve"]) == 1
    assert "ONETHREAD_API_TOKEN" in capsys.readouterr().err


def test_only_what_has_a_secret_is_checked_when_insecure(
    database: str, committed: Connection
) -> None:
    with TestClient(create_app(database, Settings(is_insecure=True))) as client:
        assert client.post(BAILEYS, json=upsert("1", "x")).status_code == 200
        assert client.post(META, json={"entry": []}).status_code == 200
    settings = Settings(is_insecure=True, webhook_secret=SECRET)
    with TestClient(create_app(database, settings)) as client:
        assert client.post(BAILEYS, json=upsert("1", "x")).status_code == 401


def test_error_is_told_when_payload_is_no_json() -> None:
    with pytest.raises(PayloadError, match="unknown provider"):
        intake.parse_payload("nobody", "{}")
