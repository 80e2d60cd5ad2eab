"""A business with somebody to erase, who left something in every table, and two others."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from app.erasure import erase
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
    if "payload" in columns:
        columns["payload"] = json.dumps(columns["payload"])
    return connection.execute(
        f"insert into whatsapp_message ({', '.join(columns)}) "
        f"values ({', '.join(['%s'] * len(columns))}) on conflict do nothing",
        list(columns.values()),
    ).rowcount


def write_events(connection: Connection, business_id: int) -> int:
    """Writes EVENTS; returns how many went in."""
    return sum(
        connection.execute(
            f"insert into whatsapp_message_event (business_id, provider, occurred_at, "
            f"{', '.join(columns)}) values (%s, 'gateway', %s, "
            f"{', '.join(['%s'] * len(columns))}) on conflict do nothing",
            [
                business_id,
                START + timedelta(hours=1),
                *(json.dumps(v) if isinstance(v, dict) else v for v in columns.values()),
            ],
        ).rowcount
        for columns in EVENTS
    )


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
    connection: Connection, business_id: int, payload: Any, is_closed: bool = False
) -> int:
    """Keeps a payload; returns how many went in."""
    return connection.execute(
        "insert into webhook_reject (business_id, provider, payload, reason, resolved_at) "
        "values (%s, 'gateway', %s, 'no reason', case when %s then now() end)",
        [business_id, payload if isinstance(payload, str) else json.dumps(payload), is_closed],
    ).rowcount


def set_scene(connection: Connection) -> int:
    """Writes everything; returns the business."""
    business_id = add_business(connection)
    add_lead(connection, business_id, "050 123 4567", NAME)
    write_messages(connection, business_id)
    write_events(connection, business_id)
    write_evidence(connection, business_id, START)
    write_reject(connection, business_id, TWO_PEOPLE)
    write_reject(connection, business_id, f"{{broken {PHONE}")
    write_reject(connection, business_id, {"presence": LID}, is_closed=True)
    # A message from before the trigger: in no thread.
    with connection.transaction():
        connection.execute("set local session_replication_role = replica")
        write_message(connection, business_id, "OLD", 0, from_number=TYPED, provider=None)
    threads = [
        scalar(connection, "select find_conversation(%s, %s)", business_id, address)
        for address in (TYPED, SECOND)
    ]
    scalar(
        connection,
        "select merge_conversations(%s, %s, %s, %s)",
        business_id,
        *threads,
        f"{NAME} called",
    )
    return business_id


def erase_person(connection: Connection, business_id: int, address: str = TYPED) -> dict[str, Any]:
    """Erases somebody; returns the audit."""
    return erase(connection, business_id, address)


def read_rows(connection: Connection, business_id: int) -> dict[str, list[str]]:
    """Every table that has rows of a business, with the text of each row."""
    return {
        table.name: [
            row.text
            for row in rows(
                connection,
                f"select t::text as text from {table.name} t where {table.key} = %s order by 1",
                business_id,
            )
        ]
        for table in rows(
            connection,
            "select c.relname as name, a.attname as key from pg_class c "
            "inner join pg_attribute a on a.attrelid = c.oid "
            "and a.attname = case c.relname when 'business' then 'id' else 'business_id' end "
            "where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace "
            "order by 1",
        )
    }


def find_traces(connection: Connection, business_id: int) -> list[str]:
    """Rows in which something of the erased person stands."""
    return [
        f"{table}: {text}"
        for table, texts in read_rows(connection, business_id).items()
        for text in texts
        if any(trace in text for trace in TRACES)
    ]
