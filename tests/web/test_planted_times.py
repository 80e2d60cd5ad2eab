"""Times that cannot be, stored while the triggers were off: everything goes on, and is readable."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient

from onethread.cli.main import main
from onethread.web import Settings, create_app
from tests.catalog import CRM_TABLES, VIEWS, placed
from tests.conftest import Connection, insert
from tests.sql.query import add_lead, rows, scalar

PHONE, OTHER = "+972501234567", "+972507654321"
ABSURD = ("infinity", "-infinity", "55874-01-01 00:00+00", "1969-12-31 23:59+00", "0044-03-15 BC")
ARRIVAL = "2026-03-02 10:00+00"


@pytest.fixture
def planted(committed: Connection) -> Connection:
    """Two people who write and are answered, one of them a lead, with hours and a merge."""
    committed.execute("insert into onethread.business_hour values (1, 1, '09:00', '17:00')")
    add_lead(committed, 1, PHONE, "Dana")
    for address in (PHONE, OTHER):
        for number, direction in enumerate(("inbound", "outbound", "inbound")):
            insert(
                committed,
                1,
                direction,
                address=address,
                body="hello",
                sender_name="Dana",
                created_at=ARRIVAL,
                sent_at=f"2026-03-02 10:0{number}+00",
                provider_message_id=f"{address}{number}",
            )
    insert(committed, 1, "inbound", address="Unknown", created_at=ARRIVAL)
    for kind, message_id in (("sent", f"{PHONE}1"), ("read", f"{PHONE}1"), ("edited", "nobody's")):
        committed.execute(
            "insert into whatsapp_message_event (business_id, kind, provider_message_id) "
            "values (1, %s, %s)",
            [kind, message_id],
        )
    return committed


def plant(connection: Connection, absurd: str, tables: tuple[str, ...] = CRM_TABLES) -> set[str]:
    """Writes a time into every time column of every row; returns the columns that refuse it."""
    refused = set()
    for table, column in rows(
        connection,
        "select c.relname, a.attname from pg_class c inner join pg_attribute a "
        "on a.attrelid = c.oid and a.attnum > 0 and a.atttypid = 'timestamptz'::regtype "
        "where c.relkind = 'r' and c.relname = any (%s)",
        list(tables),
    ):
        connection.execute(f"alter table {placed(table)} disable trigger user")
        try:
            connection.execute(f"update {placed(table)} set {column} = %s", [absurd])
        except psycopg.errors.CheckViolation:
            refused.add(f"{table}.{column}")
        connection.execute(f"alter table {placed(table)} enable trigger user")
    return refused


@pytest.mark.parametrize("absurd", ABSURD)
def test_everything_is_read_whatever_time_is_stored(
    planted: Connection,
    database: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    absurd: str,
) -> None:
    conversation = scalar(planted, "select min(conversation_id) from whatsapp_message")
    message = scalar(planted, "select min(id) from whatsapp_message")
    assert plant(planted, absurd) >= {
        "whatsapp_message_event.occurred_at",
        "whatsapp_identity.valid_from",
        "whatsapp_identity_evidence.observed_at",
    }
    assert str(scalar(planted, "select sent_at::text from whatsapp_message limit 1")) != ARRIVAL

    for view in VIEWS:
        query = f"select * from {placed(view)} where business_id = 1"
        assert rows(planted, query) or view in (
            "crm_response_time", "crm_unanswered", "thread_integrity"
        ), view  # fmt: skip
    with TestClient(
        create_app(database, Settings(is_insecure=True)), base_url="http://127.0.0.1:8000"
    ) as client:
        for page in (
            "/inbox/1",
            "/inbox/1?q=hello",
            "/inbox/1?q=Dana",
            "/inbox/1/lines",
            f"/inbox/1/conversation/{conversation}",
            f"/inbox/1/conversation/{conversation}/thread",
            f"/inbox/1/conversation/{conversation}/messages",
            f"/inbox/1/conversation/{conversation}/merge?other={conversation + 1}",
            f"/inbox/1/message/{message}",
            "/inbox/1/conflicts",
            "/inbox/1/reports?days=366",
            "/api/v1/thread/0501234567?business_id=1",
        ):
            answer = client.get(page)
            assert answer.status_code == 200, page
        assert len(answer.json()["messages"]) == 3
        origin = {"Origin": "http://127.0.0.1:8000", "x-requested-with": "fetch"}
        read = client.post(
            f"/inbox/1/conversation/{conversation}/read",
            data={"message_id": message},
            headers=origin,
        )
        assert read.status_code == 204
    monkeypatch.setenv("DATABASE_URL", database)
    for command in (
        ["inbox"],
        ["inbox", "--json"],
        ["thread", "0501234567"],
        ["thread", "0501234567", "--json"],
        ["explain", str(message)],
        ["conflicts"],
        ["pending"],
        ["export", "--person", "0501234567"],
        ["business", "list"],
    ):
        business = [] if command[0] == "business" else ["--business", "1"]
        assert main([*command, *business]) == 0, (command, capsys.readouterr())


@pytest.mark.parametrize("absurd", ABSURD)
def test_message_is_read_at_its_arrival_when_its_time_cannot_be(
    planted: Connection, absurd: str
) -> None:
    planted.execute("alter table whatsapp_message disable trigger user")
    planted.execute("update whatsapp_message set sent_at = %s", [absurd])
    planted.execute("alter table whatsapp_message enable trigger user")

    arrival = scalar(planted, "select %s::timestamptz", ARRIVAL)
    conversation: Any = scalar(planted, "select min(conversation_id) from whatsapp_message")
    for query in (
        f"select sent_at from onethread.list_thread(1, {conversation})",
        "select sent_at from onethread.list_inbox(1)",
        "select sent_at from onethread.list_conversation(1, '0501234567')",
        "select sent_at from whatsapp_thread where business_id = 1",
        "select sent_at from whatsapp_inbox where business_id = 1",
        "select sent_at from unlinked_message where business_id = 1",
        "select last_message_at from crm_conversation where business_id = 1",
        "select at from crm_lead_timeline where business_id = 1",
    ):
        times = [time for (time,) in rows(planted, query)]
        assert times, query
        assert set(times) == {arrival}, query
    activity = rows(
        planted, "select day::text, messages_in, messages_out from crm_daily_activity "
        "where business_id = 1",
    )  # fmt: skip
    assert [tuple(row) for row in activity] == [("2026-03-02", 4, 2)]
    # Pages hold each once, though all have one time.
    first = rows(planted, "select * from onethread.list_thread(1, %s, null, 2)", conversation)
    rest = rows(
        planted, "select * from onethread.list_thread(1, %s, %s)", conversation, first[-1].cursor
    )
    assert len({row.id for row in (*first, *rest)}) == 3 == len(first) + len(rest)
