"""A number of the business that was met before it was registered: from then on it is nobody."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from tests.conftest import Connection, insert
from tests.sql.query import (
    add_lead,
    add_own_number,
    conversation,
    message,
    rows,
    scalar,
    unlinked_reason,
)

OWN, OTHER_OWN = "+972509999999", "+972508888888"
CUSTOMER = "+972501234567"
LID, OTHER_LID = "876000000000001@lid", "876000000000002@lid"


def test_messages_are_the_other_sides_when_number_is_registered_late(
    connection: Connection, business_id: int
) -> None:
    sent = insert(connection, business_id, "inbound", from_number=OWN, to_number=CUSTOMER)
    alone = insert(connection, business_id, "inbound", address=OWN)
    copied = insert(connection, business_id, "inbound", address=OWN, provider_message_id="A1")
    answer = insert(connection, business_id, "inbound", address=CUSTOMER)
    assert sent.conversation_id == alone.conversation_id != answer.conversation_id
    add_own_number(connection, business_id, "phone", OWN)

    assert message(connection, sent.id).conversation_id == answer.conversation_id
    for row in (alone, copied):
        assert message(connection, row.id).conversation_id is None
        assert unlinked_reason(connection, row.id) == "address belongs to the business itself"
    assert conversation(connection, alone.conversation_id).canonical_key is None
    assert _count_identities(connection, OWN) == 0
    assert _violations(connection, business_id) == []


def test_number_is_registered_when_only_evidence_of_it_is_left(
    connection: Connection, business_id: int
) -> None:
    """The conversation was deleted, and with it the identities."""
    row = insert(connection, business_id, "inbound", address=LID, contact_aliases=[OWN])
    connection.execute(
        "delete from whatsapp_conversation where business_id = %s and id = %s",
        [business_id, row.conversation_id],
    )
    add_own_number(connection, business_id, "phone", OWN)
    assert _count_identities(connection, OWN) == 0


def test_message_stays_nobodys_when_the_join_that_the_number_caused_is_undone(
    connection: Connection, business_id: int
) -> None:
    """The number had parted a person: of whoever had it later, they are one again without it."""
    insert(
        connection, business_id, "inbound", address=LID, contact_aliases=[CUSTOMER],
        sent_at="2026-01-01 01:00Z",
    )  # fmt: skip
    insert(
        connection, business_id, "outbound", address=OWN, contact_aliases=[CUSTOMER],
        sent_at="2026-01-01 02:00Z",
    )  # fmt: skip
    connection.execute(
        "select onethread.split_identifier(%s, 'phone', %s, '2026-01-01 12:00Z')",
        (business_id, OWN),
    )
    moved = insert(
        connection, business_id, "outbound", address=OWN, sent_at="2026-01-01 17:00Z"
    )  # fmt: skip
    add_own_number(connection, business_id, "phone", OWN)
    merge_id = scalar(
        connection,
        "select id from onethread.whatsapp_conversation_merge "
        "where business_id = %s and absorbed_id = %s",
        business_id,
        moved.conversation_id,
    )
    connection.execute("select onethread.undo_merge(%s, %s)", (business_id, merge_id))

    assert message(connection, moved.id).conversation_id is None
    assert _violations(connection, business_id) == []


def test_people_are_parted_when_only_the_number_had_tied_them(
    connection: Connection, business_id: int
) -> None:
    """A gateway attests its own number as an alias of everybody."""
    found = [
        insert(
            connection, business_id, "inbound", address=lid, contact_aliases=[OWN],
            sent_at=f"2026-01-0{day} 12:00Z",
        )
        for day, lid in ((1, LID), (2, OTHER_LID))
    ]  # fmt: skip
    lead_id = add_lead(connection, business_id, OWN)
    add_own_number(connection, business_id, "phone", OWN)

    assert scalar(
        connection,
        "select count(*) from onethread.whatsapp_identity_conflict "
        "where business_id = %s and settled_at is null", business_id,
    ) == 0  # fmt: skip
    for row in found:
        assert conversation(connection, row.conversation_id).lead_id != lead_id
    assert len({message(connection, row.id).conversation_id for row in found}) == 2
    assert _violations(connection, business_id) == []
    assert {row.inert_reason for row in _evidence(connection, business_id)} == {
        "it names a number of the business itself"
    }


@pytest.mark.parametrize("statement", [
    "delete from business_number where business_id = %(b)s",
    "update business_number set value = %(other)s where business_id = %(b)s",
])  # fmt: skip
def test_all_is_as_before_when_the_number_is_the_businesss_no_more(
    connection: Connection, business_id: int, statement: str
) -> None:
    add_lead(connection, business_id, OWN)
    found = [
        insert(connection, business_id, "inbound", from_number=OWN, to_number=CUSTOMER),
        insert(connection, business_id, "inbound", address="050-999 9999"),
        insert(connection, business_id, "inbound", address=LID, contact_aliases=[OWN]),
        insert(connection, business_id, "inbound", address=CUSTOMER),
    ]
    before = _partition(connection, found)
    said = _said(connection, business_id)
    add_own_number(connection, business_id, "phone", OWN)
    assert _partition(connection, found) != before
    connection.execute(statement, {"b": business_id, "other": OTHER_OWN})

    assert _partition(connection, found) == before
    assert _said(connection, business_id) == said
    assert _violations(connection, business_id) == []


def test_message_is_met_anew_when_it_came_while_the_number_was_the_businesss(
    connection: Connection, business_id: int
) -> None:
    add_own_number(connection, business_id, "phone", OWN)
    sent = insert(connection, business_id, "inbound", from_number=OWN, to_number=CUSTOMER)
    alone = insert(connection, business_id, "inbound", address="050 9999 999")
    tied = insert(connection, business_id, "inbound", address=LID)
    connection.execute(
        "insert into whatsapp_identity_evidence (business_id, a, b, relation) "
        "values (%s, %s, %s, 'same')",
        [business_id, LID, OWN],
    )
    connection.execute("delete from business_number where business_id = %s", [business_id])

    assert len({message(connection, row.id).conversation_id for row in (sent, alone, tied)}) == 1
    assert _violations(connection, business_id) == []


def test_number_stays_own_when_another_spelling_of_it_is_left(
    connection: Connection, business_id: int
) -> None:
    long, short = "+5511987654321", "+551187654321"
    for value in (long, short):
        add_own_number(connection, business_id, "phone", value)
    row = insert(connection, business_id, "inbound", address=long)
    connection.execute("delete from business_number where value = %s", [short])

    assert message(connection, row.id).conversation_id is None


def test_conversation_of_a_program_is_the_persons_when_number_is_released(
    connection: Connection, business_id: int
) -> None:
    add_own_number(connection, business_id, "phone", OWN)
    made = scalar(
        connection,
        "insert into whatsapp_conversation (business_id, canonical_key) values (%s, %s) "
        "returning id",
        business_id,
        OWN,
    )
    connection.execute("delete from business_number where business_id = %s", [business_id])

    assert insert(connection, business_id, "inbound", address=OWN).conversation_id == made
    assert _violations(connection, business_id) == []


def test_other_business_is_untouched_when_it_knows_the_number_as_a_person(
    connection: Connection, business_id: int
) -> None:
    other = scalar(connection, "insert into business (name) values ('other') returning id")
    row = insert(connection, other, "inbound", address=OWN)
    insert(connection, business_id, "inbound", address=OWN)
    add_own_number(connection, business_id, "phone", OWN)

    assert message(connection, row.id).conversation_id == row.conversation_id


def test_join_cannot_be_undone_when_one_of_the_two_was_the_business(
    connection: Connection, business_id: int
) -> None:
    ids = [
        insert(connection, business_id, "inbound", address=address).conversation_id
        for address in (CUSTOMER, OWN)
    ]
    merge_id = scalar(
        connection, "select onethread.merge_conversations(%s, %s, %s, 'x')", business_id, *ids
    )
    add_own_number(connection, business_id, "phone", OWN)

    assert _violations(connection, business_id) == []
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState, match="business itself"):
        connection.execute("select onethread.undo_merge(%s, %s)", [business_id, merge_id])


def _partition(connection: Connection, found: list[Any]) -> list[int]:
    """The thread of each message, numbered as they appear."""
    ids = [message(connection, row.id).conversation_id for row in found]
    return [ids.index(each) for each in ids]


def _evidence(connection: Connection, business_id: int) -> list[Any]:
    query = "select * from whatsapp_identity_evidence where business_id = %s order by a, b"
    return rows(connection, query, business_id)


def _said(connection: Connection, business_id: int) -> list[Any]:
    return [
        (row.a, row.b, row.a_key, row.b_key, row.relation, row.source, row.observed_at)
        for row in _evidence(connection, business_id)
    ]


def _count_identities(connection: Connection, value: str) -> int:
    query = "select count(*) from whatsapp_identity where value = %s"
    return int(scalar(connection, query, value))


def _violations(connection: Connection, business_id: int) -> list[Any]:
    return rows(connection, "select * from thread_integrity where business_id = %s", business_id)
