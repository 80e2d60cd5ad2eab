"""Joining conversations by hand, taking it back, and what is refused."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from tests.backend import backend_seconds
from tests.conftest import Connection, insert
from tests.sql.query import add_lead, message, rows, scalar

A, B, C = "+972501234567", "+972507654321", "+972501111111"
LID = "123456789012345@lid"


def test_everything_is_in_the_survivor_when_merged(
    connection: Connection, business_id: int
) -> None:
    first, second = _two(connection, business_id)
    merge_id = _merge(connection, business_id, first.conversation_id, second.conversation_id)
    later = insert(connection, business_id, "inbound", address=B)

    assert message(connection, second.id).conversation_id == first.conversation_id
    assert later.conversation_id == first.conversation_id
    assert message(connection, second.id).from_number == B
    assert _find(connection, business_id, second.conversation_id) == first.conversation_id
    assert (
        scalar(
            connection,
            "select absorbed_id from onethread.whatsapp_conversation_merge "
            "where business_id = %s and id = %s",
            business_id,
            merge_id,
        )
        == second.conversation_id
    )
    _assert_healthy(connection, business_id)


def test_old_ids_lead_to_the_last_survivor_when_merged_twice(
    connection: Connection, business_id: int
) -> None:
    first, second = _two(connection, business_id)
    third = insert(connection, business_id, "inbound", address=C)
    _merge(connection, business_id, first.conversation_id, second.conversation_id)
    _merge(connection, business_id, third.conversation_id, first.conversation_id)

    for row in (first, second, third):
        assert _find(connection, business_id, row.conversation_id) == third.conversation_id
    assert _find(connection, business_id, 0) is None
    _assert_healthy(connection, business_id)


def test_messages_follow_their_address_when_merge_is_undone(
    connection: Connection, business_id: int
) -> None:
    first, second = _two(connection, business_id)
    merge_id = _merge(connection, business_id, first.conversation_id, second.conversation_id)
    later = [insert(connection, business_id, "inbound", address=each) for each in (A, B)]
    _undo(connection, business_id, merge_id)

    assert [message(connection, row.id).conversation_id for row in later] == [
        first.conversation_id,
        second.conversation_id,
    ]
    assert _find(connection, business_id, second.conversation_id) == second.conversation_id
    assert scalar(
        connection,
        "select count(*) from whatsapp_identity_evidence "
        "where business_id = %s and relation = 'different'",
        business_id,
    )
    _assert_healthy(connection, business_id)


def test_undo_fails_when_it_is_undone_already_or_unknown(
    connection: Connection, business_id: int
) -> None:
    first, second = _two(connection, business_id)
    merge_id = _merge(connection, business_id, first.conversation_id, second.conversation_id)
    _undo(connection, business_id, merge_id)
    for unknown in (merge_id, 0):
        with pytest.raises(psycopg.errors.NoDataFound), connection.transaction():
            _undo(connection, business_id, unknown)


def test_join_by_evidence_stays_undone_when_the_pair_comes_again(
    connection: Connection, business_id: int
) -> None:
    first = insert(connection, business_id, "inbound", address=A)
    second = insert(connection, business_id, "inbound", address=LID)
    insert(connection, business_id, "inbound", address=LID, contact_aliases=[A])
    merge_id = scalar(
        connection,
        "select max(id) from onethread.whatsapp_conversation_merge where business_id = %s",
        business_id,
    )
    _undo(connection, business_id, merge_id)
    insert(connection, business_id, "inbound", address=LID, contact_aliases=[A])

    assert (
        message(connection, first.id).conversation_id
        != message(connection, second.id).conversation_id
    )
    _assert_healthy(connection, business_id)


def test_undone_join_is_made_again_only_when_its_word_is_taken_back(
    connection: Connection, business_id: int
) -> None:
    first, second = _two(connection, business_id)
    ids = (first.conversation_id, second.conversation_id)
    _undo(connection, business_id, _merge(connection, business_id, *ids))
    two_people = pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState, match="two people")
    with two_people, connection.transaction():
        _merge(connection, business_id, *ids)
    _withdraw_different(connection, business_id, *ids)
    _merge(connection, business_id, *ids)
    assert _count(connection, business_id, ids[0]) == 2


@pytest.mark.parametrize("parting", ["undo", "split"])
def test_evidence_joins_again_when_it_is_taken_back_that_they_are_two_people(
    connection: Connection, business_id: int, parting: str
) -> None:
    first = insert(connection, business_id, "inbound", address=A)
    second = insert(connection, business_id, "inbound", address=LID)
    insert(connection, business_id, "inbound", address=LID, contact_aliases=[A])
    if parting == "undo":
        merge_id = scalar(
            connection,
            "select max(id) from onethread.whatsapp_conversation_merge where business_id = %s",
            business_id,
        )
        _undo(connection, business_id, merge_id)
    else:
        connection.execute(
            "select onethread.split_identifier(%s, 'lid', %s)", [business_id, LID.split("@")[0]]
        )
    parted = {message(connection, row.id).conversation_id for row in (first, second)}
    assert len(parted) == 2
    _withdraw_different(connection, business_id, *parted)

    assert len({message(connection, row.id).conversation_id for row in (first, second)}) == 1
    with pytest.raises(psycopg.errors.NoDataFound), connection.transaction():
        _withdraw_different(connection, business_id, *parted)
    _assert_healthy(connection, business_id)


def test_later_copy_is_marked_when_merge_brings_two_together(
    connection: Connection, business_id: int
) -> None:
    first, second = (
        insert(connection, business_id, "inbound", address=each, provider_message_id="X1")
        for each in (A, B)
    )
    merge_id = _merge(connection, business_id, first.conversation_id, second.conversation_id)

    assert message(connection, first.id).duplicate_of is None
    assert message(connection, second.id).duplicate_of == first.id
    assert message(connection, second.id).conversation_id == first.conversation_id
    _undo(connection, business_id, merge_id)
    assert message(connection, second.id).duplicate_of is None


def test_answer_goes_to_the_last_inbound_address_when_threads_were_merged(
    connection: Connection, business_id: int
) -> None:
    first = insert(
        connection, business_id, "inbound", address="+972501111111", to_number="+97237654321"
    )
    second = insert(connection, business_id, "inbound", address="+972502222222")
    _merge(connection, business_id, first.conversation_id, second.conversation_id)

    def answer() -> tuple[Any, ...]:
        [inbox, thread] = (
            rows(
                connection,
                f"select distinct reply_address, own_number from {view} where business_id = %s",
                business_id,
            )
            for view in ("whatsapp_inbox", "whatsapp_thread")
        )
        assert inbox == thread
        [row] = inbox
        return tuple(row)

    at = "2030-01-01T00:00:00Z"
    insert(connection, business_id, "inbound", address="+972502222222", sent_at=at)
    assert answer() == ("+972502222222", None)
    insert(
        connection,
        business_id,
        "inbound",
        address="972501111111@s.whatsapp.net",
        to_number="+97237654321",
        sent_at="2030-01-02T00:00:00Z",
    )
    insert(connection, business_id, "outbound", address="+972502222222", sent_at="2030-01-03Z")
    assert answer() == ("972501111111@s.whatsapp.net", "+97237654321")


def test_old_ids_lead_to_their_people_when_another_came_through_the_undone_merge(
    connection: Connection, business_id: int
) -> None:
    first, second = _two(connection, business_id)
    third = insert(connection, business_id, "inbound", address=LID)
    merge_id = _merge(connection, business_id, second.conversation_id, first.conversation_id)
    insert(connection, business_id, "inbound", address=LID, contact_aliases=[A])
    assert _find(connection, business_id, third.conversation_id) == second.conversation_id

    _undo(connection, business_id, merge_id)
    for row, expected in ((first, first), (second, second), (third, first)):
        assert message(connection, row.id).conversation_id == expected.conversation_id
        assert (
            _find(connection, business_id, row.conversation_id)
            == message(connection, row.id).conversation_id
        )
    _assert_healthy(connection, business_id)


@pytest.mark.parametrize("is_reversed", [False, True])
def test_owners_of_one_phone_part_again_when_their_merge_is_undone(
    connection: Connection, business_id: int, is_reversed: bool
) -> None:
    old, new = (
        insert(connection, business_id, "inbound", address=A, sent_at=f"2026-0{month}-01Z")
        for month in (1, 3)
    )
    connection.execute(
        "select onethread.split_identifier(%s, 'phone', %s, '2026-02-01Z')", [business_id, A]
    )
    before = [message(connection, row.id).conversation_id for row in (old, new)]
    merge_id = _merge(connection, business_id, *(before[::-1] if is_reversed else before))
    _undo(connection, business_id, merge_id)

    assert [message(connection, row.id).conversation_id for row in (old, new)] == before
    account = insert(connection, business_id, "inbound", address=LID, contact_aliases=[A])
    later = insert(connection, business_id, "inbound", address=A)
    assert later.conversation_id == account.conversation_id
    _assert_healthy(connection, business_id)


@pytest.mark.parametrize("by_evidence", [False, True])
def test_evidence_is_spelled_as_it_is_read_when_the_database_writes_it(
    connection: Connection, business_id: int, by_evidence: bool
) -> None:
    lead_id = add_lead(connection, business_id)
    first, second = (
        insert(
            connection,
            business_id,
            "inbound",
            address=each,
            lead_id=lead_id if each == LID else None,
        )
        for each in (A, LID)
    )
    if by_evidence:
        insert(connection, business_id, "inbound", address=LID, contact_aliases=[A])
    else:
        _merge(connection, business_id, first.conversation_id, second.conversation_id)
    query = "select max(id) from onethread.whatsapp_conversation_merge where business_id = %s"
    _undo(connection, business_id, scalar(connection, query, business_id))
    connection.execute(
        "select onethread.split_identifier(%s, 'lid', %s)", [business_id, LID.split("@")[0]]
    )

    stored = rows(
        connection,
        "select relation, a_key = onethread.evidence_key(business_id, a) as a, "
        "b_key = onethread.evidence_key(business_id, b) as b "
        "from whatsapp_identity_evidence where business_id = %s",
        business_id,
    )
    assert {row.relation for row in stored} == {"same", "different"}
    assert all(row.a and row.b for row in stored)


def test_ten_thousand_messages_move_when_merged(connection: Connection, business_id: int) -> None:
    first, second = _two(connection, business_id)
    for address in (A, B):
        _fill(connection, business_id, address, 10_000)
    before = backend_seconds(connection)
    _merge(connection, business_id, first.conversation_id, second.conversation_id)

    assert backend_seconds(connection) - before < 5
    assert _count(connection, business_id, first.conversation_id) == 20_002
    _assert_healthy(connection, business_id)


def test_evidence_waits_when_a_trigger_would_move_many(
    connection: Connection, business_id: int
) -> None:
    first = insert(connection, business_id, "inbound", address=A)
    second = insert(connection, business_id, "inbound", address=LID)
    for address in (A, LID):
        _fill(connection, business_id, address, 5_001)
    insert(connection, business_id, "inbound", address=LID, contact_aliases=[A])
    assert (
        message(connection, first.id).conversation_id
        != message(connection, second.id).conversation_id
    )
    assert scalar(
        connection,
        "select count(*) from whatsapp_identity_evidence "
        "where business_id = %s and applied_at is null",
        business_id,
    )

    assert scalar(connection, "select onethread.apply_pending_evidence(%s)", business_id) == 0
    assert (
        message(connection, first.id).conversation_id
        == message(connection, second.id).conversation_id
    )
    _assert_healthy(connection, business_id)


def _two(connection: Connection, business_id: int) -> tuple[Any, Any]:
    first, second = (insert(connection, business_id, "inbound", address=each) for each in (A, B))
    return first, second


def _merge(connection: Connection, business_id: int, survivor_id: int, absorbed_id: int) -> int:
    return int(
        scalar(
            connection,
            "select onethread.merge_conversations(%s, %s, %s, 'test')",
            business_id,
            survivor_id,
            absorbed_id,
        )
    )


def _withdraw_different(
    connection: Connection, business_id: int, first_id: int, second_id: int
) -> None:
    scalar(
        connection,
        "select onethread.withdraw_different(%s, %s, %s)",
        business_id,
        first_id,
        second_id,
    )


def _undo(connection: Connection, business_id: int, merge_id: int) -> None:
    connection.execute("select onethread.undo_merge(%s, %s)", [business_id, merge_id])


def _find(connection: Connection, business_id: int, conversation_id: int) -> int | None:
    found: int | None = scalar(
        connection,
        "select onethread.find_conversation_by_id(%s, %s)",
        business_id,
        conversation_id,
    )
    return found


def _fill(connection: Connection, business_id: int, address: str, messages: int) -> None:
    connection.execute(
        "insert into whatsapp_message (business_id, direction, from_number) "
        "select %s, 'inbound', %s from generate_series(1, %s)",
        [business_id, address, messages],
    )


def _count(connection: Connection, business_id: int, conversation_id: int) -> int:
    return int(
        scalar(
            connection,
            "select count(*) from whatsapp_message where business_id = %s and conversation_id = %s",
            business_id,
            conversation_id,
        )
    )


def _assert_healthy(connection: Connection, business_id: int) -> None:
    assert (
        rows(connection, "select * from thread_integrity where business_id = %s", business_id) == []
    )
