"""The judge of the faults sees each wrong that it is there for."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from onethread.messages.write import insert_messages
from tests.conftest import Connection, add_business
from tests.faults.ledger import Ledger, message

NUMBERS = range(24)


@pytest.fixture
def written(database: str) -> Iterator[Connection]:
    """All messages of two people, stored in order."""
    with psycopg.connect(database, autocommit=True) as connection:
        assert add_business(connection) == 1
        insert_messages(connection, 1, [message(number) for number in NUMBERS])
        yield connection


@pytest.mark.parametrize(
    ("damage", "lost", "doubled", "split"),
    [
        ("select", 0, 0, 0),
        ("delete from whatsapp_message where body = '3'", 1, 0, 0),
        (
            "insert into whatsapp_message (business_id, direction, from_number, body, "
            "conversation_id) select business_id, direction, from_number, body, conversation_id "
            "from whatsapp_message where body = '3'",
            0,
            1,
            0,
        ),
        (
            "drop index whatsapp_message_delivery_idx; update whatsapp_message "
            "set provider_message_id = (select provider_message_id from whatsapp_message "
            "where body = '3') where body = '4'",
            0,
            1,
            0,
        ),
        # In none: the person is in two, and one message is nowhere.
        ("update whatsapp_message set conversation_id = null where body = '3'", 0, 0, 1),
        # In the other's: the person is in two, the conversation has two.
        (
            "update whatsapp_message set conversation_id = (select conversation_id "
            "from whatsapp_message where body = '12') where body = '3'",
            0,
            0,
            2,
        ),
    ],
)
def test_wrong_is_counted_when_it_was_done(
    written: Connection, damage: str, lost: int, doubled: int, split: int
) -> None:
    ledger = Ledger()
    ledger.acknowledge(NUMBERS)
    written.execute("set session_replication_role = replica")  # nothing links it again
    for statement in damage.split("; "):
        written.execute(statement.encode())
    outcome = ledger.compare(written)
    assert (outcome.lost, outcome.doubled) == (lost, doubled), outcome
    assert (outcome.split >= split) if split else (outcome.split == 0), outcome
