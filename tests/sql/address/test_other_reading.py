"""Spellings of one number that meet in one thread, and readers who try the other reading."""

from __future__ import annotations

import pytest

from tests.conftest import Connection
from tests.sql.query import scalar


def _business(connection: Connection, region: str, bare_digits: str = "typed") -> int:
    business_id: int = scalar(
        connection,
        "insert into business (name, default_region, bare_digits) values ('Salon', %s, %s) "
        "returning id",
        region,
        bare_digits,
    )
    return business_id


def _write(
    connection: Connection, business_id: int, address: str | None, aliases: list[str] | None = None
) -> int | None:
    conversation_id: int | None = scalar(
        connection,
        "insert into whatsapp_message (business_id, direction, from_number, contact_aliases, body) "
        "values (%s, 'inbound', %s, %s, 'Hello') returning conversation_id",
        business_id,
        address,
        aliases,
    )
    return conversation_id


@pytest.mark.parametrize(
    ("region", "digits"),
    [
        ("DE", "4915112345678"),
        ("ID", "62811123456"),
        ("XK", "38344123456"),
        ("MX", "5215512345678"),
        ("CI", "22507123456"),
        ("BJ", "22997123456"),
    ],
)
def test_bare_digits_are_in_the_thread_of_the_jid(
    connection: Connection, region: str, digits: str
) -> None:
    business_id = _business(connection, region)

    jid = _write(connection, business_id, f"{digits}@s.whatsapp.net")

    assert jid is not None
    assert _write(connection, business_id, digits) == jid
    assert _write(connection, business_id, f"+{digits}") == jid


def test_who_reads_tries_the_other_reading_and_who_acts_does_not(connection: Connection) -> None:
    business_id = _business(connection, "US")
    conversation_id = _write(connection, business_id, "2025550123@c.us")
    find = "select onethread.{}(%s, '2025550123')"

    assert scalar(connection, find.format("find_thread"), business_id) == conversation_id
    assert scalar(connection, find.format("find_conversation"), business_id) is None
    assert conversation_id == scalar(
        connection,
        "select conversation_id from onethread.search_conversations(%s, '2025550123')",
        business_id,
    )


def test_a_reader_of_an_international_business_may_type_as_at_home(connection: Connection) -> None:
    business_id = _business(connection, "IL", "international")
    conversation_id = _write(connection, business_id, "972501234567@c.us")

    found = scalar(connection, "select onethread.find_thread(%s, '0501234567')", business_id)

    assert found == conversation_id


@pytest.mark.parametrize("address", [None, "unknown", "00000"])
def test_an_address_that_says_nothing_leaves_the_aliases(
    connection: Connection, address: str | None
) -> None:
    business_id = _business(connection, "IL")
    known = _write(connection, business_id, "972501234567@c.us", ["IL.301"])

    assert known is not None
    assert _write(connection, business_id, address, ["IL.301"]) == known


@pytest.mark.parametrize(
    "spelling", ["LID@876019134910105", "876019134910105@LID", "lid@876019134910105"]
)
def test_a_lid_is_read_in_capitals(connection: Connection, spelling: str) -> None:
    read = scalar(
        connection, "select i::text from onethread.whatsapp_identifier(%s, null) i", spelling
    )

    assert read == "(lid,876019134910105)"


def test_a_jid_with_a_plus_is_the_phone(connection: Connection) -> None:
    read = scalar(
        connection,
        "select i::text from onethread.whatsapp_identifier('+5491123456789@c.us', null) i",
    )

    assert read == "(phone,+5491123456789)"
