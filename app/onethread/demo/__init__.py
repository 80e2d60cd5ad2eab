"""Sample data of a clinic: webhooks of two gateways, and rows as a CRM writes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from onethread.database.business import add_business, list_businesses
from onethread.database.connection import connect
from onethread.demo.week import PREFIX
from onethread.intake.take import take_files
from onethread.messages import read
from onethread.messages.write import insert_messages
from onethread.model.message import Message
from onethread.schema import migrate

BUSINESS = "Demo clinic"
_PAYLOADS = Path(__file__).parent / "payloads"

# What the CRM and its campaigns insert themselves, in the spellings that people type.
_CRM_ROWS = [
    Message(
        direction="outbound",
        to_number="050-123-4567",
        source="automation",
        body="Reminder: your appointment is tomorrow",
        provider_message_id="demo-crm-1",
        sent_at=datetime(2026, 11, 23, 7, 30, tzinfo=UTC),
    ),
    Message(
        direction="outbound",
        to_number="+55 82 99944-0001",
        source="automation",
        body="Seu pedido foi enviado",
        provider_message_id="demo-crm-2",
        sent_at=datetime(2026, 11, 23, 8, 10, tzinfo=UTC),
    ),
    Message(
        direction="outbound",
        to_number="+1 650-555-0142",
        source="agent",
        body="Yes! Two to three days.",
        provider_message_id="demo-crm-3",
        sent_at=datetime(2026, 11, 23, 8, 35, tzinfo=UTC),
    ),
    Message(
        direction="outbound",
        to_number="Unknown",
        source="bot",
        body="Anything else?",
        provider_message_id="demo-crm-4",
        sent_at=datetime(2026, 11, 23, 8, 40, tzinfo=UTC),
    ),
]


@dataclass(frozen=True)
class Demo:
    """Where the sample data is, and what of it was new."""

    url: str
    business_id: int
    inserted: int
    duplicates: int


def load_demo(url: str) -> Demo:
    """Migrates, takes the sample payloads in; again: nothing changes.

    Args:
        url: of the embedded server's database.
    """
    migrate.migrate(url)
    with connect(url) as connection:
        business_id = _demo_business(connection)
        inserted = duplicates = 0
        for provider in ("meta_cloud", "baileys"):
            files = [str(_PAYLOADS / f"{provider}.jsonl")]
            taken = take_files(connection, business_id, provider, files)
            inserted += taken.messages
            duplicates += taken.duplicates
        rows = insert_messages(connection, business_id, _CRM_ROWS)
    return Demo(url, business_id, inserted + rows.inserted, duplicates + rows.duplicates)


def reset_demo(url: str) -> None:
    """Takes the demo's business out of the embedded server's database, with all that it has.

    No trigger runs: none of its rows concerns another business.
    """
    migrate.migrate(url)
    with connect(url) as connection:
        ids = [row["id"] for row in list_businesses(connection) if row["name"] == BUSINESS]
        tables = connection.execute(
            "select c.oid::regclass::text from pg_catalog.pg_class c "
            "inner join pg_catalog.pg_attribute a on a.attrelid = c.oid "
            "and a.attname = 'business_id' where c.relkind = 'r' "
            "and (c.relnamespace = 'onethread'::regnamespace or c.relnamespace = "
            "'public'::regnamespace and c.relname ~ '^(whatsapp_|business_number$|lead$)')"
        ).fetchall()
        with connection.transaction():
            connection.execute("set local session_replication_role = replica")
            for (table,) in tables:
                connection.execute(f"delete from {table} where business_id = any (%s)", [ids])
            connection.execute("delete from public.business b where b.id = any (%s)", [ids])


def list_threads_as_written(
    connection: psycopg.Connection[Any], business_id: int
) -> list[dict[str, Any]]:
    """The threads that a CRM shows which takes each spelling of an address for a person.

    Returns:
        Rows of {address, inbound, outbound, body}, the newest first; body is the last message's.
    """
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            """
            select
              onethread.message_counterpart(m.direction, m.from_number, m.to_number) as address,
              count(*) filter (where s.side = 'inbound') as inbound,
              count(*) filter (where s.side = 'outbound') as outbound,
              (array_agg(m.body order by m.sent_at desc, m.id desc))[1] as body
            from public.whatsapp_message m
            cross join lateral onethread.message_direction(m.direction) as s (side)
            where m.business_id = %s and m.provider_message_id not like %s
            group by 1
            order by max(m.sent_at) desc
            """,
            [business_id, f"{PREFIX}%"],
        ).fetchall()


def list_threads(connection: psycopg.Connection[Any], business_id: int) -> list[dict[str, Any]]:
    """The inbox as read.inbox() has it, without those of the week."""
    ids = connection.execute(
        "select array_agg(distinct m.conversation_id) from public.whatsapp_message m "
        "where m.business_id = %s and m.provider_message_id like %s",
        [business_id, f"{PREFIX}%"],
    ).fetchall()[0][0]
    rows = read.inbox(connection, business_id)
    return [row for row in rows if row["conversation_id"] not in (ids or [])]


def _demo_business(connection: psycopg.Connection[Any]) -> int:
    for row in list_businesses(connection):
        if row["name"] == BUSINESS:
            return int(row["id"])
    return add_business(connection, BUSINESS, "IL", ["03-765-4321"])
