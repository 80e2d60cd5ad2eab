"""The application under a role of its own: each transaction is about one business."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import psycopg
import pytest
from fastapi.testclient import TestClient
from psycopg.conninfo import make_conninfo

import onethread
from onethread.database.tenant import business_rows, business_transaction
from onethread.errors import UnknownBusiness
from onethread.intake import rejects
from onethread.intake.take import take_payload
from onethread.messages.read import list_conversation
from onethread.people import identity
from onethread.sending import send_queued
from onethread.sending.sender import Sender
from onethread.web import Settings, create_app
from onethread.web.pending import apply_all_pending
from onethread.web.server import _pool
from tests.conftest import Connection, add_business, add_login

PHONE, OTHER = "+972501234567", "+972507654321"
SETTING = "select current_setting('onethread.business_id', true)"


@pytest.fixture
def businesses(database: str) -> tuple[int, int]:
    """Two businesses."""
    with psycopg.connect(database) as owner:
        return add_business(owner, "First"), add_business(owner, "Second")


@pytest.fixture
def url(database: str) -> Iterator[str]:
    """The database as a login that is in onethread_app and has no other rights."""
    role = f"application_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(database, autocommit=True) as owner:
        add_login(owner, role, "onethread_app")
        yield make_conninfo(database, user=role)


@pytest.fixture
def application(url: str, businesses: tuple[int, int]) -> Iterator[Connection]:
    """A connection of the application; it fits the schema, as its role can see."""
    with onethread.connect(url) as connection:
        yield connection


def message(address: str, body: str = "Hi") -> onethread.Message:
    return onethread.Message(direction="inbound", from_number=address, body=body)


def test_application_works_when_it_is_not_the_owner(
    application: Connection, businesses: tuple[int, int]
) -> None:
    first, second = businesses
    for business_id in businesses:
        result = onethread.insert_messages(
            application, business_id, [message(PHONE), message(OTHER)]
        )
        assert (result.inserted, result.unlinked, result.rejected) == (2, 0, [])
    ids = [row["conversation_id"] for row in onethread.inbox(application, first)]
    assert len(ids) == 2
    assert ids != [row["conversation_id"] for row in onethread.inbox(application, second)]
    [row] = onethread.thread(application, first, PHONE)
    assert row["body"] == "Hi"
    assert len(list_conversation(application, second, PHONE)) == 1
    merge_id = identity.merge(application, first, ids[0], ids[1], "one person")
    assert len(onethread.inbox(application, first)) == 1
    assert len(onethread.inbox(application, second)) == 2
    identity.undo_merge(application, first, merge_id)
    assert identity.pending(application, first) == []
    assert identity.explain(application, first, int(row["id"]))
    with pytest.raises(psycopg.errors.NoDataFound, match="there is no message"):
        identity.explain(application, second, int(row["id"]))
    with pytest.raises(psycopg.errors.NoDataFound, match="there is no merge"):
        identity.undo_merge(application, second, merge_id)


def test_reject_is_kept_when_payload_is_unreadable(
    application: Connection, businesses: tuple[int, int]
) -> None:
    first, second = businesses
    take_payload(application, first, "meta_cloud", "not JSON")
    assert len(rejects.list_rejects(application, first)) == 1
    assert rejects.list_rejects(application, second) == []
    assert rejects.list_rejects(application) == []


def test_unknown_business_is_told_when_id_is_no_bigint(application: Connection) -> None:
    for business_id in (10**30, -(10**30), 999_999):
        with pytest.raises(UnknownBusiness):
            onethread.inbox(application, business_id)


def test_nothing_is_seen_when_transaction_is_about_no_business(
    application: Connection, businesses: tuple[int, int]
) -> None:
    onethread.insert_message(application, businesses[0], message(PHONE))
    count = "select count(*) from public.whatsapp_message"
    assert application.execute(count).fetchone() == (0,)
    with business_transaction(application, businesses[0]):
        assert application.execute(count).fetchone() == (1,)
    with business_transaction(application, None):
        assert application.execute(count).fetchone() == (0,)
    assert application.execute(count).fetchone() == (0,)


def test_inbox_works_when_it_is_not_the_owner(
    url: str, application: Connection, businesses: tuple[int, int]
) -> None:
    first, second = businesses
    for business_id in businesses:
        onethread.insert_messages(application, business_id, [message(PHONE), message(OTHER)])
    lines = onethread.inbox(application, first)
    [one, other] = [line["conversation_id"] for line in lines]
    client = TestClient(
        create_app(url, Settings(is_insecure=True)),
        base_url="http://127.0.0.1:8000",
        headers={"Sec-Fetch-Site": "same-origin", "X-Requested-With": "fetch"},
    )
    with client:
        for page in (
            "", "?q=hi", f"/conversation/{one}", f"/conversation/{one}/merge?other={other}",
            "/conflicts", "/reports", f"/message/{lines[0]['message_id']}", "/lines",
        ):  # fmt: skip
            answer = client.get(f"/inbox/{first}{page}")
            assert answer.status_code == 200, answer.text
        assert PHONE in client.get(f"/inbox/{first}/lines?q=hi").text

        def post(path: str, **form: object) -> int:
            return client.post(f"/inbox/{first}/{path}", data=form).status_code

        assert post(f"conversation/{one}/read", message_id=lines[0]["message_id"]) == 204
        assert post(f"conversation/{one}/reply", body="Yes", key="12345678") == 204
        assert post(f"conversation/{one}/merge", other=other) == 204
        merge_id = business_rows(
            application, first, "select id from onethread.whatsapp_conversation_merge", []
        )[0]["id"]
        assert post(f"merge/{merge_id}/undo") == 204
        assert post("conflicts/different", first=one, second=other) == 204
    count = "select count(*) as n from onethread.conversation_read"
    assert business_rows(application, first, count, []) == [{"n": 1}]
    assert business_rows(application, second, count, []) == [{"n": 0}]


class Provider(Sender):
    """Takes everything."""

    kinds = frozenset({"phone"})
    own_number = None

    def send(self, kind: str, value: str, body: str) -> str:
        return f"sent-{body}"


def test_queue_is_sent_when_it_is_not_the_owner(
    application: Connection, businesses: tuple[int, int]
) -> None:
    queue = "select onethread.queue_message(%s, onethread.find_conversation(%s, %s), 'Yes')"
    for business_id in businesses:
        onethread.insert_message(application, business_id, message(PHONE))
        business_rows(application, business_id, queue, [business_id, business_id, PHONE])
    assert send_queued(lambda: application, businesses[0], {"any": Provider()}).sent == 1
    state = "select status from whatsapp_message where direction = 'outbound'"
    assert business_rows(application, businesses[0], state, []) == [{"status": "sent"}]
    assert business_rows(application, businesses[1], state, []) == [{"status": "queued"}]


def test_pending_evidence_of_every_business_is_applied_when_it_is_not_the_owner(
    database: str, application: Connection, businesses: tuple[int, int]
) -> None:
    evidence = onethread.Evidence(a=PHONE, b="99000000001@lid", relation="same")
    for business_id in businesses:
        onethread.insert_messages(
            application, business_id, [message(PHONE), message("99000000001@lid")]
        )
    with psycopg.connect(database) as holder:
        holder.execute("select from whatsapp_conversation for update")
        for business_id in businesses:
            onethread.insert_evidence(application, business_id, [evidence])
            assert identity.pending(application, business_id)
    apply_all_pending(application, 10)
    for business_id in businesses:
        assert identity.pending(application, business_id) == []
        assert len(onethread.inbox(application, business_id)) == 1


def test_setting_is_the_outer_one_again_when_transactions_are_nested(
    application: Connection, businesses: tuple[int, int]
) -> None:
    first, second = businesses
    with business_transaction(application, first):
        with business_transaction(application, second):
            assert application.execute(SETTING).fetchone() == (str(second),)
        assert application.execute(SETTING).fetchone() == (str(first),)
        with (
            pytest.raises(psycopg.errors.DivisionByZero),
            business_transaction(application, second),
        ):
            application.execute("select 1 / 0")
        assert application.execute(SETTING).fetchone() == (str(first),)
        assert len(business_rows(application, second, "select 1", [])) == 1
        assert application.execute(SETTING).fetchone() == (str(first),)
    assert application.execute(SETTING).fetchone() in [("",), (None,)]


def test_setting_is_gone_when_connection_comes_back_to_the_pool(
    url: str, businesses: tuple[int, int]
) -> None:
    # The pool has one more, for pending evidence: so there is one.
    with _pool(url, Settings(pool_size=0)) as pool:
        for number in range(3):
            with pool.connection() as connection:
                backend = connection.info.backend_pid
                assert connection.execute(SETTING).fetchone() in [("",), (None,)]
                # As nothing in the application does.
                connection.execute(f"set onethread.business_id = '{businesses[0]}'")
                if number == 1:
                    connection.execute("begin")
                    connection.execute(f"set local onethread.business_id = '{businesses[1]}'")
            with pool.connection() as connection:
                assert connection.info.backend_pid == backend
                assert connection.execute(SETTING).fetchone() in [("",), (None,)]
                assert connection.execute("show statement_timeout").fetchone() == ("15s",)


def test_server_serves_one_business_at_a_time_when_it_is_not_the_owner(
    url: str, businesses: tuple[int, int]
) -> None:
    first, second = businesses
    with TestClient(
        create_app(url, Settings(is_insecure=True, pool_size=1)), "http://127.0.0.1"
    ) as client:
        payload = {
            "event": "message",
            "session": "default",
            "payload": {"id": "false_1@c.us_A", "from": "972501234567@c.us", "body": "Hi"},
        }
        answer = client.post(f"/webhooks/waha/{first}", json=payload)
        assert (answer.status_code, answer.json()["messages"]) == (200, 1)
        path = "/api/v1/thread/0501234567"
        assert client.get(path, params={"business_id": first}).status_code == 200
        assert client.get(path, params={"business_id": second}).status_code == 404
        assert client.post(f"/webhooks/waha/{second + 100}", json=payload).status_code == 404
