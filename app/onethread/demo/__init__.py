"""The main job on sample payloads: what the bug looks like, and what Onethread makes of it.

Always on the embedded server, whatever DATABASE_URL says: sample data has no place elsewhere.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row
from rich.console import Console
from rich.table import Table

from onethread import embedded
from onethread.cli.render.conversations import print_inbox, print_thread
from onethread.cli.render.text import count_of, one_line
from onethread.database.business import add_business, list_businesses
from onethread.database.connection import connect
from onethread.errors import UnknownAddress
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
    """Where the sample data is."""

    url: str
    business_id: int


def run_demo(console: Console) -> Demo:
    """Migrates, ingests the sample payloads (again: nothing changes), prints before and after."""
    console.print("Starting the embedded PostgreSQL …")
    url = embedded.start()
    migrate.migrate(url)
    with connect(url) as connection:
        business_id = _demo_business(connection)
        _ingest_samples(console, connection, business_id)
        _print_before(console, connection, business_id)
        _print_after(console, connection, business_id)
        _print_next(console, url, business_id, len(list_businesses(connection)) > 1)
    return Demo(url, business_id)


def inbox_address(business_id: int, port: int = 8000) -> str:
    """Where `onethread serve` shows the inbox."""
    return f"http://127.0.0.1:{port}/inbox/{business_id}"


def _demo_business(connection: psycopg.Connection[Any]) -> int:
    for row in list_businesses(connection):
        if row["name"] == BUSINESS:
            return int(row["id"])
    return add_business(connection, BUSINESS, "IL", ["03-765-4321"])


def _ingest_samples(
    console: Console, connection: psycopg.Connection[Any], business_id: int
) -> None:
    inserted = duplicates = 0
    for provider in ("meta_cloud", "baileys"):
        result = take_files(
            connection,
            business_id,
            provider,
            [str(_PAYLOADS / f"{provider}.jsonl")],
        )
        inserted += result.messages
        duplicates += result.duplicates
    rows = insert_messages(connection, business_id, _CRM_ROWS)
    console.print(
        "Cloud API webhooks, Baileys events and CRM rows: "
        f"{count_of(inserted + rows.inserted, 'message')} inserted, "
        f"{duplicates + rows.duplicates} already there."
    )


def _print_before(console: Console, connection: psycopg.Connection[Any], business_id: int) -> None:
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            """
            select
              onethread.message_counterpart(m.direction, m.from_number, m.to_number) as address,
              count(*) filter (where onethread.message_direction(m.direction) = 'inbound') as inbound,
              count(*) filter (where onethread.message_direction(m.direction) = 'outbound')
                as outbound,
              (array_agg(m.body order by m.sent_at desc, m.id desc))[1] as body
            from public.whatsapp_message m
            where m.business_id = %s
            group by 1
            order by max(m.sent_at) desc
            """,
            [business_id],
        ).fetchall()
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("Thread", "Customer", "Us", "Last message"):
        table.add_column(column)
    for row in rows:
        table.add_row(
            f"[red]{row['address']}[/]",
            str(row["inbound"]),
            str(row["outbound"]),
            one_line(row["body"] or "", 44),
        )
    console.rule("[bold]Before[/]: a thread for every address as it was written", align="left")
    console.print(table)
    console.print(f"[red]{len(rows)} threads[/]; questions here, their answers there.\n")


def _print_after(console: Console, connection: psycopg.Connection[Any], business_id: int) -> None:
    rows = read.inbox(connection, business_id)
    console.rule("[bold]After[/]: the same rows, one conversation per person", align="left")
    print_inbox(console, rows)
    console.print(f"[green]{len(rows)} conversations.[/]\n")
    console.rule("[bold]One thread[/]: onethread thread 0501234567", align="left")
    try:
        print_thread(console, read.thread(connection, business_id, "0501234567"))
    except UnknownAddress:
        console.print("Nobody: this person was erased, and a replay brings nobody back.")
    [(unlinked,)] = connection.execute(
        "select count(*) from public.unlinked_message where business_id = %s", [business_id]
    ).fetchall()
    if unlinked:
        console.print(
            f"\n{unlinked} message names nobody (to_number 'Unknown'): it is stored, and listed "
            "with the reason in the view unlinked_message."
        )


def _print_next(console: Console, url: str, business_id: int, several: bool) -> None:
    option = f" --business {business_id}" if several else ""
    prefix = "DATABASE_URL= " if os.environ.get("DATABASE_URL") else ""
    onethread = prefix + _called_as()
    console.rule("[bold]Try next[/]", align="left")
    for command, meaning in (
        (f"{onethread} inbox{option}", "the sidebar"),
        (f"{onethread} thread 0501234567{option}", "any spelling of the address will do"),
        (f"{onethread} explain 1{option}", "why message 1 is where it is"),
        (f"{onethread} serve --insecure", f"the inbox: {inbox_address(business_id)}"),
        (f"{onethread} server stop", "stop the embedded server; the data stays"),
    ):
        console.print(f"  {command}  [dim]# {meaning}[/]", soft_wrap=True, highlight=False)
    console.print(f'  psql "{url}"', soft_wrap=True, highlight=False)


def _called_as() -> str:
    """The command as it can be called again: by its name where the shell finds it."""
    called = Path(sys.argv[0])
    if called.name == "__main__.py":
        return "python -m onethread"
    if called.stem != "onethread":  # by a program of its own
        return "onethread"
    found = shutil.which("onethread")
    is_found = found is not None and called.exists() and called.samefile(found)
    return "onethread" if is_found else shlex.quote(str(called))
