"""Digits of a LID with a phone's server: the LID's when they can be no phone, else a suggestion."""

from __future__ import annotations

import pytest

from tests.conftest import Connection
from tests.sql.query import rows, scalar

IMPOSSIBLE = "190997547974001"
VALID = "13649439626"


@pytest.fixture
def business(connection: Connection) -> int:
    made: int = scalar(
        connection,
        "insert into business (name, default_region) values ('Salon', 'FR') returning id",
    )
    return made


def write(connection: Connection, business: int, address: str, direction: str = "inbound") -> int:
    side = "from_number" if direction == "inbound" else "to_number"
    conversation_id: int = scalar(
        connection,
        f"insert into whatsapp_message (business_id, direction, {side}, provider) "
        "values (%s, %s, %s, 'baileys') returning conversation_id",
        business,
        direction,
        address,
    )
    assert conversation_id is not None
    return conversation_id


def keys(connection: Connection, business: int) -> list[str]:
    found = rows(
        connection,
        "select canonical_key from whatsapp_conversation where business_id = %s order by 1",
        business,
    )
    return [key for (key,) in found]


@pytest.mark.parametrize("is_lid_first", [True, False])
def test_digits_that_are_no_number_are_the_lids(
    connection: Connection, business: int, is_lid_first: bool
) -> None:
    names = [f"{IMPOSSIBLE}@lid", f"{IMPOSSIBLE}@s.whatsapp.net"]
    for name in names if is_lid_first else reversed(names):
        write(connection, business, name)

    threads = {write(connection, business, name, "outbound") for name in names}

    assert len(threads) == 1
    assert keys(connection, business) == [f"lid:{business}:{IMPOSSIBLE}"]
    for name in names:
        find = "select onethread.find_conversation(%s, %s)"
        assert scalar(connection, find, business, name) in threads


@pytest.mark.parametrize("is_lid_first", [True, False])
def test_the_lids_own_phone_is_its_phone_whatever_digits_came_before(
    connection: Connection, business: int, is_lid_first: bool
) -> None:
    wrong = f"{IMPOSSIBLE}@s.whatsapp.net"
    before = None if is_lid_first else write(connection, business, wrong)
    connection.execute(
        "insert into whatsapp_identity_evidence (business_id, a, b, relation, source) "
        "values (%s, %s, '+33612345678', 'same', 'test')",
        [business, f"{IMPOSSIBLE}@lid"],
    )
    after = write(connection, business, f"{IMPOSSIBLE}@lid")

    assert write(connection, business, "33612345678@s.whatsapp.net") == after
    assert write(connection, business, wrong) == after
    assert before in (None, after)
    assert keys(connection, business) == [f"phone:{business}:+33612345678"]


@pytest.mark.parametrize("is_lid_first", [True, False])
def test_digits_that_may_be_a_phone_are_one_and_a_suggestion(
    connection: Connection, business: int, is_lid_first: bool
) -> None:
    names = [f"{VALID}@lid", f"{VALID}@s.whatsapp.net"]
    threads = [
        write(connection, business, name) for name in (names if is_lid_first else names[::-1])
    ]

    asked = rows(
        connection,
        "select kind, first_conversation_id, second_conversation_id "
        "from onethread.whatsapp_identity_conflict where business_id = %s and settled_at is null",
        business,
    )

    assert len(set(threads)) == 2
    assert [(kind, {one, other}) for kind, one, other in asked] == [("suggestion", set(threads))]


def test_a_phone_that_something_is_known_of_stays_one(
    connection: Connection, business: int
) -> None:
    phone = write(connection, business, f"{IMPOSSIBLE}@s.whatsapp.net")
    connection.execute(
        "insert into whatsapp_identity_evidence (business_id, a, b, relation, source) "
        "values (%s, %s, 'FR.7', 'same', 'test')",
        [business, f"{IMPOSSIBLE}@s.whatsapp.net"],
    )

    lid = write(connection, business, f"{IMPOSSIBLE}@lid")

    asked = rows(
        connection,
        "select first_conversation_id, second_conversation_id "
        "from onethread.whatsapp_identity_conflict where business_id = %s",
        business,
    )
    assert lid != phone
    assert [set(pair) for pair in asked] == [{lid, phone}]


def test_a_replay_under_the_digits_does_not_bring_an_erased_person_back(
    connection: Connection, business: int
) -> None:
    for name in (f"{IMPOSSIBLE}@lid", f"{IMPOSSIBLE}@s.whatsapp.net"):
        write(connection, business, name)
    scalar(connection, "select onethread.start_erasure(%s, %s)", business, f"{IMPOSSIBLE}@lid")

    stored = rows(
        connection,
        "insert into whatsapp_message (business_id, direction, from_number, provider, sent_at) "
        "values (%s, 'inbound', %s, 'baileys', now() - interval '1 day') returning id",
        business,
        f"{IMPOSSIBLE}@s.whatsapp.net",
    )

    assert stored == []
