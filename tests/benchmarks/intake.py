"""`onethread ingest` beside a COPY of the same messages."""

from __future__ import annotations

import itertools
import json
import tempfile
from collections.abc import Iterator
from typing import Any

import psycopg

from onethread.database.connection import open_connection
from onethread.intake.take import take_files
from onethread.messages.write import insert_messages
from onethread.providers.baileys import read_payload
from tests.benchmarks.contest import settle
from tests.benchmarks.report import Result, rates
from tests.benchmarks.rounds import race, timed
from tests.benchmarks.run import Run

_START = 1_780_000_000
_COLUMNS = (
    "direction", "source", "from_number", "to_number", "sender_name", "kind", "body", "provider",
    "provider_message_id", "sent_at",
)  # fmt: skip


def intakes(run: Run) -> Iterator[Result]:
    """A file of webhooks of known people, with a message each."""
    with run.databases.open() as url, open_connection(url) as connection:
        # No trigger and no foreign keys: the least that storing such messages takes.
        connection.execute(
            "create table public.plain_message (like public.whatsapp_message including all)"
        )
        [(business_id,)] = connection.execute(
            "insert into public.business (name, default_region) values ('Bench', 'IL') returning id"
        ).fetchall()
        payloads = _payloads(run.sizes.people)
        _store(connection, business_id, list(itertools.islice(payloads, run.sizes.people)))

        def take() -> list[str]:
            return list(itertools.islice(payloads, run.sizes.payloads))

        copying, ingesting = race(
            [
                lambda: _copy(connection, business_id, take()),
                lambda: _ingest(connection, business_id, take()),
            ],
            run.sizes.rounds,
        )
    yield rates(
        "ingest",
        "a file of webhooks",
        "COPY without trigger and keys",
        run.sizes.payloads,
        ingesting,
        copying,
        unit="messages/s",
    )


def _payloads(people: int) -> Iterator[str]:
    """Webhooks of a linked-device gateway, of one person after the other."""
    for number in itertools.count():
        yield json.dumps(
            {
                "event": "messages.upsert",
                "data": {
                    "type": "notify",
                    "messages": [
                        {
                            "key": {
                                "remoteJid": f"97252{number % people:07}@s.whatsapp.net",
                                "fromMe": number % 3 == 0,
                                "id": f"3EB0{number:018X}",
                            },
                            "messageTimestamp": _START + number,
                            "pushName": "Avi",
                            "message": {"conversation": f"message {number}"},
                        }
                    ],
                },
            }
        )


def _store(connection: psycopg.Connection[Any], business_id: int, payloads: list[str]) -> None:
    insert_messages(connection, business_id, _messages(payloads))
    settle(connection)


def _messages(payloads: list[str]) -> list[Any]:
    return [
        message for payload in payloads for message in read_payload(json.loads(payload)).messages
    ]


def _copy(connection: psycopg.Connection[Any], business_id: int, payloads: list[str]) -> float:
    messages = _messages(payloads)

    def copy_all() -> None:
        columns = ", ".join(("business_id", *_COLUMNS, "payload"))
        query = f"copy public.plain_message ({columns}) from stdin"
        with connection.cursor() as cursor, cursor.copy(query.encode()) as copy:
            for message in messages:
                values = (getattr(message, name) for name in _COLUMNS)
                copy.write_row((business_id, *values, json.dumps(message.payload)))

    return timed(copy_all)


def _ingest(connection: psycopg.Connection[Any], business_id: int, payloads: list[str]) -> float:
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        file.write("\n".join(payloads))
        file.flush()
        return timed(lambda: take_files(connection, business_id, "baileys", [file.name]))
