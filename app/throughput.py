"""Messages a second through `serve` and `ingest`, beside a plain COPY: python -m app.throughput

On a database of its own, made and dropped on the server of DATABASE_URL (else the embedded one).
The people are known before the clock starts: a first contact costs more and is rare.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from app.connection import resolve_url
from app.ingest import ingest
from app.migrate import migrate
from app.providers.baileys import read_payload
from app.write import insert_messages

_CLIENTS = 8
_START = 1_780_000_000


@dataclass(frozen=True)
class Rate:
    """How fast one way is."""

    way: str
    messages: int
    seconds: float

    @property
    def per_second(self) -> float:
        """Messages a second."""
        return self.messages / self.seconds


def payloads(count: int, people: int, first: int = 0) -> list[str]:
    """Webhooks of a linked-device gateway with one message each, from so many people."""
    return [
        json.dumps(
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
        for number in range(first, first + count)
    ]


@contextmanager
def scratch_database(url: str) -> Iterator[str]:
    """A migrated database with business 1, dropped at the end."""
    name = f"onethread_throughput_{uuid.uuid4().hex[:8]}"
    scratch = _uri(url, name)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        try:
            migrate(scratch)
            with psycopg.connect(scratch, autocommit=True) as inside:
                inside.execute("insert into business (name, default_region) values ('X', 'IL')")
            yield scratch
        finally:
            connection.execute(
                sql.SQL("drop database {} with (force)").format(sql.Identifier(name))
            )


def _uri(url: str, database: str) -> str:
    """The URI with another database."""
    head, mark, query = url.partition("?")
    return f"{head.rpartition('/')[0]}/{database}{mark}{query}"


def meet_people(connection: psycopg.Connection[Any], people: int) -> None:
    """One message of everybody, so that they are known."""
    messages = [
        message
        for payload in payloads(people, people)
        for message in read_payload(json.loads(payload)).messages
    ]
    insert_messages(connection, 1, messages)
    connection.execute("vacuum analyze")


def measure_copy(connection: psycopg.Connection[Any], bodies: list[str], table: str) -> float:
    """Seconds that COPY takes for the messages in these payloads; nothing is read but the JSON."""
    rows = [message for body in bodies for message in read_payload(json.loads(body)).messages]
    columns = (
        "business_id, direction, source, from_number, to_number, sender_name, kind, body, "
        "provider, provider_message_id, sent_at, payload"
    )
    start = time.perf_counter()
    with (
        connection.cursor() as cursor,
        cursor.copy(f"copy {table} ({columns}) from stdin") as copy,
    ):
        for row in rows:
            copy.write_row(
                (1, row.direction, row.source, row.from_number, row.to_number, row.sender_name,
                 row.kind, row.body, row.provider, row.provider_message_id, row.sent_at,
                 json.dumps(row.payload))
            )  # fmt: skip
    return time.perf_counter() - start


def measure_ingest(connection: psycopg.Connection[Any], bodies: list[str]) -> float:
    """Seconds that `onethread ingest` takes for a file of these payloads, its start aside."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        file.write("\n".join(bodies))
        file.flush()
        start = time.perf_counter()
        result = ingest(connection, 1, "baileys", [file.name])
        seconds = time.perf_counter() - start
    assert result.inserted == len(bodies), result
    return seconds


def measure_serve(url: str, bodies: list[str]) -> float:
    """Seconds that `onethread serve` takes for these payloads, one a POST, from 8 clients."""
    with _serving(url) as port:

        def post(share: list[str]) -> None:
            connection = http.client.HTTPConnection("127.0.0.1", port)
            for body in share:
                connection.request("POST", "/webhooks/baileys/1", body.encode())
                answer = json.loads(connection.getresponse().read())
                assert answer["messages"] == 1, answer
            connection.close()

        start = time.perf_counter()
        with ThreadPoolExecutor(_CLIENTS) as pool:
            list(pool.map(post, (bodies[client::_CLIENTS] for client in range(_CLIENTS))))
        return time.perf_counter() - start


@contextmanager
def _serving(url: str) -> Iterator[int]:
    """The port of a server of its own process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    process = subprocess.Popen(  # noqa: S603  # our own command
        [Path(sys.executable).with_name("onethread"), "serve", "--insecure", "--port", str(port)],
        env=os.environ | {"DATABASE_URL": url},
        stderr=subprocess.DEVNULL,
    )
    try:
        while True:
            assert process.poll() is None, "the server did not start"
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(30)


def measure(url: str, messages: int, people: int) -> Iterator[Rate]:
    """The rate of each way, the plain COPY first, each with messages of its own."""
    starts = iter(range(people, sys.maxsize, messages))

    def bodies() -> list[str]:
        return payloads(messages, people, next(starts))

    with scratch_database(url) as scratch, psycopg.connect(scratch, autocommit=True) as connection:
        meet_people(connection, people)
        connection.execute("create table plain_message (like whatsapp_message including all)")
        plain, real = "plain_message", "whatsapp_message"
        seconds = measure_copy(connection, bodies(), plain)
        yield Rate("COPY, same indexes, no trigger", messages, seconds)
        yield Rate(f"COPY into {real}", messages, measure_copy(connection, bodies(), real))
        yield Rate("onethread ingest", messages, measure_ingest(connection, bodies()))
        yield Rate("onethread serve, one a POST", messages, measure_serve(scratch, bodies()))


def main(arguments: list[str] | None = None) -> None:
    """Prints the rates."""
    parser = argparse.ArgumentParser(prog="python -m app.throughput", description=__doc__)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--people", type=int, default=1_000)
    options = parser.parse_args(arguments)
    rates: list[Rate] = []
    for rate in measure(resolve_url(), options.messages, options.people):
        rates.append(rate)
        share = rate.per_second / rates[0].per_second
        print(f"{rate.way:<32} {rate.per_second:>10,.0f} messages/s  {share:>6.1%}", flush=True)


if __name__ == "__main__":
    main()
