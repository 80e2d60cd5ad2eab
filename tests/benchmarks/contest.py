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

Copies = list[tuple[str, bytes]]
"""A table with its columns, and rows in COPY's text format."""

_SQL = Path(__file__).parent / "sql"
_BASELINES = ("crm", "floor", "naive", "app_side")


@dataclass(frozen=True)
class Table:
    """A table of messages; a trigger links them, or the writer does."""

    name: str
    told: tuple[str, ...] = ()
    """What the writer says of where a message belongs: of Message.link()."""

    def prepare(self, client: Client, rows: int = 1) -> None:
        """Prepares an INSERT of some rows."""
        width = len(_VALUES) + len(self.told)
        values = ", ".join(self.values(row * width) for row in range(rows))
        client.prepare(f"insert into {self.name} ({self.columns}) values {values}")

    def parameters(self, messages: Sequence[Message]) -> list[bytes | None]:
        """Values for the prepared INSERT."""
        return [value for message in messages for value in self._row(message)]

    def copies(self, messages: Sequence[Message]) -> Copies:
        """What one COPY writes."""
        return [(f"{self.name} ({self.columns})", self.copy_data(messages))]

    def copy_data(self, messages: Sequence[Message]) -> bytes:
        """The messages in COPY's text format."""
        rows = []
        for message in messages:
            business_id, address, alias, *rest = self._row(message)
            aliases = None if alias is None else b"{%b}" % alias
            rows.append([business_id, address, aliases, *rest, b"inbound"])
        return copy_text(rows)

    def copy(self, connection: psycopg.Connection[Any], data: bytes) -> None:
        """Writes all by one COPY."""
        copy_in(connection, [(f"{self.name} ({self.columns})", data)])

    @property
    def columns(self) -> str:
        """What is written of a message; the direction comes last."""
        return ", ".join((*_VALUES, *self.told, "direction"))

    def values(self, first: int) -> str:
        """The values of a row, its parameters numbered from first + 1."""
        forms = (*_VALUES.values(), *("${0}" for _ in self.told))
        row = ", ".join(form.format(first + number) for number, form in enumerate(forms, 1))
        return f"({row}, 'inbound')"

    def _row(self, message: Message) -> list[bytes | None]:
        return [*message.columns(), *message.link()[: len(self.told)]]


_VALUES = {
    "business_id": "${0}",
    "from_number": "${0}",
    "contact_aliases": "case when ${0}::text is not null then array[${0}::text] end",
    "body": "${0}",
    "provider_message_id": "${0}",
    "payload": "${0}",
}
"""The columns of Message.columns(), and how a parameter becomes one."""

OURS = Table("public.whatsapp_message")
CRM = Table("crm.whatsapp_message", ("conversation_id",))
FLOOR = Table("floor.whatsapp_message", ("conversation_id", "identity_id"))
NAIVE = Table("naive.whatsapp_message")


def copy_text(rows: Sequence[Sequence[bytes | None]]) -> bytes:
    """Rows in COPY's text format."""
    lines = (b"\t".join(rb"\N" if value is None else value for value in row) for row in rows)
    return b"\n".join(lines) + b"\n"


def copy_in(connection: psycopg.Connection[Any], copies: Copies) -> None:
    """Writes rows, one COPY after the other."""
    for target, data in copies:
        query = f"copy {target} from stdin".encode()
        with connection.cursor() as cursor, cursor.copy(query) as copy:
            copy.write(data)


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
    for ours in ("public.whatsapp_conversation", "public.whatsapp_identity"):
        theirs = ours.replace("public", "floor")
        connection.execute(
            f"insert into {theirs} select * from {ours} on conflict do nothing".encode()
        )
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
