"""What a conversation is called: the lead, the business's own book, the person's own choice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from onethread.messages.write import insert_names
from onethread.model.contact_name import BOOK, PROFILE, SUBJECT, USERNAME, ContactName
from tests.conftest import Connection, insert
from tests.sql.query import add_lead, scalar

PHONE, LID, BSUID = "+972501234567", "876019134910105@lid", "IL.13491208655302741918"
GROUP = "120363000000000001@g.us"
START = datetime(2026, 1, 1, tzinfo=UTC)


def give(
    connection: Connection,
    business_id: int,
    address: str,
    source: str,
    name: str,
    day: int = 0,
) -> int:
    """Says what somebody is called; returns how many names were new."""
    told_at = START + timedelta(days=day)
    told = ContactName(
        address=address, source=source, name=name, provider="meta_cloud", told_at=told_at
    )
    return insert_names(connection, business_id, [told]).inserted


def title(connection: Connection, business_id: int, address: str = PHONE) -> str:
    """What the inbox calls the conversation of an address: the list, and the view."""
    found = scalar(connection, "select onethread.find_conversation(%s, %s)", business_id, address)
    listed: str = scalar(
        connection,
        "select title from onethread.list_inbox(%s) where conversation_id = %s",
        business_id, found,
    )  # fmt: skip
    viewed = scalar(
        connection,
        "select title from whatsapp_inbox where business_id = %s and conversation_id = %s",
        business_id, found,
    )  # fmt: skip
    assert listed == viewed
    return listed


def test_name_of_the_business_goes_before_the_persons_own(
    connection: Connection, business_id: int
) -> None:
    def called() -> str:
        return title(connection, business_id)

    insert(connection, business_id, "outbound", address=PHONE, sent_at=START)
    assert called() == PHONE
    give(connection, business_id, "972501234567", USERNAME, "dana_k")
    assert called() == "@dana_k"
    give(connection, business_id, PHONE, PROFILE, "Dana K")
    assert called() == "Dana K"
    insert(connection, business_id, "inbound", address=PHONE, sent_at=START, sender_name="Dana 🌸")
    assert called() == "Dana 🌸"
    give(connection, business_id, PHONE, BOOK, "Dana from the clinic")
    assert called() == "Dana from the clinic"
    add_lead(connection, business_id, PHONE, "Dana Levi")
    assert called() == "Dana Levi"


def test_name_is_the_last_one_whatever_order_they_come_in(
    connection: Connection, business_id: int
) -> None:
    insert(connection, business_id, "outbound", address=PHONE, sent_at=START)
    told = [(2, "second", 1), (1, "first", 0), (2, "second", 0), (3, "third", 1), (1, "first", 0)]
    for day, name, inserted in told:
        assert give(connection, business_id, PHONE, BOOK, name, day) == inserted
    assert title(connection, business_id) == "third"
    give(connection, business_id, PHONE, BOOK, "", 4)
    assert title(connection, business_id) == PHONE


def test_batch_is_one_name_when_it_tells_several(connection: Connection, business_id: int) -> None:
    insert(connection, business_id, "outbound", address=PHONE, sent_at=START)
    give(connection, business_id, PHONE, BOOK, "stored", 2)
    told = [
        ContactName(address=PHONE, source=BOOK, name=name, told_at=START + timedelta(days=day))
        for name, day in (("older", 3), ("stored", 4), ("", 1))
    ]
    insert_names(connection, business_id, told)
    assert title(connection, business_id) == "stored"
    assert scalar(connection, "select count(*) from onethread.contact_name") == 1


def test_name_follows_its_identifier_through_a_join_and_its_undo(
    connection: Connection, business_id: int
) -> None:
    for address in (PHONE, LID):
        insert(connection, business_id, "inbound", address=address, sent_at=START)
    give(connection, business_id, LID, BOOK, "Dana")
    connection.execute(
        "insert into whatsapp_identity_evidence (business_id, a, b, relation, observed_at) "
        "values (%s, %s, %s, 'same', %s)",
        [business_id, PHONE, LID, START],
    )
    assert title(connection, business_id) == title(connection, business_id, LID) == "Dana"
    connection.execute(
        "select onethread.undo_merge(%s, max(m.id)) from onethread.whatsapp_conversation_merge m",
        [business_id],
    )
    assert (title(connection, business_id), title(connection, business_id, LID)) == (PHONE, "Dana")


def test_name_of_the_former_owner_is_not_the_next_ones(
    connection: Connection, business_id: int
) -> None:
    insert(connection, business_id, "inbound", address=PHONE, sent_at=START)
    give(connection, business_id, PHONE, BOOK, "Dana", 1)
    connection.execute(
        "insert into whatsapp_identity_evidence (business_id, a, b, relation, observed_at) "
        "values (%s, %s, '+972501234568', 'replaced', %s)",
        [business_id, PHONE, START + timedelta(days=2)],
    )
    at = START + timedelta(days=3)
    insert(connection, business_id, "inbound", address=PHONE, sent_at=at)
    assert title(connection, business_id, "+972501234568") == "Dana"
    assert title(connection, business_id) == PHONE
    give(connection, business_id, PHONE, BOOK, "Noa", 4)
    assert title(connection, business_id) == "Noa"


def test_group_is_called_by_its_subject_and_by_nothing_else(
    connection: Connection, business_id: int
) -> None:
    insert(connection, business_id, "inbound", address=GROUP, participant=LID, sender_name="Dana")
    give(connection, business_id, LID, BOOK, "Dana")
    for address, source in ((GROUP, BOOK), (LID, SUBJECT), ("nobody", BOOK), ("", PROFILE)):
        assert give(connection, business_id, address, source, "x") == 0
    give(connection, business_id, GROUP, SUBJECT, "VIP buyers")
    assert title(connection, business_id, GROUP) == "VIP buyers"


@pytest.mark.parametrize("address", [PHONE, LID, BSUID])
def test_name_makes_no_conversation_and_joins_nobody(
    connection: Connection, business_id: int, address: str
) -> None:
    give(connection, business_id, address, BOOK, "Dana")
    give(connection, business_id, "+972507654321", BOOK, "Dana")
    for table in ("whatsapp_conversation", "whatsapp_identity", "whatsapp_identity_evidence"):
        query = f"select count(*) from {table} where business_id = %s"
        assert scalar(connection, query, business_id) == 0


def test_name_is_kept_under_the_key_of_today_when_phones_are_read_anew(
    connection: Connection, business_id: int
) -> None:
    key = scalar(connection, "select onethread.phone_match_key('+5531988880001')")
    former = next(each for each in ("+5531988880001", "+553188880001") if each != key)
    for former_day, day, left in ((0, 1, "today's"), (2, 1, "former")):
        connection.execute("delete from onethread.contact_name")
        give(connection, business_id, key, BOOK, "former", former_day)
        connection.execute("update onethread.contact_name set key = 'phone::' || %s", [former])
        give(connection, business_id, key, BOOK, "today's", day)
        connection.execute("select onethread.rekey_names()")
        rows = connection.execute("select key, name from onethread.contact_name").fetchall()
        assert rows == [(f"phone::{key}", left)]
