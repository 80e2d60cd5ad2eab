"""Answering in the inbox: the 24-hour window, templates, failures, files, the first word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from onethread.sending import configured_senders, open_client, send_queued
from onethread.web.inbox import provider as inbox_provider
from tests.conftest import Connection, insert
from tests.sending.fake_provider import FakeProvider, run_fake_provider
from tests.sql.query import scalar
from tests.web.test_inbox import PHONE, inbox

__all__ = ["inbox"]

CLOUD = {"provider": "meta_cloud", "from_number": "972501234567"}
TEMPLATES = [
    {"name": "reminder", "language": "en", "status": "APPROVED", "components": [
        {"type": "HEADER", "format": "TEXT", "text": "Clinic"},
        {"type": "BODY", "text": "Hello {{1}}, see you on {{2}}."}]},
    {"name": "named", "language": "he", "status": "APPROVED", "components": [
        {"type": "BODY", "text": "שלום {{name}}"}]},
    {"name": "waits", "language": "en", "status": "PENDING", "components": [
        {"type": "BODY", "text": "x"}]},
    {"name": "picture", "language": "en", "status": "APPROVED", "components": [
        {"type": "HEADER", "format": "IMAGE"}, {"type": "BODY", "text": "x"}]},
]  # fmt: skip
KEY = "0123456789abcdef"


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeProvider]:
    """A Cloud API that the server is configured for."""
    with run_fake_provider() as fake:
        monkeypatch.setenv("ONETHREAD_META_URL", fake.url)
        monkeypatch.setenv("ONETHREAD_META_PHONE_NUMBER_ID", "1")
        monkeypatch.setenv("ONETHREAD_META_ACCESS_TOKEN", "token")
        monkeypatch.setenv("ONETHREAD_META_BUSINESS_ACCOUNT_ID", "77")
        inbox_provider._templates.clear()
        fake.files["/77/message_templates"] = (200, {"data": TEMPLATES}, {})
        yield fake


def queued(connection: Connection) -> list[Any]:
    return connection.execute(
        "select kind, body, conversation_id from whatsapp_message where status = 'queued' "
        "order by id"
    ).fetchall()


def test_closed_window_is_asked_about_before_an_answer_is_queued(
    inbox: TestClient, committed: Connection, cloud: FakeProvider
) -> None:
    old = insert(committed, 1, "inbound", **CLOUD, sent_at="2026-01-01 10:00+00")
    path = f"/inbox/1/conversation/{old.conversation_id}"
    page = inbox.get(path).text
    assert 'id="closed">' in page and f'href="{path}/template"' in page
    answer = inbox.post(f"{path}/reply", data={"body": "Hello <b>", "key": KEY})
    assert (answer.status_code, queued(committed)) == (409, [])
    assert "Hello &lt;b&gt;</textarea>" in answer.text and 'name="anyway"' in answer.text
    form = {"body": "Hello", "key": KEY, "anyway": "true"}
    assert inbox.post(f"{path}/reply", data=form).status_code == 303
    assert queued(committed) == [("text", "Hello", old.conversation_id)]
    # They write: it is open.
    insert(committed, 1, "inbound", **CLOUD)
    page = inbox.get(path).text
    assert 'id="closed" hidden' in page and "Free text until" in page
    assert inbox.post(f"{path}/reply", data={"body": "2", "key": KEY + "2"}).status_code == 303


def test_approved_template_is_offered_filled_in_and_sent(
    inbox: TestClient, committed: Connection, cloud: FakeProvider
) -> None:
    row = insert(committed, 1, "inbound", **CLOUD, sent_at="2026-01-01 10:00+00")
    path = f"/inbox/1/conversation/{row.conversation_id}/template"
    page = inbox.get(path).text
    assert re.findall(r"\?name=([a-z]+)", page) == ["named", "reminder"]
    assert 'name="value-2"' in inbox.get(f"{path}?name=reminder/en").text
    form = {"key": KEY, "name": "reminder/en", "value-1": "Dana", "value-2": "Monday"}
    assert inbox.post(path, data=form | {"value-2": " "}).status_code == 422
    assert inbox.post(path, data=form | {"name": "waits/en"}).status_code == 404
    assert [inbox.post(path, data=form).status_code for _ in range(2)] == [303, 303]
    named = {"key": KEY + "2", "name": "named/he", "value-name": "Dana"}
    assert inbox.post(path, data=named).status_code == 303
    assert [body for _, body, _ in queued(committed)] == [
        "Clinic\nHello Dana, see you on Monday.", "שלום Dana",
    ]  # fmt: skip
    with open_client() as client:
        assert send_queued(lambda: committed, 1, configured_senders(client)).sent == 2
    first, second = (request.content["template"] for request in cloud.requests)
    assert first == {
        "name": "reminder", "language": {"code": "en"}, "components": [{"type": "body",
        "parameters": [{"type": "text", "text": "Dana"}, {"type": "text", "text": "Monday"}]}],
    }  # fmt: skip
    assert second["components"][0]["parameters"] == [
        {"type": "text", "text": "Dana", "parameter_name": "name"}
    ]


def test_failure_is_told_in_words_and_the_answer_sent_again_once(
    inbox: TestClient, committed: Connection
) -> None:
    asked = insert(committed, 1, "inbound", address=PHONE)
    failed = insert(committed, 1, "outbound", address=PHONE, body="Will you come?", source="agent",
                    provider_message_id="out1")  # fmt: skip
    committed.execute(
        "insert into whatsapp_message_event (business_id, kind, provider_message_id, body) "
        "values (1, 'failed', 'out1', '131026: Message undeliverable')"
    )
    path = f"/inbox/1/conversation/{asked.conversation_id}"
    page = inbox.get(path).text
    assert "This number is not on WhatsApp" in page and "131026: Message undeliverable" in page
    again = f"/inbox/1/message/{failed.id}/again"
    assert f'action="{again}"' in page
    for _ in range(2):
        answer = inbox.post(again)
        assert (answer.status_code, answer.headers["location"]) == (303, path)
    assert queued(committed) == [("text", "Will you come?", asked.conversation_id)]
    assert inbox.post(f"/inbox/1/message/{asked.id}/again").status_code == 404


def test_conversation_is_started_by_a_number_in_any_spelling(
    inbox: TestClient, committed: Connection
) -> None:
    known = insert(committed, 1, "inbound", address=PHONE)
    committed.execute("insert into business_number values (1, 'phone', '+97237000100')")
    assert 'name="number"' in inbox.get("/inbox/1/new").text
    form = {"number": "054-777 1234", "body": "Your result is here", "key": KEY}
    answers = [inbox.post("/inbox/1/new", data=form) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    [(kind, body, thread)] = queued(committed)
    assert (kind, body) == ("text", "Your result is here")
    assert answers[1].headers["location"] == f"/inbox/1/conversation/{thread}"
    assert scalar(committed, "select onethread.find_conversation(1, '+972547771234')") == thread
    form |= {"number": "0501234567", "key": KEY + "2"}
    assert inbox.post("/inbox/1/new", data=form).status_code == 303
    assert queued(committed)[1][2] == known.conversation_id
    for nobody in ("Dana", "12", "lead:7", "03-700-0100", "1-1@g.us"):
        answer = inbox.post("/inbox/1/new", data=form | {"number": nobody})
        assert answer.status_code == 422, nobody
    assert len(queued(committed)) == 2


def test_file_is_fetched_through_the_provider(
    inbox: TestClient, committed: Connection, cloud: FakeProvider
) -> None:
    rows = [
        insert(committed, 1, "inbound", **CLOUD, kind=kind, media=media,
               provider_message_id=f"in{media}")
        for kind, media in (
            ("image", '{"id": "M1"}'), ("document", '{"id": "M2", "filename": "a\\"b.svg"}'),
            ("image", '{"id": "../1"}'), ("image", '{"id": "M4"}'), ("image", '{"id": "M5"}'),
        )
    ]  # fmt: skip
    cloud.files |= {
        "/M1": (200, {"url": f"{cloud.url}/f1"}, {}),
        "/f1": (200, b"picture", {"Content-Type": "image/png"}),
        "/M2": (200, {"url": f"{cloud.url}/f2"}, {}),
        "/f2": (200, b"<svg onload=alert(1)>", {"Content-Type": "image/svg+xml"}),
        "/M4": (200, {"url": "http://169.254.169.254/secret"}, {}),
        "/M5": (200, {"url": f"{cloud.url}/f5"}, {}),
        "/f5": (200, b"x" * 25_000_001, {"Content-Type": "image/png"}),
    }
    page = inbox.get(f"/inbox/1/conversation/{rows[0].conversation_id}").text
    assert f'<img src="/inbox/1/message/{rows[0].id}/file"' in page
    found = [inbox.get(f"/inbox/1/message/{row.id}/file") for row in rows]
    assert [each.status_code for each in found] == [200, 200, 502, 502, 502]
    assert (found[0].content, found[0].headers["content-type"]) == (b"picture", "image/png")
    assert found[0].headers["x-content-type-options"] == "nosniff"
    assert found[1].headers["content-type"] == "application/octet-stream"
    assert found[1].headers["content-disposition"] == "attachment; filename*=UTF-8''a%22b.svg"
    assert "larger than 25 MB" in found[4].text
    assert {token for _, token in cloud.asked} == {"Bearer token"}
    assert [path for path, _ in cloud.asked] == [
        "/M1", "/f1", "/M2", "/f2", "/..%2F1", "/M4", "/M5", "/f5",
    ]  # fmt: skip
    committed.execute(
        "insert into whatsapp_message_event (business_id, kind, provider_message_id, address) "
        "select 1, 'revoked', provider_message_id, from_number from whatsapp_message where id = %s",
        [rows[0].id],
    )
    plain = insert(committed, 1, "inbound", **CLOUD)
    for message in (plain, rows[0]):
        assert inbox.get(f"/inbox/1/message/{message.id}/file").status_code == 404


def test_links_are_links_and_nothing_else_is(inbox: TestClient, committed: Connection) -> None:
    body = 'see https://a.example/b?c=1&d=2. Or (http://e.example/), javascript:x, https://é"<b>'
    row = insert(committed, 1, "inbound", address=PHONE, body=body)
    page = inbox.get(f"/inbox/1/conversation/{row.conversation_id}/messages").text
    assert re.findall(r'<a href="([^"]*)" target="_blank" rel="([^"]*)">([^<]*)</a>', page) == [
        ("https://a.example/b?c=1&amp;d=2", "noopener noreferrer nofollow",
         "https://a.example/b?c=1&amp;d=2"),
        ("http://e.example/", "noopener noreferrer nofollow", "http://e.example/"),
    ]  # fmt: skip
