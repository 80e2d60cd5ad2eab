"""The judge of the faults sees each wrong that it is there for."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from onethread.messages.write import insert_messages
from tests import agents
from tests.conftest import Connection, add_business
from tests.faults.ledger import Ledger, account, message, phone

NUMBERS = range(24)
_OTHER = "(select conversation_id from whatsapp_message where body = '12')"


@pytest.fixture
def written(database: str) -> Iterator[Connection]:
    """All messages of two people, stored in order; an agent read, noted and answered number 3."""
    with psycopg.connect(database, autocommit=True) as connection:
        assert add_business(connection) == 1
        agents.add_crm_tables(connection)
        insert_messages(connection, 1, [message(number) for number in NUMBERS])
        found = agents.find_conversation(connection, 1, phone(3))
        assert found is not None
        agents.mark_read(connection, 1, found)
        agents.take_notes(connection, 1, found, note="3", setting="3")
        agents.queue_answer(connection, 1, account(3), "-3", conversation_id=found)
        yield connection


@pytest.mark.parametrize(
    ("damage", "lost", "doubled", "split", "asked"),
    [
        ("select", 0, 0, 0, 0),
        ("delete from whatsapp_message where body = '3'", 1, 0, 0, 0),
        (
            "insert into whatsapp_message (business_id, direction, from_number, body, "
            "conversation_id) select business_id, direction, from_number, body, conversation_id "
            "from whatsapp_message where body = '3'",
            0,
            1,
            0,
            0,
        ),
        (
            "drop index whatsapp_message_provider_delivery_idx; update whatsapp_message "
            "set provider_message_id = (select provider_message_id from whatsapp_message "
            "where body = '3') where body = '4'",
            0,
            1,
            0,
            0,
        ),
        # In none: the person is in two, and one message is nowhere.
        ("update whatsapp_message set conversation_id = null where body = '3'", 0, 0, 1, 0),
        # In the other's: the person is in two, the conversation has two.
        (
            "update whatsapp_message set conversation_id = (select conversation_id "
            "from whatsapp_message where body = '12') where body = '3'",
            0,
            0,
            2,
            0,
        ),
        ("delete from whatsapp_message where body = '-3'", 1, 0, 0, 0),
        ("delete from crm.note", 1, 0, 0, 0),
        (f"update crm.note set conversation_id = {_OTHER}", 0, 0, 1, 0),
        (f"update crm.setting set conversation_id = {_OTHER}", 0, 0, 1, 0),
        (f"update onethread.conversation_read set conversation_id = {_OTHER}", 0, 0, 1, 0),
        (
            "insert into onethread.whatsapp_identity_conflict (business_id, evidence_id, reason) "
            "values (1, 0, 'x')",
            0,
            0,
            0,
            1,
        ),
    ],
)
def test_wrong_is_counted_when_it_was_done(
    written: Connection, damage: str, lost: int, doubled: int, split: int, asked: int
) -> None:
    ledger = Ledger()
    ledger.acknowledge([*NUMBERS, -3])
    ledger.note(3)
    written.execute("set session_replication_role = replica")  # nothing links it again
    for statement in damage.split("; "):
        written.execute(statement.encode())
    outcome = ledger.compare(written)
    assert (outcome.lost, outcome.doubled, outcome.asked) == (lost, doubled, asked), outcome
    assert (outcome.split >= split) if split else (outcome.split == 0), outcome
