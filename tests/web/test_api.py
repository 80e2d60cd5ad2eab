"""/api/v1: lists, threads, answers, read marks, suggestions, merges; and its errors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient
from pytest_postgresql.executors import NoopExecutor

from onethread.web import create_app
from tests.conftest import Connection, add_business, insert
from tests.server import cloned
from tests.web.conftest import API, SETTINGS

DANA, AVI, LID = "+972501110001", "+972501110002", "876019134910105@lid"


@pytest.fixture(scope="module")
def served(postgresql_noproc: NoopExecutor) -> Iterator[tuple[TestClient, Connection]]:
    """One application for all tests; each has a business of its own."""
    with (
        cloned(postgresql_noproc) as uri,
        psycopg.connect(uri, autocommit=True) as connection,
        TestClient(create_app(uri, SETTINGS), headers=API) as client,
    ):
        yield client, connection


class Clinic:
    """A business, seen through the API."""

    def __init__(self, client: TestClient, connection: Connection) -> None:
        self.client, self.connection = client, connection
        self.id = add_business(connection)

    def get(self, path: str, status: int = 200, **query: Any) -> Any:
        answer = self.client.get(f"/api/v1/{path}", params={"business_id": self.id} | query)
        assert answer.status_code == status, answer.text
        return answer.json()

    def post(self, path: str, body: Any, status: int = 200, key: str = "") -> Any:
        headers = {"Idempotency-Key": key} if key else {}
        answer = self.client.post(
            f"/api/v1/{path}", params={"business_id": self.id}, json=body, headers=headers
        )
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def insert(self, direction: str, **columns: Any) -> Any:
        return insert(self.connection, self.id, direction, **columns)


@pytest.fixture
def clinic(served: tuple[TestClient, Connection]) -> Clinic:
    return Clinic(*served)


def names(page: Any) -> list[str]:
    return [line["identifiers"][0] for line in page["conversations"]]


def test_conversations_are_listed_filtered_and_paged(clinic: Clinic) -> None:
    for number in range(5):
        clinic.insert("inbound", address=f"+97250111000{number}", body=f"word{number}")
    clinic.insert("outbound", address="+972501110004", body="answered")
    page = clinic.get("conversations", limit=2)
    assert names(page) == ["+972501110004", "+972501110003"]
    [line, _] = page["conversations"]
    assert (line["unread"], line["is_waiting"], line["last_message"]["body"]) == (
        1,
        False,
        "answered",
    )
    assert names(clinic.get("conversations", limit=2, before=page["next"]))[0] == "+972501110002"
    clinic.post(
        f"conversations/{page['conversations'][1]['id']}/read",
        {"message_id": page["conversations"][1]["last_message"]["id"]},
    )
    assert names(clinic.get("conversations", unread=True)) == [
        f"+97250111000{number}" for number in (4, 2, 1, 0)
    ]
    waiting = clinic.get("conversations", waiting=True, limit=3)
    assert names(waiting) == [f"+97250111000{number}" for number in (3, 2, 1)]
    assert names(clinic.get("conversations", waiting=True, before=waiting["next"])) == [
        "+972501110000"
    ]
    assert names(clinic.get("conversations", search="word2")) == ["+972501110002"]
    assert names(clinic.get("conversations", search="0501110001")) == ["+972501110001"]
    assert clinic.get("conversations", search="word2", unread=True, lead_id="1") == {
        "conversations": [],
        "next": None,
    }


def test_conversations_of_a_lead_are_found(clinic: Clinic) -> None:
    row = clinic.connection.execute(
        "insert into lead (business_id, phone, name) values (%s, %s, 'Dana') returning id",
        [clinic.id, DANA],
    ).fetchone()
    assert row
    clinic.insert("inbound", address=DANA)
    clinic.insert("inbound", address=AVI)
    [line] = clinic.get("conversations", lead_id=str(row[0]))["conversations"]
    assert (line["name"], line["lead_id"]) == ("Dana", str(row[0]))


def test_thread_is_read_by_id_and_by_any_spelling(clinic: Clinic) -> None:
    rows = [clinic.insert("inbound", address=DANA, body=str(n)) for n in range(3)]
    thread = rows[0].conversation_id
    page = clinic.get(f"conversations/{thread}/messages", limit=2)
    assert [message["body"] for message in page["messages"]] == ["2", "1"]
    last = clinic.get(f"conversations/{thread}/messages", limit=2, before=page["next"])
    assert ([message["body"] for message in last["messages"]], last["next"]) == (["0"], None)
    spelled = clinic.get("thread/050-111-0001")
    assert spelled["conversation_id"] == str(thread)
    assert spelled["messages"][:2] == page["messages"]
    detail = clinic.get(f"conversations/{thread}")
    assert (detail["reply_address"], detail["unread"], detail["unanswered"]) == (DANA, 3, 3)


def test_message_is_told_with_its_explanation(clinic: Clinic) -> None:
    body = {"direction": "inbound", "from_number": DANA, "body": "hello"}
    written = clinic.post("messages", body)
    message = clinic.get(f"messages/{written['id']}")
    assert (message["body"], message["conversation_id"]) == ("hello", written["conversation_id"])
    assert [step["step"] for step in message["explanation"]][0::10] == ["address"]
    assert message["explanation"][-1]["step"] == "conversation"


def test_answer_is_queued_once_whatever_is_posted_again(clinic: Clinic) -> None:
    thread = clinic.insert("inbound", address=DANA).conversation_id
    path = f"conversations/{thread}/answers"
    first = clinic.post(path, {"body": "yes"}, key="key-of-one")
    again = clinic.post(path, {"body": " yes "}, key="key-of-one")
    assert (first["is_duplicate"], again["is_duplicate"]) == (False, True)
    assert first["id"] == again["id"]
    assert "another answer" in clinic.post(path, {"body": "no"}, 422, key="key-of-one")["detail"]
    clinic.post(path, {"body": "later", "send_after": "2026-01-01T00:00:00"}, 422, key="key-of-two")
    clinic.post(path, {"body": "  "}, 422, key="key-of-two")
    clinic.post(path, {"body": "keyless"}, 422)
    clinic.post("conversations/0/answers", {"body": "x"}, 404, key="key-of-two")
    rows = clinic.connection.execute(
        "select body, status, to_number from whatsapp_message "
        "where business_id = %s and direction = 'outbound'",
        [clinic.id],
    ).fetchall()
    assert rows == [("yes", "queued", DANA)]


def test_suggestion_is_accepted_undone_and_refused(clinic: Clinic) -> None:
    for address in (DANA, AVI, LID):
        clinic.insert("inbound", address=address)
    for b in (AVI, LID):
        clinic.connection.execute(
            "insert into whatsapp_identity_evidence (business_id, a, b, relation, source, weight) "
            "values (%s, %s, %s, 'same', 'a vcard', 'claimed')",
            [clinic.id, DANA, b],
        )
    first, second = clinic.get("suggestions")["suggestions"]
    assert (first["kind"], first["source"]) == ("suggestion", "a vcard")
    merge = clinic.post(f"suggestions/{first['id']}/accept", {"said_by": "Noa"})
    assert clinic.get(f"merges/{merge['id']}") == merge
    assert (merge["undone_at"], merge["messages"], "Noa" in merge["reason"]) == (None, 1, True)
    assert len(clinic.get("conversations")["conversations"]) == 2
    assert clinic.post(f"merges/{merge['id']}/undo", {})["undone_at"]
    assert len(clinic.get("conversations")["conversations"]) == 3
    clinic.post(f"suggestions/{second['id']}/refuse", {"said_by": "Noa"}, 204)
    assert clinic.get("suggestions") == {"suggestions": []}
    clinic.post(f"suggestions/{second['id']}/accept", {"said_by": "Noa"}, 404)
    clinic.post(f"merges/{merge['id']}/undo", {}, 404)


def test_merge_is_previewed_done_and_refused(clinic: Clinic) -> None:
    one, two = (clinic.insert("inbound", address=each).conversation_id for each in (DANA, LID))
    order = {"survivor_id": str(one), "absorbed_id": str(two)}
    preview = clinic.get("merges/preview", **order)
    assert (preview["refusal"], preview["messages"], preview["identities"]) == (None, 1, [LID])
    merge = clinic.post("merges", order | {"reason": "she said so"})
    assert (merge["survivor_id"], merge["absorbed_id"]) == (str(one), str(two))
    refused = clinic.post("merges", order | {"reason": "again"}, 409)
    assert refused["detail"].startswith("cannot merge")
    assert clinic.get("merges/preview", **order)["refusal"]


@pytest.mark.parametrize("path", ["", "/messages", "/answers", "/read"])
def test_nothing_is_told_of_another_business(clinic: Clinic, path: str) -> None:
    other = add_business(clinic.connection)
    message = insert(clinic.connection, other, "inbound", address=DANA)
    paths = f"conversations/{message.conversation_id}{path}"
    if path == "/answers":
        clinic.post(paths, {"body": "x"}, 404, key="12345678")
    elif path == "/read":
        clinic.post(paths, {"message_id": str(message.id)}, 404)
    else:
        clinic.get(paths, 404)
        clinic.get(f"messages/{message.id}", 404)
    assert clinic.get("conversations") == {"conversations": [], "next": None}


def test_error_says_what_is_the_case_in_one_form(clinic: Clinic) -> None:
    client = clinic.client
    answers = [
        client.get("/api/v1/conversations?business_id=1", headers={"Authorization": ""}),
        client.get("/api/v1/conversations?business_id=99999"),
        client.get(f"/api/v1/conversations?business_id={2**70}"),
        client.get(f"/api/v1/conversations?business_id={clinic.id}&before=x"),
        client.get(f"/api/v1/conversations?business_id={clinic.id}&limit=0"),
        client.get(f"/api/v1/conversations/{9**19}?business_id={clinic.id}"),
        client.get(f"/api/v1/conversations/x?business_id={clinic.id}"),
        client.get("/nowhere"),
        client.put("/api/v1/conversations"),
    ]
    assert [answer.status_code for answer in answers] == [
        401, 404, 404, 400, 422, 404, 422, 404, 405
    ]  # fmt: skip
    for answer in answers:
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["status"] == answer.status_code
        assert answer.json()["title"]
        assert answer.json()["detail"]


def test_every_route_of_the_api_wants_the_token_and_says_so(clinic: Clinic) -> None:
    description = clinic.client.get("/openapi.json").json()
    paths = {path: each for path, each in description["paths"].items() if "/api/v1/" in path}
    assert len(paths) > 10
    for path, operations in paths.items():
        for method, operation in operations.items():
            assert {"apiToken": []} in operation["security"]
            url = re.sub(r"\{\w+\}", "1", path)
            answer = clinic.client.request(method, url, headers={"Authorization": "Bearer x"})
            assert (answer.status_code, path, method) == (401, path, method)
            for status, response in operation["responses"].items():
                media = "application/problem+json" if status >= "4" else "application/json"
                assert set(response.get("content", {media: ()})) == {media}
