"""Somebody was erased, and messages are loaded past the triggers, as a restore does it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.conftest import Connection, add_business, insert
from tests.privacy.erasing import erase
from tests.sql.query import message, rows, scalar

LID = "876000000000001@lid"
FIRST = "+972501111111"
SECOND = "+972503111111"
START = datetime(2026, 1, 1, tzinfo=UTC)
MET = START + timedelta(hours=7)


@pytest.fixture
def business_id(connection: Connection) -> int:
    """A business that has erased an account whose second phone could have been another's before."""
    business_id = add_business(connection)
    insert(
        connection,
        business_id,
        "inbound",
        address=LID,
        contact_aliases=[FIRST, SECOND],
        sent_at=MET,
    )
    erase(connection, business_id, LID)
    return business_id


def load(connection: Connection, business_id: int, *sent: tuple[str, datetime]) -> list[int]:
    """Stores inbound messages without the triggers and links what can be; returns their ids."""
    connection.execute("set local session_replication_role = replica")
    ids = [
        scalar(
            connection,
            "insert into whatsapp_message (business_id, direction, from_number, sent_at) "
            "values (%s, 'inbound', %s, %s) returning id",
            business_id,
            address,
            sent_at,
        )
        for address, sent_at in sent
    ]
    connection.execute("set local session_replication_role = origin")
    while scalar(connection, "select onethread.link_unlinked_messages(%s)", business_id):
        pass
    return ids


def violations(connection: Connection, business_id: int) -> list[str]:
    return [
        row.problem
        for row in rows(
            connection,
            "select problem from thread_integrity where business_id = %s",
            business_id,
        )
    ]


@pytest.mark.parametrize(
    ("sent_at", "is_theirs"),
    [
        (MET - timedelta(hours=4), False),
        (MET + timedelta(hours=9), True),
        (datetime.now(UTC) + timedelta(hours=1), False),
    ],
)
def test_epochs_do_not_overlap_when_an_erased_persons_phone_is_loaded(
    connection: Connection, business_id: int, sent_at: datetime, is_theirs: bool
) -> None:
    (message_id,) = load(connection, business_id, (SECOND, sent_at))

    assert violations(connection, business_id) == []
    assert (message(connection, message_id).conversation_id is None) == is_theirs


def test_epochs_do_not_overlap_when_a_phone_is_held_that_somebody_had_before(
    connection: Connection, business_id: int
) -> None:
    connection.execute(
        "select onethread.lock_current_identity(%s, row('phone', '', %s, %s))",
        [business_id, SECOND, SECOND],
    )

    assert violations(connection, business_id) == []


def test_nothing_is_known_when_an_erased_persons_old_messages_are_loaded(
    connection: Connection, business_id: int
) -> None:
    load(connection, business_id, (LID, MET), (FIRST, MET))

    assert (
        rows(
            connection,
            "select value from whatsapp_identity where business_id = %s and valid_until is null",
            business_id,
        )
        == []
    )


def test_new_message_is_linked_when_it_is_loaded_with_an_erased_one(
    connection: Connection, business_id: int
) -> None:
    old, new = load(
        connection, business_id, (FIRST, MET), (FIRST, datetime.now(UTC) + timedelta(hours=1))
    )

    assert message(connection, old).conversation_id is None
    assert message(connection, new).conversation_id is not None
