"""What becomes of payloads, one by one or many at once, when some of them cannot go in."""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient

from onethread.intake import together
from onethread.intake.store import IntakeResult
from onethread.intake.take import replay_rejects
from onethread.messages import write
from onethread.messages.statements import Row, message_row
from onethread.model.message import Message
from onethread.model.message_event import MessageEvent
from onethread.providers import PROVIDERS, ProviderResult
from tests.cli.test_ingest import upsert
from tests.conftest import Connection
from tests.web.conftest import BAILEYS, BEARER, Way


def refuse(connection: Connection, condition: str, error: str) -> None:
    """A trigger of a CRM that raises this for some rows."""
    connection.execute(
        "create function refuse() returns trigger language plpgsql as "
        f"$$ begin if {condition} then raise exception {error}; end if; return new; end $$"
    )
    connection.execute(
        "create trigger a_refuse before insert on whatsapp_message "
        "for each row execute function refuse()"
    )


def bodies(connection: Connection) -> list[str]:
    return [body for (body,) in connection.execute("select body from whatsapp_message order by id")]


def kept(connection: Connection) -> list[tuple[Any, ...]]:
    """(reason, payload, whether it waits to be processed) of what is kept, in its order."""
    return connection.execute(
        "select reason, payload, resolved_at is null and not is_unread "
        "from onethread.webhook_reject order by id"
    ).fetchall()


def events(*texts: str) -> list[str]:
    """A payload for each text, written as no JSON library writes it."""
    return [json.dumps(upsert(text, text)).replace(": ", " :  ") for text in texts]


@pytest.mark.parametrize(
    "error", ["'spam'", "'spam' using errcode = 'check_violation'"], ids=["raised", "check"]
)
def test_payload_is_kept_alone_when_the_database_refuses_it(
    way: Way, committed: Connection, error: str
) -> None:
    refuse(committed, "new.body = 'bad'", error)
    sent = events("1", "2", "bad", "4", "5")
    way.take(*sent)
    assert bodies(committed) == ["1", "2", "4", "5"]
    assert kept(committed) == [("spam", sent[2], True)]


def test_payload_is_kept_alone_when_our_own_code_fails(
    way: Way,
    committed: Connection,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def row(message: Message) -> Row:
        if message.body == "bad":
            raise ZeroDivisionError("ours")
        return message_row(message)

    monkeypatch.setattr(together, "message_row", row)
    monkeypatch.setattr(write, "message_row", row)
    sent = events("1", "bad", "3", "4")
    way.take(*sent)
    assert bodies(committed) == ["1", "3", "4"]
    assert kept(committed) == [("ZeroDivisionError: ours", sent[1], True)]
    assert [record.message for record in caplog.records] == ["a payload could not be processed"]


def test_payload_is_kept_when_nothing_can_be_learned_from_it(
    way: Way, committed: Connection
) -> None:
    committed.execute(
        "create or replace function onethread.learn_from_copies("
        "p_business_id bigint, p_provider_message_ids text[]) returns bigint language plpgsql "
        "as $$ begin if 'BAD0BAD0' = any (p_provider_message_ids) then raise exception 'no'; "
        "end if; return 0; end $$"
    )
    sent = [json.dumps(upsert(i, "hi")) for i in ("AAAA0001", "BAD0BAD0", "AAAA0002")]
    way.take(*sent)
    assert len(bodies(committed)) == 3
    assert kept(committed) == [("no", sent[1], True)]


def test_payload_stays_open_when_one_row_is_refused_and_another_unread(
    way: Way, committed: Connection
) -> None:
    """Its messages: one with the id of a stored one, two that the database refuses."""
    refuse(committed, "new.body like 'bad%'", "'spam' using errcode = 'check_violation'")
    messages = [
        upsert(message_id, body)["data"]["messages"][0]
        for message_id, body in (("1", "other"), ("2", "bad"), ("3", "bad too"), ("4", "good"))
    ]
    payload = json.dumps({"event": "messages.upsert", "data": {"messages": messages}})
    way.take(*events("1"), payload)
    assert bodies(committed) == ["1", "good"]
    assert kept(committed) == [("spam; spam", payload, True)]


def test_payload_is_kept_once_when_it_comes_by_webhook_and_by_file(
    client: TestClient, files: Way, committed: Connection
) -> None:
    event = ' {"event" :"never.heard.of", "text": "\u05e9"}'
    assert client.post(BAILEYS, content=event.encode(), headers=BEARER).json()["unread"] == 1
    assert files.ingest(event).unread == {"never.heard.of": 1}
    assert kept(committed) == [("not read: never.heard.of", event, False)]


def test_rejects_are_in_the_order_of_the_file_when_reasons_differ(
    files: Way, committed: Connection
) -> None:
    refuse(committed, "new.body = 'bad'", "'spam' using errcode = 'check_violation'")
    sent = ["{", *events("1", "bad", "2"), "7", '{"event": "never.heard.of"}']
    result = files.ingest(*sent)
    assert (result.messages, result.rejected.total(), result.unread.total()) == (2, 3, 1)
    assert [payload for _, payload, _ in kept(committed)] == [sent[0], sent[2], *sent[4:]]


def test_payload_counts_once_when_several_of_its_rows_are_refused(
    files: Way, committed: Connection
) -> None:
    refuse(committed, "true", "'spam' using errcode = 'check_violation'")
    messages = [upsert(str(n), "x")["data"]["messages"][0] for n in range(3)]
    result = files.ingest(json.dumps({"event": "messages.upsert", "data": {"messages": messages}}))
    assert result.rejected == {"spam; spam; spam": 1}


@pytest.mark.parametrize("content", ["[]", "", "\n\n"])
def test_nothing_is_rejected_when_a_file_has_no_payload(
    files: Way, committed: Connection, content: str
) -> None:
    assert files.ingest(content) == IntakeResult()
    assert kept(committed) == []


def test_nothing_of_a_batch_goes_in_when_the_server_is_at_fault(
    files: Way, committed: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As of a webhook: what belongs together is together, and comes again."""

    def adapter(payload: Any) -> ProviderResult:
        message = Message(direction="outbound", to_number="+972501234567", body="hi",
                          provider="test", provider_message_id="m1")  # fmt: skip
        event = MessageEvent(kind="read", provider_message_id="m1")
        return ProviderResult(messages=[message], events=[event])

    monkeypatch.setitem(PROVIDERS, "baileys", adapter)
    committed.execute("alter table whatsapp_message_event rename to hidden")
    with pytest.raises(psycopg.errors.UndefinedTable) as raised:
        files.ingest("{}", "{oops")
    assert "At least 0 messages went in. Run it again" in raised.value.__notes__[0]
    assert bodies(committed) == [row[0] for row in kept(committed)] == []
    committed.execute("alter table hidden rename to whatsapp_message_event")
    result = files.ingest("{}", "{oops")
    assert (result.messages, result.events, result.rejected.total()) == (1, 1, 1)


def test_answer_is_503_when_the_database_is_a_standby(
    database: str, client: TestClient, committed: Connection
) -> None:
    name = psycopg.conninfo.conninfo_to_dict(database)["dbname"]
    committed.execute(f"alter database {name} set default_transaction_read_only = on")
    committed.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity "
        "where pid <> pg_backend_pid() and datname = current_database()"
    )
    for payload in (json.dumps(upsert("1", "x")), "{oops"):
        answer = client.post(BAILEYS, content=payload, headers=BEARER)
        assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)
    committed.execute(f"alter database {name} reset default_transaction_read_only")


def test_reject_is_unread_with_its_reason_when_the_rest_is_not_read(
    client: TestClient, committed: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(payload: Any) -> ProviderResult:
        raise KeyError("a bug")

    event = '{"event": "never.heard.of"}'
    with monkeypatch.context() as patch:
        patch.setitem(PROVIDERS, "baileys", broken)
        client.post(BAILEYS, content=event, headers=BEARER)
    assert [is_open for _, _, is_open in kept(committed)] == [True]
    assert len(replay_rejects(committed, 1, None).unread) == 1
    assert kept(committed) == [("not read: never.heard.of", event, False)]
