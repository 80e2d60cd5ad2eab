"""Providers' payloads, of several people too: each person is erased, and everything comes again."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from onethread.intake.take import take_payload
from onethread.people.erasure import erase
from tests.cli.commands import BAILEYS, CLOUD, FIXTURES
from tests.conftest import Connection, add_business
from tests.privacy.scene import find_traces, read_rows
from tests.sql.query import rows

PEOPLE = """
select i.value || case i.kind when 'lid' then '@lid' else '' end as address, i.conversation_id
from whatsapp_identity i
where i.kind in ('phone', 'lid', 'bsuid') and i.conversation_id is not null
order by i.id
"""


def take_all(connection: Connection, business_id: int, provider: str, paths: list[Path]) -> None:
    for path in paths:
        for payload in read_payloads(path):
            take_payload(connection, business_id, provider, payload)


def read_payloads(path: Path) -> list[str]:
    text = path.read_text("utf-8")
    return text.splitlines() if path.suffix == ".jsonl" else [text]


def folder(provider: str) -> list[Path]:
    return sorted((FIXTURES / provider).glob("*"))


@pytest.mark.parametrize(
    ("provider", "paths"),
    [
        ("baileys", [BAILEYS]),
        ("meta_cloud", [CLOUD]),
        *((name, folder(name)) for name in ("baileys", "evolution", "whatsmeow", "wppconnect")),
    ],
)
def test_nobody_comes_back_when_all_payloads_do(
    database: str, provider: str, paths: list[Path]
) -> None:
    """Only events that name nobody do (docs/privacy.md, limits): no message is left for them."""
    with psycopg.connect(database, autocommit=True) as connection:
        business_id = add_business(connection)
        take_all(connection, business_id, provider, paths)
        people: dict[int, list[str]] = {}
        for row in rows(connection, PEOPLE):
            people.setdefault(row.conversation_id, []).append(row.address)
        assert people
        for addresses in people.values():
            erase(connection, business_id, addresses[-1])
            names = [address.removesuffix("@lid").lstrip("+") for address in addresses]
            assert find_traces(connection, business_id, names) == {}
            before = read_rows(connection, business_id)
            take_all(connection, business_id, provider, paths)
            assert find_traces(connection, business_id, names) == {}
            after = read_rows(connection, business_id)
            news = {table for table in after if after[table] != before[table]}
            assert news <= {"whatsapp_message_event"}
            assert all(
                event["address"] is event["actor"] is None
                for event in after["whatsapp_message_event"]
                if event not in before["whatsapp_message_event"]
            )
