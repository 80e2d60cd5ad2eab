"""UPDATE of a stored message: what links it again, and what does not."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Connection, insert
from tests.sql.query import (
    add_lead,
    add_own_number,
    conversation,
    message,
    scalar,
    unlinked_reason,
)

PHONE = "0501234567"
OTHER_PHONE = "0507654321"
LID = "123456789012345@lid"


@pytest.mark.parametrize("is_known", [False, True])
def test_message_is_linked_when_address_is_corrected(
    connection: Connection, business_id: int, is_known: bool
) -> None:
    row = insert(connection, business_id, "outbound", address="Unknown")
    known = insert(connection, business_id, "inbound", address=PHONE) if is_known else None
    changed = update(connection, row.id, to_number=PHONE)
    known = known or insert(connection, business_id, "inbound", address=PHONE)

    assert changed.conversation_id == known.conversation_id is not None
    assert changed.identity_id == known.identity_id is not None
    assert unlinked_reason(connection, row.id) is None


def test_message_moves_when_address_changes(connection: Connection, business_id: int) -> None:
    first = insert(connection, business_id, "outbound", address=PHONE)
    second = insert(connection, business_id, "outbound", address=OTHER_PHONE)
    changed = update(connection, first.id, to_number=OTHER_PHONE)

    assert changed.conversation_id == second.conversation_id != first.conversation_id
    assert changed.identity_id == second.identity_id


def test_message_stays_when_address_is_only_spelt_otherwise(
    connection: Connection, business_id: int
) -> None:
    first = insert(connection, business_id, "outbound", address=PHONE)
    changed = update(connection, first.id, to_number="972501234567@c.us")

    assert changed.conversation_id == first.conversation_id
    assert changed.to_number == "972501234567@c.us"


def test_message_is_unlinked_when_address_becomes_garbage(
    connection: Connection, business_id: int
) -> None:
    row = insert(connection, business_id, "outbound", address=PHONE)
    changed = update(connection, row.id, to_number="Unknown")

    assert (changed.conversation_id, changed.identity_id) == (None, None)
    assert unlinked_reason(connection, row.id) == "address identifies nobody"


def test_message_moves_when_direction_changes(connection: Connection, business_id: int) -> None:
    sides = {"from_number": PHONE, "to_number": OTHER_PHONE}
    row = insert(connection, business_id, "inbound", **sides)
    receiver = insert(connection, business_id, "inbound", address=OTHER_PHONE)
    changed = update(connection, row.id, direction="outbound")

    assert changed.conversation_id == receiver.conversation_id != row.conversation_id


def test_message_moves_when_provider_is_set(connection: Connection, business_id: int) -> None:
    row = insert(connection, business_id, "inbound", address="31234567")
    changed = update(connection, row.id, provider="meta_cloud")

    key = conversation(connection, changed.conversation_id).canonical_key
    assert key == f"phone:{business_id}:+31234567"


def test_conversation_is_promoted_when_lead_is_set(
    connection: Connection, business_id: int
) -> None:
    lead_id = add_lead(connection, business_id)
    row = insert(connection, business_id, "inbound", address=LID)
    changed = update(connection, row.id, lead_id=lead_id)

    assert changed.conversation_id == row.conversation_id
    after = conversation(connection, row.conversation_id)
    assert (after.lead_id, after.canonical_key) == (lead_id, f"lead:{business_id}:{lead_id}")


def test_account_joins_when_alias_is_added(connection: Connection, business_id: int) -> None:
    row = insert(connection, business_id, "inbound", address=PHONE)
    update(connection, row.id, contact_aliases=[LID])
    by_lid = insert(connection, business_id, "inbound", address=LID)

    assert by_lid.conversation_id == row.conversation_id


def test_message_is_duplicate_when_its_copy_is_in_the_thread(
    connection: Connection, business_id: int
) -> None:
    columns = {"provider_message_id": "A1", "body": "hello"}
    first = insert(connection, business_id, "outbound", address=PHONE, **columns)
    second = insert(connection, business_id, "outbound", address="Unknown", **columns)
    changed = update(connection, second.id, to_number="+972501234567")

    assert changed.conversation_id == first.conversation_id
    assert changed.duplicate_of == first.id
    thread = connection.execute(
        "select id from onethread.list_thread(%s, %s)", [business_id, first.conversation_id]
    ).fetchall()
    assert thread == [(first.id,)]


def test_copies_name_the_shown_message_when_there_are_several(
    connection: Connection, business_id: int
) -> None:
    copies = [
        insert(connection, business_id, "outbound", address=address, provider_message_id="A1")
        for address in ("Unknown", "Somebody", PHONE)
    ]
    shown = copies.pop()
    for copy in copies:
        assert update(connection, copy.id, to_number=PHONE).duplicate_of == shown.id


def test_message_is_no_duplicate_when_it_leaves_the_thread(
    connection: Connection, business_id: int
) -> None:
    first = insert(connection, business_id, "outbound", address=PHONE, provider_message_id="A1")
    second = insert(connection, business_id, "outbound", address=LID, provider_message_id="A1")
    assert update(connection, second.id, to_number=PHONE).duplicate_of == first.id

    assert update(connection, second.id, to_number=OTHER_PHONE).duplicate_of is None


def test_copy_counts_when_the_message_it_was_a_copy_of_leaves(
    connection: Connection, business_id: int
) -> None:
    first, second, third = _copies(connection, business_id)
    update(connection, first, to_number=OTHER_PHONE)

    assert message(connection, first).duplicate_of is None
    assert message(connection, second).duplicate_of is None
    assert message(connection, third).duplicate_of == second
    assert _shown(connection, business_id, PHONE) == [second]
    assert _shown(connection, business_id, OTHER_PHONE) == [first]
    assert scalar(connection, "select count(*) from thread_integrity") == 0


def test_copy_counts_when_the_message_turns_out_to_be_from_the_other_side(
    connection: Connection, business_id: int
) -> None:
    first, second, third = _copies(connection, business_id)
    connection.execute(
        "update whatsapp_message set direction = 'inbound', from_number = to_number, "
        "to_number = null where id = %s",
        [first],
    )

    assert _shown(connection, business_id, PHONE) == [first, second]
    assert message(connection, third).duplicate_of == second


def test_copies_stay_copies_when_all_move_at_once(connection: Connection, business_id: int) -> None:
    first, second, third = _copies(connection, business_id)
    connection.execute("update whatsapp_message set to_number = %s", [OTHER_PHONE])

    assert _shown(connection, business_id, OTHER_PHONE) == [first]
    assert message(connection, third).duplicate_of == first
    connection.execute("update whatsapp_message set to_number = 'Unknown'")
    assert [message(connection, each).duplicate_of for each in (first, second, third)] == [
        None, first, first,
    ]  # fmt: skip
    connection.execute("update whatsapp_message set to_number = %s", [PHONE])
    assert _shown(connection, business_id, PHONE) == [first]
    assert scalar(connection, "select count(*) from thread_integrity") == 0


def _copies(connection: Connection, business_id: int) -> list[int]:
    """Three copies of one message in the thread of PHONE, the first of them shown."""
    found = [
        insert(connection, business_id, "outbound", address=address, provider_message_id="A1").id
        for address in (PHONE, LID, "Unknown")
    ]
    for copy in found[1:]:
        assert update(connection, copy, to_number=PHONE).duplicate_of == found[0]
    return found


def _shown(connection: Connection, business_id: int, address: str) -> list[int]:
    """The messages of the thread that the address leads to."""
    rows = connection.execute(
        "select id from onethread.list_thread(%(b)s, onethread.find_conversation(%(b)s, %(a)s)) "
        "order by id",
        {"b": business_id, "a": address},
    ).fetchall()
    return [row[0] for row in rows]


@pytest.mark.parametrize("column", ["body", "sender_name", "source"])
def test_link_stays_when_another_column_changes(
    connection: Connection, business_id: int, column: str
) -> None:
    row = insert(connection, business_id, "outbound", address=PHONE)
    _register_unnoticed(connection, business_id)
    changed = update(connection, row.id, **{column: "changed"})
    assert changed.conversation_id == row.conversation_id

    assert update(connection, row.id, to_number="+972501234567").conversation_id is None


def test_link_stays_when_address_is_set_to_itself(connection: Connection, business_id: int) -> None:
    row = insert(connection, business_id, "outbound", address=PHONE)
    _register_unnoticed(connection, business_id)

    assert update(connection, row.id, to_number=PHONE).conversation_id == row.conversation_id


def test_all_are_linked_when_one_update_corrects_many(
    connection: Connection, business_id: int
) -> None:
    for number in range(50):
        insert(connection, business_id, "outbound", address=f"?97250123{number // 2:04}")
    connection.execute("update whatsapp_message set to_number = replace(to_number, '?', '+')")

    assert scalar(connection, "select count(*) from unlinked_message") == 0
    assert scalar(connection, "select count(*) from whatsapp_conversation") == 25


def _register_unnoticed(connection: Connection, business_id: int) -> None:
    """From now on, linking a message again would find that the business owns the number."""
    connection.execute("set local session_replication_role = replica")
    add_own_number(connection, business_id, "phone", "+972501234567")
    connection.execute("set local session_replication_role = origin")


def update(connection: Connection, message_id: int, **columns: Any) -> Any:
    """Updates columns of a message; returns it as it is stored afterwards."""
    assignments = ", ".join(f"{column} = %s" for column in columns)
    connection.execute(
        f"update whatsapp_message set {assignments} where id = %s", [*columns.values(), message_id]
    )
    return message(connection, message_id)
