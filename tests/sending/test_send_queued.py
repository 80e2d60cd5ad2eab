"""onethread send-queued, against a provider that is not always willing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import httpx
import psycopg
import pytest

from onethread.sending import configured_senders, send_queued
from onethread.sending.queue import MAX_ATTEMPTS
from tests.cli.commands import CommandLine
from tests.conftest import Connection, add_business, insert
from tests.sending.fake_provider import FakeProvider, Request, run_fake_provider
from tests.sql.query import rows, scalar

PHONE = "+972501234567"
LID = "111111111111111@lid"


@pytest.fixture
def provider() -> Iterator[FakeProvider]:
    with run_fake_provider() as provider:
        yield provider


@pytest.fixture
def session(database: str) -> Iterator[Connection]:
    with psycopg.connect(database, autocommit=True) as connection:
        add_business(connection)
        yield connection


def environment(provider: FakeProvider, *names: str) -> dict[str, str]:
    """Settings of the providers named; both when none is."""
    settings = {
        "meta_cloud": {
            "ONETHREAD_META_URL": provider.url + "/v24.0/",
            "ONETHREAD_META_PHONE_NUMBER_ID": "106540352242922",
            "ONETHREAD_META_ACCESS_TOKEN": "meta-token",
        },
        "evolution": {
            "ONETHREAD_EVOLUTION_URL": provider.url,
            "ONETHREAD_EVOLUTION_INSTANCE": "my clinic",
            "ONETHREAD_EVOLUTION_API_KEY": "evolution-key",
        },
    }
    return {k: v for name in names or settings for k, v in settings[name].items()}


def send(connection: Connection, provider: FakeProvider, *names: str) -> tuple[int, int, int]:
    """Sends what is due in business 1; (sent, delayed, failed)."""
    with httpx.Client(timeout=60) as client:
        senders = configured_senders(client, environment(provider, *names))
        result = send_queued(lambda: connection, 1, senders)
    return result.sent, result.delayed, result.failed


def queue(connection: Connection, address: str = PHONE, **columns: Any) -> Any:
    """Inserts a queued message as any writer does."""
    columns = {"body": "Hello", "status": "queued"} | columns
    return insert(connection, 1, "outbound", address=address, **columns)


def asked(connection: Connection, **columns: Any) -> int:
    """Somebody writes; the id of the conversation."""
    return int(insert(connection, 1, "inbound", **columns).conversation_id)


def state(connection: Connection, message_id: int) -> tuple[Any, ...]:
    """(status of the row, status shown, provider's id, attempts)."""
    [row] = rows(
        connection,
        "select m.status, t.status as shown, m.provider_message_id, m.send_attempts "
        "from whatsapp_message m left join whatsapp_thread t using (business_id, id) "
        "where m.id = %s",
        message_id,
    )
    return tuple(row)


def due(connection: Connection) -> None:
    """Time passes: whatever waits is due now."""
    connection.execute(
        "update whatsapp_message set send_after = now() - interval '1 s' "
        "where status in ('queued', 'sending')"
    )


def test_answer_goes_through_the_provider_the_person_wrote_by(
    session: Connection, provider: FakeProvider
) -> None:
    by_cloud = asked(
        session, from_number="972501234567", to_number="972370001", provider="meta_cloud"
    )
    by_gateway = asked(session, from_number=LID, provider="evolution")
    for conversation in (by_cloud, by_gateway):
        session.execute("select onethread.queue_message(1, %s, 'Hello')", [conversation])
    assert send(session, provider) == (2, 0, 0)
    cloud, gateway = provider.requests
    assert cloud.path == "/v24.0/106540352242922/messages"
    assert cloud.headers["authorization"] == "Bearer meta-token"
    assert cloud.content == {
        "messaging_product": "whatsapp", "recipient_type": "individual", "to": "972501234567",
        "type": "text", "text": {"body": "Hello", "preview_url": False},
    }  # fmt: skip
    assert gateway.path == "/message/sendText/my%20clinic"
    assert gateway.headers["apikey"] == "evolution-key"
    assert gateway.content == {"number": LID, "text": "Hello"}
    sent = rows(session, "select * from whatsapp_thread where direction = 'outbound' order by id")
    assert [(m.conversation_id, m.status, m.provider_message_id) for m in sent] == [
        (by_cloud, "sent", "wamid.0001"),
        (by_gateway, "sent", "3EB00002"),
    ]


@pytest.mark.parametrize(
    ("address", "name", "expected"),
    [
        ("0501234567", "meta_cloud", {"to": "972501234567"}),
        ("US.13491208655302741918", "meta_cloud", {"recipient": "US.13491208655302741918"}),
        ("0501234567", "evolution", {"number": "972501234567"}),
        ("120363029388650001@g.us", "evolution", {"number": "120363029388650001@g.us"}),
    ],
)
def test_address_is_written_as_the_provider_reads_it(
    session: Connection, provider: FakeProvider, address: str, name: str, expected: dict[str, str]
) -> None:
    queue(session, address)
    assert send(session, provider, name) == (1, 0, 0)
    assert expected.items() <= provider.requests[0].content.items()


def test_status_comes_from_the_webhook_when_it_was_sent(
    session: Connection, provider: FakeProvider
) -> None:
    message = queue(session)
    assert state(session, message.id)[:2] == ("queued", "queued")
    assert send(session, provider, "meta_cloud") == (1, 0, 0)
    session.execute(
        "insert into whatsapp_message_event (business_id, kind, provider_message_id, address) "
        "values (1, 'read', 'wamid.0001', %s)",
        [PHONE],
    )
    assert state(session, message.id) == ("sent", "read", "wamid.0001", 1)
    assert send(session, provider, "meta_cloud") == (0, 0, 0)
    assert len(provider.requests) == 1


def test_scheduled_message_waits_for_its_time_and_holds_up_nobody(
    session: Connection, provider: FakeProvider
) -> None:
    later = queue(session, body="later", send_after="2100-01-01")
    queue(session, body="now")
    insert(session, 1, "outbound", address=PHONE, body="already sent", send_after="2020-01-01")
    assert send(session, provider, "meta_cloud") == (1, 0, 0)
    assert provider.texts == ["now"]
    due(session)
    assert send(session, provider, "meta_cloud") == (1, 0, 0)
    newest = scalar(session, "select id from whatsapp_message order by sent_at desc limit 1")
    assert newest == later.id  # in the thread where it was sent, not where it was scheduled


# How the provider answers, and the seconds until the message is tried again.
TEMPORARY = [
    ((500, {}, {}), 15),
    ((503, "Service Unavailable", {}), 15),
    ((429, {"error": {"code": 130429, "message": "Rate limit hit"}}, {"Retry-After": "120"}), 120),
    ((429, {}, {"Retry-After": "2"}), 15),
    ((429, {}, {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}), 15),
    ((400, {"error": {"code": 131056, "message": "Pair rate limit hit"}}, {}), 15),
]
FINAL: list[Any] = [
    (400, {"error": {"code": 131047, "message": "Re-engagement message",
                     "error_data": {"details": "more than 24 hours have passed"}}}, {}),
    (401, {"error": {"code": 190, "message": "Invalid OAuth access token"}}, {}),
]  # fmt: skip
# Taken, or not: nobody knows. What is sent again may arrive twice.
UNCONFIRMED: dict[str, Any] = {
    "no id": (200, {"unexpected": 1}, {}),
    "html": (200, "<html>", {}),
    "nothing": (200, "", {}),
    "NUL": (200, {"messages": [{"id": "wamid.\0"}]}, {}),
    "half a surrogate": (200, '{"messages": [{"id": "wamid.\\ud800"}]}', {}),
    "no text": (200, b'{"messages": [{"id": "\xff\xfe"}]}', {}),
    "100,000 brackets": (200, "[" * 100_000 + "]" * 100_000, {}),
    "100,000 digits": (200, '{"messages": [{"id": ' + "1" * 100_000 + "}]}", {}),
    "an id of any length": (200, {"messages": [{"id": "w" * 100_000}]}, {}),
    "an object for an id": (200, {"messages": [{"id": {"id": "x"}}]}, {}),
    "a huge body": (200, '{"messages": [{"id": "w"}], "x": "' + "x" * 20_000_000 + '"}', {}),
    "a body that breaks off": (200, '{"messages": [{"id": "w"}]', {"Content-Length": "1000"}),
    "bad gzip": (200, "no gzip", {"Content-Encoding": "gzip"}),
    "no answer": None,
}


@pytest.mark.parametrize(("answer", "seconds"), TEMPORARY)
def test_message_is_tried_again_when_the_provider_could_not_take_it(
    session: Connection, provider: FakeProvider, answer: Any, seconds: int
) -> None:
    message = queue(session)
    provider.answers = [answer]
    assert send(session, provider, "meta_cloud") == (0, 1, 0)
    assert state(session, message.id)[:2] == ("queued", "queued")
    wait = scalar(
        session,
        "select extract(epoch from send_after - now()) from whatsapp_message where id = %s",
        message.id,
    )
    assert seconds - 10 < wait <= seconds
    assert send(session, provider, "meta_cloud") == (0, 0, 0)  # not before its time
    due(session)
    assert send(session, provider, "meta_cloud") == (1, 0, 0)
    assert state(session, message.id) == ("sent", "sent", "wamid.0002", 2)


@pytest.mark.parametrize("answer", FINAL)
def test_message_fails_with_the_reason_when_the_provider_refuses(
    session: Connection, provider: FakeProvider, answer: Any
) -> None:
    message = queue(session)
    provider.answers = [answer]
    assert send(session, provider, "meta_cloud") == (0, 0, 1)
    assert state(session, message.id)[:2] == ("failed", "failed")
    reason = scalar(session, "select body from whatsapp_message_event where kind = 'failed'")
    assert reason
    if answer[0] == 400:
        assert reason == "131047: 400 more than 24 hours have passed"
    due(session)
    assert send(session, provider, "meta_cloud") == (0, 0, 0)


@pytest.mark.parametrize("answer", UNCONFIRMED.values(), ids=UNCONFIRMED)
def test_message_is_sent_with_its_id_unknown_whatever_the_provider_answers(
    session: Connection, provider: FakeProvider, answer: Any
) -> None:
    message = queue(session)
    queue(session, "0502222222", body="the next one")
    provider.answers = [answer]
    assert send(session, provider, "meta_cloud") == (2, 0, 0)
    assert state(session, message.id)[:2] == ("sent", "sent")
    note = scalar(session, "select delivery_note from whatsapp_thread where id = %s", message.id)
    assert note.startswith("sent, id unknown: ")
    due(session)
    assert send(session, provider, "meta_cloud") == (0, 0, 0)
    assert provider.texts == ["Hello", "the next one"]


@pytest.mark.parametrize("reason", ["\0 no \ud800", "[" * 100_000, 5, None, [[1] * 9] * 9, {}])
def test_message_fails_with_what_can_be_stored_of_the_reason(
    session: Connection, provider: FakeProvider, reason: Any
) -> None:
    message = queue(session)
    provider.answers = [(400, {"error": {"code": [1], "message": reason}}, {})]
    assert send(session, provider, "meta_cloud") == (0, 0, 1)
    assert state(session, message.id)[0] == "failed"


def test_sender_goes_on_when_an_outcome_cannot_be_noted(
    session: Connection, provider: FakeProvider, capsys: pytest.CaptureFixture[str]
) -> None:
    """A CRM's own trigger refuses it, every time: the message is claimed eight times, no more."""
    session.execute(
        "create function refuse() returns trigger language plpgsql as "
        "$$ begin raise exception 'not today'; end; $$;"
        "create trigger refuse before update on whatsapp_message for each row "
        "when (new.status = 'sent' and new.body = 'Hello') execute function refuse()"
    )
    message = queue(session)
    other = queue(session, "0502222222", body="the next one")
    send(session, provider, "meta_cloud")
    assert "not today" in capsys.readouterr().err
    assert state(session, other.id)[0] == "sent"
    for _ in range(8):
        due(session)
        send(session, provider, "meta_cloud")
    assert provider.texts.count("Hello") == 8
    assert state(session, message.id)[0] == "failed"


def test_message_fails_when_it_was_tried_too_often(
    session: Connection, provider: FakeProvider
) -> None:
    message = queue(session)
    provider.answers = [(500, {}, {})] * MAX_ATTEMPTS
    for attempt in range(MAX_ATTEMPTS - 1):
        assert send(session, provider, "meta_cloud") == (0, 1, 0)
        wait = scalar(
            session,
            "select extract(epoch from send_after - now()) from whatsapp_message where id = %s",
            message.id,
        )
        assert 15 * 2**attempt - 10 < wait <= 15 * 2**attempt
        due(session)
    assert send(session, provider, "meta_cloud") == (0, 0, 1)
    assert state(session, message.id)[:2] == ("failed", "failed")
    waits = scalar(session, "select count(*) from whatsapp_message_event where kind = 'failed'")
    assert waits == 1


def test_message_is_tried_again_when_nobody_answers(
    session: Connection, provider: FakeProvider
) -> None:
    queue(session)
    with httpx.Client(timeout=60) as client:
        settings = environment(provider, "meta_cloud")
        senders = configured_senders(
            client, settings | {"ONETHREAD_META_URL": "http://127.0.0.1:9"}
        )
        assert send_queued(lambda: session, 1, senders).delayed == 1


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"address": LID, "provider": "meta_cloud"}, "cannot write to a lid"),
        ({"address": PHONE, "kind": "image"}, "only text"),
        ({"address": PHONE, "body": None}, "only text"),
        ({"address": "Unknown"}, "identifies nobody"),
    ],
)
def test_message_fails_when_it_cannot_be_addressed_or_is_no_text(
    session: Connection, provider: FakeProvider, columns: Any, reason: str
) -> None:
    message = queue(session, **columns)
    assert send(session, provider, "meta_cloud") == (0, 0, 1)
    assert provider.requests == []
    assert state(session, message.id)[0] == "failed"
    assert reason in scalar(session, "select body from whatsapp_message_event")


def test_each_message_is_sent_once_and_in_order_when_many_senders_work(
    database: str, session: Connection, provider: FakeProvider
) -> None:
    for number in range(30):
        queue(session, f"+97250100000{number % 3}", body=f"{number}")
    barrier = threading.Barrier(4)

    def work() -> None:
        with psycopg.connect(database, autocommit=True) as connection:
            barrier.wait()
            send(connection, provider, "meta_cloud")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # A sender stops when all that is left is in others' hands.
    send(session, provider, "meta_cloud")
    assert sorted(map(int, provider.texts)) == list(range(30))
    for person in range(3):
        texts = [int(text) for text in provider.texts if int(text) % 3 == person]
        assert texts == sorted(texts)
    assert scalar(session, "select count(*) from whatsapp_thread where status = 'sent'") == 30


def test_second_answer_waits_while_the_first_is_on_its_way(
    database: str, session: Connection, provider: FakeProvider
) -> None:
    queue(session, body="first")
    queue(session, body="second")
    queue(session, "0507654321", body="to another")
    counts = []

    def meanwhile(request: Request) -> None:
        provider.before_answer = lambda request: None
        counts.append(send(session, provider, "meta_cloud"))

    provider.before_answer = meanwhile
    with psycopg.connect(database, autocommit=True) as other:
        counts.append(send(other, provider, "meta_cloud"))
    assert counts == [(1, 0, 0), (2, 0, 0)]
    assert provider.texts == ["first", "to another", "second"]


def test_lost_attempt_is_told_so_when_a_later_one_has_the_message(session: Connection) -> None:
    message = queue(session)
    for attempt in (1, 2):
        claimed = rows(session, "select * from onethread.claim_queued_messages(1, 10, '1 hour')")
        assert [(m.id, m.send_attempts) for m in claimed] == [(message.id, attempt)]
        due(session)
    sent = "select onethread.note_sent_message(1, %s, %s, %s)"
    assert not scalar(session, sent, message.id, 1, "late")
    assert not scalar(
        session, "select onethread.note_failed_message(1, %s, 1, 'x', null)", message.id
    )
    assert scalar(session, sent, message.id, 2, "in time")
    assert state(session, message.id) == ("sent", "sent", "in time", 2)


def test_late_sender_changes_nothing_when_another_has_taken_over(
    database: str, session: Connection, provider: FakeProvider
) -> None:
    """Its lease ran out while the provider took its time."""
    message = queue(session)

    def take_over(request: Request) -> None:
        provider.before_answer = lambda request: None
        due(session)
        assert send(session, provider, "meta_cloud") == (1, 0, 0)

    provider.before_answer = take_over
    with psycopg.connect(database, autocommit=True) as slow:
        send(slow, provider, "meta_cloud")
    assert state(session, message.id)[2:] == ("wamid.0002", 2)
    assert scalar(session, "select count(*) from whatsapp_message_event where kind = 'sent'") == 1


def test_echo_is_the_copy_when_it_came_before_the_answer(
    session: Connection, provider: FakeProvider
) -> None:
    """The gateway reports the message as an event of its own, faster than it answers."""
    asked(session, address=PHONE, provider="evolution")
    message = queue(session, source="agent", provider="evolution")

    def echo(request: Request) -> None:
        insert(session, 1, "outbound", address="972501234567@s.whatsapp.net", source="gateway",
               body="Hello", provider="evolution", provider_message_id="3EB00001")  # fmt: skip

    provider.before_answer = echo
    assert send(session, provider, "evolution") == (1, 0, 0)
    thread = rows(session, "select * from whatsapp_thread where direction = 'outbound'")
    assert [(m.id, m.source, m.provider_message_id) for m in thread] == [
        (message.id, "agent", "3EB00001")
    ]
    with pytest.raises(psycopg.errors.UniqueViolation):
        echo(provider.requests[0])


def test_key_makes_an_answer_one_when_it_is_queued_twice(session: Connection) -> None:
    conversation = asked(session, address=PHONE)
    query = "select onethread.queue_message(1, %s, 'x', 'agent', 'key')"
    assert scalar(session, query, conversation) is not None
    assert scalar(session, query, conversation) is None
    with pytest.raises(psycopg.errors.NoDataFound):
        session.execute(query, [12345])


def test_message_for_another_sender_is_left_and_counted(
    session: Connection, provider: FakeProvider
) -> None:
    for columns in (
        {"address": LID}, {"address": PHONE, "provider": "waha"},
        {"address": "0502222222", "from_number": "+972370002"},
    ):  # fmt: skip
        queue(session, **columns)
    settings = environment(provider, "meta_cloud") | {"ONETHREAD_META_OWN_NUMBER": "+972370001"}
    with httpx.Client() as client:
        result = send_queued(lambda: session, 1, configured_senders(client, settings))
    assert (result.sent, result.failed, result.waiting) == (0, 0, 3)
    assert send(session, provider, "evolution") == (2, 0, 0)


def test_answer_that_waits_for_its_turn_is_not_counted_as_left(
    session: Connection, provider: FakeProvider
) -> None:
    """The first one is tried again in a while; what a person wrote is nobody's to send."""
    thread = asked(session, address=PHONE, status="queued")
    provider.answers = [(503, "Service Unavailable", {})]
    for body in ("first", "second"):
        queue(session, body=body, conversation_id=thread)
    settings = environment(provider, "meta_cloud")
    with httpx.Client() as client:
        result = send_queued(lambda: session, 1, configured_senders(client, settings))
    assert (result.sent, result.delayed, result.waiting) == (0, 1, 0)


def test_command_says_how_it_went(
    clinic: CommandLine, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = clinic("send-queued")
    assert (outcome.code, "no provider is configured" in outcome.err) == (1, True)
    monkeypatch.setenv("ONETHREAD_META_ACCESS_TOKEN", "x")
    assert "ONETHREAD_META_PHONE_NUMBER_ID is not set" in clinic("send-queued").err
    for name, value in environment(provider, "meta_cloud").items():
        monkeypatch.setenv(name, value)
    with psycopg.connect(clinic.url, autocommit=True) as connection:
        queue(connection)
        queue(connection, "0502222222", kind="image")
        queue(connection, "0503333333")
        queue(connection, LID)
    provider.answers = [None]
    assert clinic("send-queued", "--business", "77").code == 1
    outcome = clinic("send-queued")
    assert (outcome.code, outcome.out) == (
        1,
        "2 sent, 0 to be tried again, 1 failed. Of those sent, 1 without an id: see the thread. "
        "1 wait for another sender.\n",
    )


def test_command_sends_from_no_number_of_another_business(
    clinic: CommandLine, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    def give(business_id: int | None, number: str | None, *names: str) -> None:
        own = {} if number is None else {"ONETHREAD_META_OWN_NUMBER": number}
        for name, value in (environment(provider, *names) | own).items():
            if business_id is not None:
                name = name.replace("ONETHREAD_", f"ONETHREAD_BUSINESS_{business_id}_")
            monkeypatch.setenv(name, f"{value}-{business_id}" if "TOKEN" in name else value)

    give(None, None, "meta_cloud")
    added = clinic("business", "add", "Other", "--region", "IL", "--number", "+97237000200")
    assert added.code == 0
    with psycopg.connect(clinic.url, autocommit=True) as connection:
        for business_id in (1, 2):
            insert(connection, business_id, "outbound", address=PHONE, status="queued",
                   body=f"from {business_id}")  # fmt: skip
    outcome = clinic("send-queued")
    assert (outcome.code, "more than one business" in outcome.err) == (1, True)
    give(1, "+97237000100", "meta_cloud")
    assert "ONETHREAD_BUSINESS_2_" in clinic("send-queued").err
    give(2, None, "meta_cloud")
    assert "ONETHREAD_BUSINESS_2_META_OWN_NUMBER is not set" in clinic("send-queued").err
    give(2, "+97237000100", "meta_cloud")
    assert "is no number of business 2" in clinic("send-queued").err
    assert provider.requests == []
    give(2, "+972 3-700-0200", "meta_cloud")
    outcome = clinic("send-queued")
    assert (outcome.code, outcome.out) == (0, "2 sent, 0 to be tried again, 0 failed.\n")
    assert [
        (request.content["text"]["body"], request.headers["authorization"])
        for request in provider.requests
    ] == [("from 1", "Bearer meta-token-1"), ("from 2", "Bearer meta-token-2")]
    monkeypatch.setenv("ONETHREAD_META_OWN_NUMBER", "+97237000300")
    monkeypatch.delenv("ONETHREAD_BUSINESS_1_META_OWN_NUMBER")
    assert "is not set" in clinic("send-queued", "--business", "1").err
