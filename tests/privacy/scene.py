"""A business with somebody to erase, who left something in every table, and two others."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from onethread.people.erasure import erase
from tests.catalog import OUR_SCHEMAS, placed
from tests.conftest import Connection, add_business
from tests.sql.query import add_lead, rows, scalar

PHONE = "972501234567@s.whatsapp.net"
LID = "876019134910105@lid"
BSUID = "IL.13491208655302741918"
SECOND = "+972529999999"
"""A number of theirs that only a human could connect."""
TYPED = "050-123-4567"
OTHER = "972507654321@s.whatsapp.net"
OTHER_LID = "555000111222333@lid"
GROUP = "120363000000000001@g.us"
NAME = "Dana Levi"
SECRET = "my secret"

# Whatever of this stands anywhere, they are not forgotten.
TRACES = ["501234567", "876019134910105", "13491208655302741918", "529999999", NAME, SECRET]

# So that an id found anywhere tells what it is the id of.
FIRST_IDS = {
    "whatsapp_conversation": 7_100_000_001,
    "whatsapp_identity": 7_200_000_001,
    "whatsapp_message": 7_300_000_001,
}

START = datetime(2026, 1, 1, tzinfo=UTC)

MESSAGES: list[dict[str, Any]] = [
    {"from_number": PHONE, "body": SECRET, "sender_name": NAME, "contact_aliases": [LID]},
    {"from_number": LID, "body": SECRET, "contact_aliases": [BSUID]},
    {"direction": "outbound", "to_number": "972501234567", "body": f"Dear {NAME}"},
    {"from_number": SECOND, "body": SECRET},
    {"from_number": GROUP, "participant": LID, "body": SECRET, "sender_name": NAME},
    {"from_number": GROUP, "participant": OTHER, "body": "fine", "payload": {"quoted": PHONE}},
    {"from_number": OTHER, "body": "hello", "payload": {"key": OTHER}},
    {"from_number": "1234567@nowhere", "to_number": "nobody", "body": "unreadable"},
    # Something of them in every column that takes any text.
    {
        "from_number": PHONE,
        "provider_message_id": f"M8 {SECRET}",
        "reply_to": f"M0 {SECRET}",
        "source": SECRET,
        "provider": SECRET,
        "kind": SECRET,
        "status": SECRET,
        "list_address": SECRET,
        "media": {"caption": SECRET},
        "payload": {"from": PHONE},
    },
]

EVENTS: list[dict[str, Any]] = [
    {"kind": "read", "provider_message_id": "M2", "address": PHONE},
    {"kind": "edited", "provider_message_id": "M0", "address": LID, "body": SECRET},
    {"kind": "reaction", "provider_message_id": "M5", "address": GROUP, "actor": LID, "body": "x"},
    {
        "kind": "reaction",
        "provider_message_id": "M5",
        "address": GROUP,
        "actor": OTHER,
        "body": "y",
    },
    {"kind": "read", "provider_message_id": "M6", "address": OTHER, "payload": {"by": PHONE}},
    {
        "kind": "failed",
        "provider_message_id": f"M8 {SECRET}",
        "address": PHONE,
        "provider": SECRET,
        "provider_event_id": SECRET,
    },
]

EVIDENCE: list[tuple[str, str | None]] = [
    (PHONE, LID),
    (BSUID, LID),
    (PHONE, "nonsense"),
    (OTHER_LID, OTHER),
]

TWO_PEOPLE = {
    "messages": [
        {"from": PHONE, "text": SECRET, "name": NAME},
        {"from": OTHER, "text": "still here"},
    ]
}


def write_messages(connection: Connection, business_id: int) -> int:
    """Writes MESSAGES as any writer that may repeat itself; returns how many went in."""
    return sum(
        write_message(connection, business_id, f"M{number}", number, **columns)
        for number, columns in enumerate(MESSAGES)
    )


def write_message(
    connection: Connection, business_id: int, message_id: str, minute: int, **columns: Any
) -> int:
    columns = {
        "direction": "inbound",
        "provider": "gateway",
        "provider_message_id": message_id,
        "sent_at": START + timedelta(minutes=minute),
        "business_id": business_id,
    } | columns
    return _write(connection, "whatsapp_message", columns)


def write_events(connection: Connection, business_id: int) -> int:
    """Writes EVENTS; returns how many went in."""
    common = {
        "business_id": business_id,
        "provider": "gateway",
        "occurred_at": START + timedelta(hours=1),
    }
    return sum(_write(connection, "whatsapp_message_event", common | columns) for columns in EVENTS)


def _write(connection: Connection, table: str, columns: dict[str, Any]) -> int:
    return connection.execute(
        f"insert into {table} ({', '.join(columns)}) "
        f"values ({', '.join(['%s'] * len(columns))}) on conflict do nothing",
        [json.dumps(value) if isinstance(value, dict) else value for value in columns.values()],
    ).rowcount


def write_evidence(connection: Connection, business_id: int, at: datetime | None) -> int:
    """Writes EVIDENCE, as of that time or of now; returns how many went in."""
    return sum(
        connection.execute(
            "insert into whatsapp_identity_evidence "
            "(business_id, a, b, relation, source, observed_at) "
            "values (%s, %s, %s, 'same', 'address book', coalesce(%s, now())) "
            "on conflict do nothing",
            [business_id, a, b, at],
        ).rowcount
        for a, b in EVIDENCE
    )


def write_reject(
    connection: Connection,
    business_id: int,
    payload: Any,
    is_closed: bool = False,
    reason: str = "no reason",
) -> int:
    """Keeps a payload; returns how many went in."""
    text = payload if isinstance(payload, str) else json.dumps(payload)
    return connection.execute(
        "insert into onethread.webhook_reject (business_id, provider, payload, reason, "
        "resolved_at) "
        "values (%s, 'gateway', %s, %s, case when %s then now() end)",
        [business_id, text, reason, is_closed],
    ).rowcount


def write_name(
    connection: Connection, business_id: int, key: str, name: str, at: datetime = START
) -> int:
    """Says what somebody is called; returns how many went in."""
    return connection.execute(
        "insert into onethread.contact_name (business_id, key, source, name, told_at) "
        "values (%s, %s, 'book', %s, %s) on conflict do nothing",
        [business_id, key, name, at],
    ).rowcount


def set_scene(connection: Connection) -> int:
    """Writes everything; returns the business."""
    for table, first_id in FIRST_IDS.items():
        sequence = f"{table}_id_seq"
        scalar(
            connection, "select setval(%s, greatest(nextval(%s), %s))", sequence, sequence, first_id
        )
    business_id = add_business(connection)
    # Two records of one customer: a conflict.
    for _ in range(2):
        add_lead(connection, business_id, "0501234567", NAME)
    write_messages(connection, business_id)
    write_events(connection, business_id)
    write_evidence(connection, business_id, START)
    write_reject(connection, business_id, TWO_PEOPLE, reason=f"what does {PHONE} say?")
    write_reject(connection, business_id, f"{{broken {PHONE}")
    write_reject(connection, business_id, {"presence": LID}, is_closed=True)
    for key, name in (("phone::+972501234567", NAME), ("lid::876019134910105", NAME)):
        write_name(connection, business_id, key, name)
    write_name(connection, business_id, "phone::+972507654321", "Somebody else")
    write_name(connection, business_id, "phone::+972541111119", "Nobody met")
    # A message from before the trigger: in no thread.
    with connection.transaction():
        connection.execute("set local session_replication_role = replica")
        write_message(connection, business_id, "OLD", 0, from_number=TYPED, provider=None)
    # It could not be linked yet.
    connection.execute(
        "insert into onethread.whatsapp_backfill_failure (business_id, message_id, error) "
        "select business_id, id, %s from whatsapp_message where provider_message_id = 'OLD' "
        "and business_id = %s",
        [f"what is {TYPED}? {SECRET}", business_id],
    )
    # A program's key for an answer names the person.
    connection.execute(
        "insert into onethread.answer_key (business_id, conversation_id, key, message_id) "
        "select business_id, conversation_id, %s, id from whatsapp_message where business_id = %s "
        "and conversation_id = onethread.find_conversation(business_id, %s) limit 1",
        [f"reminder for {PHONE}, {SECRET}", business_id, TYPED],
    )
    threads = [
        scalar(connection, "select onethread.find_conversation(%s, %s)", business_id, address)
        for address in (TYPED, SECOND)
    ]
    # A row of the CRM's that the join takes along: the log knows it by its key.
    connection.execute(
        "create schema if not exists crm; "
        "create table if not exists crm.card (business_id bigint, phone text, "
        "conversation_id bigint, primary key (business_id, phone), "
        "foreign key (business_id, conversation_id) "
        "references whatsapp_conversation (business_id, id))"
    )
    connection.execute(
        "insert into crm.card values (%s, %s, %s)", [business_id, SECOND, threads[1]]
    )
    scalar(
        connection,
        "select onethread.merge_conversations(%s, %s, %s, %s)",
        business_id,
        *threads,
        f"{NAME} called",
    )
    connection.execute("delete from crm.card where business_id = %s", [business_id])
    scalar(
        connection,
        "select onethread.mark_read(%s, m.conversation_id, m.id) from whatsapp_message m "
        "where m.business_id = %s and m.provider_message_id = 'M2'",
        business_id,
        business_id,
    )
    # As it was before there was a lead.
    connection.execute(
        "update whatsapp_conversation set canonical_key = 'phone:' || %s || ':+972501234567' "
        "where business_id = %s and lead_id is not null",
        [business_id, business_id],
    )
    return business_id


def erase_person(connection: Connection, business_id: int, address: str = TYPED) -> dict[str, Any]:
    """Erases somebody; returns the audit."""
    return erase(connection, business_id, address)


def read_rows(connection: Connection, business_id: int) -> dict[str, list[dict[str, Any]]]:
    """Every table that has rows of a business, and these rows."""
    tables = rows(
        connection,
        "select c.relname as name, a.attname as key from pg_class c "
        "inner join pg_attribute a on a.attrelid = c.oid "
        "and a.attname = case c.relname when 'business' then 'id' else 'business_id' end "
        f"where c.relkind in ('r', 'p') and c.relnamespace in {OUR_SCHEMAS} "
        "order by 1",
    )
    return {
        table.name: [
            row.content
            for row in rows(
                connection,
                f"select to_jsonb(t) as content from {placed(table.name)} t where {table.key} = %s "
                "order by t::text",
                business_id,
            )
        ]
        for table in tables
    }


def find_traces(
    connection: Connection, business_id: int, traces: list[str] = TRACES
) -> dict[str, list[Any]]:
    """In which column (table.column) of which rows (their ids) stands something of the person?"""
    found: dict[str, list[Any]] = {}
    for table, contents in read_rows(connection, business_id).items():
        for content in contents:
            for column, value in content.items():
                text = json.dumps(value, ensure_ascii=False)
                if any(trace in text for trace in traces):
                    found.setdefault(f"{table}.{column}", []).append(content.get("id"))
    return found


def find_ids(connection: Connection, business_id: int) -> list[str]:
    """The ids of the person's conversation, and of its identities and messages."""
    query = """
    with person as (select onethread.find_conversation(%s, %s) as id)
    select id::text from person
    union all
    select i.id::text from whatsapp_identity i, person p
    where i.business_id = %s and i.conversation_id = p.id
    union all
    select m.id::text from whatsapp_message m, person p
    where m.business_id = %s and m.conversation_id = p.id
    """
    return [row.id for row in rows(connection, query, business_id, TYPED, business_id, business_id)]
