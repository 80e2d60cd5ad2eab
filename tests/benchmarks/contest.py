"""The tables that contend, and how rows are written into them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from tests.benchmarks.client import Client
from tests.benchmarks.people import Message, Person, new_message

_SQL = Path(__file__).parent / "sql"
_BASELINES = ("floor", "naive", "app_side")


@dataclass(frozen=True)
class Table:
    """A table of messages; a trigger links them, or the writer does."""

    name: str
    is_told: bool = False
    """The writer says where a message belongs."""

    def prepare(self, client: Client, rows: int = 1) -> None:
        """Prepares an INSERT of some rows."""
        width = 7 if self.is_told else 5
        values = ", ".join(self._values(row * width) for row in range(rows))
        client.prepare(f"insert into {self.name} ({self._columns}) values {values}")

    def parameters(self, messages: Sequence[Message]) -> list[bytes | None]:
        """Values for the prepared INSERT."""
        return [value for message in messages for value in self._row(message)]

    def copy_data(self, messages: Sequence[Message]) -> bytes:
        """The messages in COPY's text format."""
        lines = []
        for message in messages:
            business_id, address, alias, *rest = self._row(message)
            aliases = None if alias is None else b"{%b}" % alias
            row = (business_id, b"inbound", address, aliases, *rest)
            lines.append(b"\t".join(rb"\N" if value is None else value for value in row))
        return b"\n".join(lines) + b"\n"

    def copy(self, connection: psycopg.Connection[Any], data: bytes) -> None:
        """Writes all by one COPY."""
        query = f"copy {self.name} ({self._columns}) from stdin"
        with connection.cursor() as cursor, cursor.copy(query.encode()) as copy:
            copy.write(data)

    @property
    def _columns(self) -> str:
        columns = "business_id, direction, from_number, contact_aliases, body, provider_message_id"
        return f"{columns}, conversation_id, identity_id" if self.is_told else columns

    def _values(self, first: int) -> str:
        link = f", ${first + 6}, ${first + 7}" if self.is_told else ""
        return (
            f"(${first + 1}, 'inbound', ${first + 2}, "
            f"case when ${first + 3}::text is not null then array[${first + 3}::text] end, "
            f"${first + 4}, ${first + 5}{link})"
        )

    def _row(self, message: Message) -> list[bytes | None]:
        return [*message.columns(), *(message.link() if self.is_told else ())]


OURS = Table("public.whatsapp_message")
FLOOR = Table("floor.whatsapp_message", is_told=True)
NAIVE = Table("naive.whatsapp_message")


def create_baselines(connection: psycopg.Connection[Any]) -> None:
    """Creates the tables of the baselines."""
    for name in _BASELINES:
        connection.execute((_SQL / f"{name}.sql").read_bytes())
    empty_tables(connection)


def empty_tables(connection: psycopg.Connection[Any]) -> None:
    """Empties all tables of messages: every case begins with the same.

    Autovacuum would run in one contestant's turn, and not in the other's: it stays off.
    """
    names = ["public.whatsapp_message", *(f"{name}.whatsapp_message" for name in _BASELINES)]
    # Cascade: what refers to messages, such as failures of a backfill, there is none here.
    connection.execute(f"truncate {', '.join(names)} cascade".encode())
    for name in names:
        connection.execute(f"alter table {name} set (autovacuum_enabled = off)".encode())
    settle(connection)


def settle(connection: psycopg.Connection[Any]) -> None:
    """Statistics as in a database that has been running, and nothing left to be flushed."""
    connection.execute("vacuum analyze")
    with suppress(psycopg.errors.InsufficientPrivilege):
        connection.execute("checkpoint")


def meet(
    connection: psycopg.Connection[Any], people: Sequence[Person], spelling: str
) -> list[Message]:
    """Writes a first message of each; returns one of each that says where it belongs."""
    firsts = [new_message(person, spelling) for person in people]
    OURS.copy(connection, OURS.copy_data(firsts))
    links = {
        (business_id, address): (conversation_id, identity_id)
        for business_id, address, conversation_id, identity_id in connection.execute(
            "select business_id, from_number, conversation_id, identity_id "
            "from public.whatsapp_message"
        )
    }
    return [
        Message(
            first.business_id, first.address, first.alias, *links[first.business_id, first.address]
        )
        for first in firsts
    ]
