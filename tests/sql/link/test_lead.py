"""Leads: a conversation takes its lead's key, and keeps its id."""

from __future__ import annotations

import pytest

from tests.conftest import Connection, insert
from tests.sql.query import add_lead, conversation, scalar

PHONE = "0501234567"
LID = "123456789012345@lid"


def test_conversation_has_lead_key_when_lead_comes_first(
    connection: Connection, business_id: int
) -> None:
    lead_id = add_lead(connection, business_id, PHONE)
    row = insert(connection, business_id, "inbound", address="972501234567@c.us")

    assert_lead(connection, business_id, row.conversation_id, lead_id)


def test_nothing_is_visible_when_lead_was_never_messaged(
    connection: Connection, business_id: int
) -> None:
    add_lead(connection, business_id, PHONE)

    assert scalar(connection, "select count(*) from whatsapp_conversation") == 0
    assert (
        scalar(connection, "select onethread.find_conversation(%s, %s)", business_id, PHONE) is None
    )


def test_conversation_is_promoted_when_lead_is_added(
    connection: Connection, business_id: int
) -> None:
    row = insert(connection, business_id, "inbound", address=PHONE)
    lead_id = add_lead(connection, business_id, "+972 50 123 4567")
    later = insert(connection, business_id, "outbound", address=PHONE)

    assert later.conversation_id == row.conversation_id
    assert_lead(connection, business_id, row.conversation_id, lead_id)


def test_conversation_is_promoted_when_lead_gets_its_phone(
    connection: Connection, business_id: int
) -> None:
    row = insert(connection, business_id, "inbound", address=PHONE)
    lead_id = add_lead(connection, business_id)
    set_phone(connection, lead_id, PHONE)

    assert_lead(connection, business_id, row.conversation_id, lead_id)


def test_conversation_is_promoted_when_message_names_lead(
    connection: Connection, business_id: int
) -> None:
    lead_id = add_lead(connection, business_id)
    first = insert(connection, business_id, "inbound", address=LID)
    second = insert(connection, business_id, "outbound", address=LID, lead_id=lead_id)

    assert second.conversation_id == first.conversation_id
    assert_lead(connection, business_id, first.conversation_id, lead_id)


def test_conversation_is_the_leads_when_second_address_names_lead(
    connection: Connection, business_id: int
) -> None:
    lead_id = add_lead(connection, business_id)
    first = insert(connection, business_id, "inbound", address=LID, lead_id=lead_id)
    second = insert(connection, business_id, "outbound", address=PHONE, lead_id=lead_id)
    third = insert(connection, business_id, "inbound", address=PHONE)

    assert first.conversation_id == second.conversation_id == third.conversation_id
    assert_lead(connection, business_id, first.conversation_id, lead_id)


def test_conversation_stays_when_lead_changes_phone(
    connection: Connection, business_id: int
) -> None:
    lead_id = add_lead(connection, business_id, PHONE)
    row = insert(connection, business_id, "inbound", address=PHONE)
    set_phone(connection, lead_id, "0507654321")
    new = insert(connection, business_id, "outbound", address="0507654321")
    old = insert(connection, business_id, "inbound", address=PHONE)

    assert row.conversation_id == new.conversation_id == old.conversation_id
    assert_lead(connection, business_id, row.conversation_id, lead_id)


def test_conversation_is_rekeyed_when_lead_is_deleted(
    connection: Connection, business_id: int
) -> None:
    lead_id = add_lead(connection, business_id, PHONE)
    row = insert(connection, business_id, "inbound", address=PHONE, lead_id=lead_id)
    connection.execute("delete from lead where id = %s", [lead_id])

    after = conversation(connection, row.conversation_id)
    assert after.lead_id is None
    assert after.canonical_key == f"phone:{business_id}:+972501234567"
    later = insert(connection, business_id, "inbound", address=PHONE)
    assert later.conversation_id == row.conversation_id
    assert scalar(connection, "select lead_id from whatsapp_message where id = %s", row.id) is None


def test_next_lead_takes_over_when_lead_is_deleted(
    connection: Connection, business_id: int
) -> None:
    first = add_lead(connection, business_id, PHONE)
    second = add_lead(connection, business_id, PHONE)
    row = insert(connection, business_id, "inbound", address=PHONE)
    assert_lead(connection, business_id, row.conversation_id, first)
    connection.execute("delete from lead where id = %s", [first])

    assert_lead(connection, business_id, row.conversation_id, second)


def test_lowest_lead_wins_when_two_have_the_phone(connection: Connection, business_id: int) -> None:
    lowest = add_lead(connection, business_id)
    highest = add_lead(connection, business_id, PHONE)
    row = insert(connection, business_id, "inbound", address=PHONE)
    assert_lead(connection, business_id, row.conversation_id, highest)

    set_phone(connection, lowest, PHONE)
    assert_lead(connection, business_id, row.conversation_id, lowest)
    set_phone(connection, highest, "+972501234567")
    assert_lead(connection, business_id, row.conversation_id, lowest)


def test_lowest_lead_wins_when_messages_name_two(connection: Connection, business_id: int) -> None:
    lowest, highest = add_lead(connection, business_id), add_lead(connection, business_id)
    found = []
    for lead_id, expected in ((highest, highest), (lowest, lowest), (highest, lowest)):
        row = insert(connection, business_id, "inbound", address=LID, lead_id=lead_id)
        found.append(row.conversation_id)
        assert_lead(connection, business_id, row.conversation_id, expected)

    assert len(set(found)) == 1


def test_old_phone_is_released_when_lead_was_never_messaged(
    connection: Connection, business_id: int
) -> None:
    lead_id = add_lead(connection, business_id, PHONE)
    assert count_identities(connection, "+972501234567") == 1
    set_phone(connection, lead_id, "0507654321")
    assert count_identities(connection, "+972501234567") == 0
    assert count_identities(connection, "+972507654321") == 1

    stranger = insert(connection, business_id, "inbound", address=PHONE)
    assert conversation(connection, stranger.conversation_id).lead_id is None


def test_phone_is_released_when_never_messaged_lead_is_deleted(
    connection: Connection, business_id: int
) -> None:
    lead_id = add_lead(connection, business_id, PHONE)
    connection.execute("delete from lead where id = %s", [lead_id])

    assert count_identities(connection, "+972501234567") == 0


def test_phone_is_kept_when_another_lead_has_it(connection: Connection, business_id: int) -> None:
    first = add_lead(connection, business_id, PHONE)
    add_lead(connection, business_id, PHONE)
    set_phone(connection, first, None)

    assert count_identities(connection, "+972501234567") == 1


@pytest.mark.parametrize("change", ["delete from lead", "update lead set phone = '0509999999'"])
def test_keys_are_right_when_the_record_goes_that_had_brought_an_account_along(
    connection: Connection, business_id: int, change: str
) -> None:
    """The lead's phone, which nobody wrote under, has an account; its people have another one."""
    connection.execute(
        "insert into whatsapp_identity_evidence (business_id, a, b, relation) "
        "values (%s, %s, '876000000000004@lid', 'same')",
        [business_id, PHONE],
    )
    lead_id = add_lead(connection, business_id, PHONE)
    insert(
        connection, business_id, "inbound", address="+972502222222",
        contact_aliases=["+972501111111", LID],
    )  # fmt: skip
    row = insert(connection, business_id, "inbound", address=LID, lead_id=lead_id)
    connection.execute(f"{change} where id = %s", [lead_id])

    assert scalar(connection, "select count(*) from thread_integrity") == 0
    message_id = scalar(
        connection,
        "select id from onethread.list_conversation(%s, %s) where id = %s",
        business_id,
        f"phone:{business_id}:+972501111111" if "delete" in change else LID,
        row.id,
    )
    assert message_id == row.id


def test_lead_takes_no_conversation_when_phone_is_own(
    connection: Connection, business_id: int
) -> None:
    connection.execute(
        "insert into business_number values (%s, 'phone', '+972501234567')", [business_id]
    )
    add_lead(connection, business_id, PHONE)

    assert count_identities(connection, "+972501234567") == 0


def test_lead_is_stored_when_phone_is_unreadable(connection: Connection, business_id: int) -> None:
    for phone in ("ask at reception", "1" * 5000, ""):
        lead_id = add_lead(connection, business_id, phone)
        row = connection.execute(
            "select phone, phone_match_value from lead where id = %s", [lead_id]
        ).fetchone()
        assert row == (phone, None)


def test_match_value_follows_phone_when_writer_sets_it(
    connection: Connection, business_id: int
) -> None:
    lead_id = add_lead(connection, business_id, PHONE)
    connection.execute("update lead set phone_match_value = '+1' where id = %s", [lead_id])

    stored = scalar(connection, "select phone_match_value from lead where id = %s", lead_id)
    assert stored == "+972501234567"


def assert_lead(
    connection: Connection, business_id: int, conversation_id: int, lead_id: int
) -> None:
    """The conversation is this lead's, by column and by key."""
    row = conversation(connection, conversation_id)
    assert (row.lead_id, row.canonical_key) == (lead_id, f"lead:{business_id}:{lead_id}")


def set_phone(connection: Connection, lead_id: int, phone: str | None) -> None:
    """Changes the phone of a lead."""
    connection.execute("update lead set phone = %s where id = %s", [phone, lead_id])


def count_identities(connection: Connection, value: str) -> int:
    """How many identities have this match value."""
    return int(
        scalar(connection, "select count(*) from whatsapp_identity where match_value = %s", value)
    )
