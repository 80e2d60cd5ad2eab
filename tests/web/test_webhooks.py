"""POST /webhooks/...: who may send, what is stored, what is answered."""

from __future__ import annotations

import hmac
import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from onethread.cli.main import main
from onethread.intake import together
from onethread.intake.payload import read_payload
from onethread.intake.take import take_files
from onethread.messages import write
from onethread.model.message import Message
from onethread.model.message_event import MessageEvent
from onethread.providers import PROVIDERS, ProviderResult
from onethread.web import Settings, create_app
from tests.cli.commands import CLOUD
from tests.cli.test_ingest import upsert
from tests.conftest import Connection
from tests.web.conftest import (
    API,
    BAILEYS,
    BEARER,
    LOCAL,
    META_SECRET,
    META_TOKEN,
    SECRET,
    SETTINGS,
    with_keys,
)

META = "/webhooks/meta_cloud/1"


def signed(body: bytes, secret: str = META_SECRET) -> dict[str, str]:
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
    assert count(committed, "onethread.webhook_reject") == 0


def test_secret_is_accepted_when_it_is_a_basic_password(client: TestClient) -> None:
    assert client.post(BAILEYS, json=upsert("1", "x"), auth=("any", SECRET)).status_code == 200


@pytest.mark.parametrize(("token", "status"), [(META_TOKEN, 200), ("wrong", 403), ("", 403)])
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


@pytest.mark.parametrize("is_streamed", [True, False])
def test_body_is_taken_when_it_is_as_large_as_it_may_be(
    client: TestClient, is_streamed: bool
) -> None:
    body = json.dumps(upsert("1", "x")).encode()
    for size, status in ((SETTINGS.max_body_bytes, 200), (SETTINGS.max_body_bytes + 1, 413)):
        content: Any = body.ljust(size)
        content = iter([content]) if is_streamed else content
        assert client.post(BAILEYS, content=content, headers=BEARER).status_code == status


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"{oops", "not valid JSON"),
        (b"\xff\x00", "not valid JSON"),
        (b"[" * 50_000, "not valid JSON"),
        (b"[" * 500 + b"]" * 500, "not a JSON object"),
        (b"[" * 5_000 + b"]" * 5_000, "not a JSON object"),
        (b"[]", "not a Baileys event"),
    ],
)
def test_payload_is_kept_when_it_cannot_be_processed(
    client: TestClient, committed: Connection, body: bytes, reason: str
) -> None:
    for _ in range(2):
        answer = client.post(BAILEYS, content=body, headers=BEARER)
        assert (answer.status_code, reason in answer.json()["rejected"]) == (200, True)
    [(kept,)] = committed.execute(
        "select payload from onethread.webhook_reject where resolved_at is null"
    ).fetchall()
    assert kept == body.decode("utf-8", "replace").replace("\0", "\ufffd")
    assert count(committed) == 0


def test_payload_is_unread_when_nobody_has_heard_of_the_event(
    client: TestClient, committed: Connection
) -> None:
    event = {"event": "never.heard.of", "data": {}}
    for _ in range(2):
        answer = client.post(BAILEYS, json=event, headers=BEARER).json()
        assert (answer["ignored"], answer["unread"]) == (0, 1)
    [row] = committed.execute(
        "select reason, payload::jsonb, is_unread and resolved_at is null "
        "from onethread.webhook_reject"
    ).fetchall()
    assert row == ("not read: never.heard.of", event, True)


@pytest.mark.parametrize("is_served", [True, False], ids=["serve", "ingest"])
def test_payload_is_unread_when_another_message_has_its_id(
    client: TestClient, committed: Connection, tmp_path: Path, is_served: bool
) -> None:
    first, second = upsert("3EB0", "first"), upsert("3EB0", "second")
    for event in (first, second, first, second):
        if is_served:
            assert client.post(BAILEYS, json=event, headers=BEARER).status_code == 200
        else:
            (path := tmp_path / "event.json").write_text(json.dumps(event))
            take_files(committed, 1, "baileys", [str(path)])
    assert committed.execute("select body from whatsapp_message").fetchall() == [("first",)]
    rows = committed.execute(
        "select reason, payload::jsonb, is_unread and resolved_at is null "
        "from onethread.webhook_reject"
    ).fetchall()
    assert rows == [("not read: another message has this id", second, True)]


def test_payload_is_counted_only_when_it_is_of_no_interest(
    client: TestClient, committed: Connection
) -> None:
    for number in range(3):
        event = {"event": "presence.update", "data": {"id": f"{number}@lid", "presences": {}}}
        answer = client.post(BAILEYS, json=event, headers=BEARER).json()
        assert (answer["ignored"], answer["unread"]) == (1, 0)
    assert count(committed, "onethread.webhook_reject") == 0


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
    assert main(["rejects", "replay", "999"]) == 1
    assert "there is no reject 999" in capsys.readouterr().err


def test_others_go_in_when_one_of_an_array_is_bad(
    client: TestClient, committed: Connection
) -> None:
    batch = [upsert("1", "one"), 7, upsert("2", "two")]
    answer = client.post(BAILEYS, json=batch, headers=BEARER).json()
    assert (answer["messages"], "not a JSON object" in answer["rejected"]) == (2, True)
    assert count(committed, "onethread.webhook_reject where resolved_at is null") == 1


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


def test_json_is_json_when_it_is_called_a_form(client: TestClient) -> None:
    """As curl does."""
    headers = {**BEARER, "Content-Type": "application/x-www-form-urlencoded"}
    body = json.dumps(upsert("1", "a=b&c=d"))
    assert client.post(BAILEYS, content=body, headers=headers).json()["messages"] == 1


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
    query = "/api/v1/thread/0501234567?business_id=1"
    assert client.get(query, headers=API).json()["messages"][0]["status"] == "read"


def test_payload_is_kept_when_our_own_code_fails(
    client: TestClient, committed: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: Any) -> None:
        raise ZeroDivisionError("ours")

    monkeypatch.setattr(together, "message_row", fail)
    monkeypatch.setattr(write, "message_row", fail)
    answer = client.post(BAILEYS, json=upsert("1", "x"), headers=BEARER)
    assert (answer.status_code, answer.json()["rejected"]) == (200, "ZeroDivisionError: ours")
    assert count(committed, "onethread.webhook_reject where resolved_at is null") == 1


def test_server_refuses_to_start_when_a_secret_is_missing(
    database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", database)
    for name in ("META_APP_SECRET", "WAHA_HMAC_KEY", "TWILIO_AUTH_TOKEN", "WEBHOOK_SECRET"):
        monkeypatch.delenv(f"ONETHREAD_{name}", raising=False)
    monkeypatch.setenv("ONETHREAD_API_TOKEN", "x" * 16)
    assert main(["serve"]) == 1
    assert "ONETHREAD_WEBHOOK_SECRET" in capsys.readouterr().err
    monkeypatch.setenv("ONETHREAD_WEBHOOK_SECRET", "x" * 16)
    monkeypatch.setenv("ONETHREAD_API_TOKEN", " ")
    assert main(["serve"]) == 1
    assert "ONETHREAD_API_TOKEN" in capsys.readouterr().err


def test_only_what_has_a_secret_is_checked_when_insecure(
    database: str, committed: Connection
) -> None:
    with TestClient(create_app(database, Settings(is_insecure=True)), LOCAL) as client:
        assert client.post(BAILEYS, json=upsert("1", "x")).status_code == 200
        assert client.post(META, json={"entry": []}).status_code == 200
    settings = with_keys(Settings(is_insecure=True), WEBHOOK_SECRET=SECRET)
    with TestClient(create_app(database, settings), LOCAL) as client:
        assert client.post(BAILEYS, json=upsert("1", "x")).status_code == 401


def test_payload_has_a_reason_when_its_provider_is_unknown() -> None:
    assert read_payload("nobody", "{}").reasons == ["unknown provider 'nobody'"]
