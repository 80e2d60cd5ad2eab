"""One message delivered twice, and what only looks like it."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from tests.conftest import Connection, add_business, insert
from tests.sql.query import scalar

PHONE = "0501234567"
LID = "123456789012345@lid"
GROUP = "120363000000000001@g.us"


@pytest.mark.parametrize("spelling", [PHONE, "972501234567@c.us", LID])
def test_insert_fails_when_message_is_delivered_again(
    connection: Connection, business_id: int, spelling: str
) -> None:
    deliver(connection, business_id, address=PHONE, contact_aliases=[LID])
    with pytest.raises(psycopg.errors.UniqueViolation) as error:
        deliver(connection, business_id, address=spelling)

    assert error.value.diag.constraint_name == "whatsapp_message_provider_delivery_idx"


@pytest.mark.parametrize("direction", ["in", "INBOUND", "incoming", "received"])
def test_insert_fails_when_redelivery_spells_direction_otherwise(
    connection: Connection, business_id: int, direction: str
) -> None:
    deliver(connection, business_id, address=PHONE)
    with pytest.raises(psycopg.errors.UniqueViolation):
        deliver(connection, business_id, direction, from_number=PHONE)


@pytest.mark.parametrize("address", [PHONE, "Unknown"])
def test_nothing_is_inserted_when_writer_says_do_nothing(
    connection: Connection, business_id: int, address: str
) -> None:
    statement = (
        "insert into whatsapp_message (business_id, direction, from_number, provider_message_id) "
        "values (%s, 'inbound', %s, 'A1') on conflict do nothing"
    )
    counts = [connection.execute(statement, [business_id, address]).rowcount for _ in range(3)]

    assert counts == [1, 0, 0]
    assert scalar(connection, "select count(*) from whatsapp_message") == 1


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"address": PHONE}, {"address": LID}),
        ({"address": PHONE}, {"address": PHONE, "direction": "outbound"}),
        (
            {"address": GROUP, "participant": LID},
            {"address": GROUP, "participant": "987654321012345@lid"},
        ),
        ({"address": "Unknown"}, {"address": "Somebody"}),
        ({"address": "Unknown", "provider": "one"}, {"address": "Unknown", "provider": "two"}),
        ({"address": "Unknown"}, {"address": PHONE}),
        (
            {"address": PHONE, "provider_message_id": None},
            {"address": PHONE, "provider_message_id": None},
        ),
    ],
)
def test_both_are_kept_when_only_the_id_is_equal(
    connection: Connection, business_id: int, first: dict[str, Any], second: dict[str, Any]
) -> None:
    rows = [deliver(connection, business_id, **columns) for columns in (first, second)]

    assert rows[0].id != rows[1].id
    assert [row.duplicate_of for row in rows] == [None, None]


def test_both_are_kept_when_businesses_differ(connection: Connection, business_id: int) -> None:
    other_id = add_business(connection, "Other")
    rows = [deliver(connection, each, address=PHONE) for each in (business_id, other_id)]

    assert len({row.id for row in rows}) == 2


def test_insert_fails_when_participant_is_equal_in_group(
    connection: Connection, business_id: int
) -> None:
    deliver(connection, business_id, address=GROUP, participant=LID)
    with pytest.raises(psycopg.errors.UniqueViolation):
        deliver(connection, business_id, address=GROUP, participant=LID)


@pytest.mark.parametrize("length", [255, 256, 300, 100_000])
@pytest.mark.parametrize("address", [PHONE, "Unknown"])
def test_insert_fails_when_a_long_id_is_equal(
    connection: Connection, business_id: int, length: int, address: str
) -> None:
    deliver(connection, business_id, address=address, provider_message_id="x" * length)
    with pytest.raises(psycopg.errors.UniqueViolation):
        deliver(connection, business_id, address=address, provider_message_id="x" * length)


@pytest.mark.parametrize("name", ["provider_message_id", "participant"])
def test_long_ids_are_compared_to_their_end(
    connection: Connection, business_id: int, name: str
) -> None:
    for end in "ab":
        message = deliver(connection, business_id, address=GROUP, **{name: "x" * 299 + end})
        assert message.duplicate_of is None and message.conversation_id is not None


def test_event_and_quote_are_found_when_their_id_is_long(
    connection: Connection, business_id: int
) -> None:
    first, second = "x" * 299 + "a", "x" * 299 + "b"
    messages = [
        deliver(connection, business_id, "outbound", address=PHONE, provider_message_id=each)
        for each in (first, second)
    ]
    answer = deliver(
        connection, business_id, address=PHONE, provider_message_id="C1", reply_to=first
    )
    connection.execute(
        "insert into whatsapp_message_event (business_id, kind, provider_message_id, address) "
        "values (%s, 'delivered', %s, %s)",
        [business_id, second, PHONE],
    )
    status = "select status from whatsapp_thread where business_id = %s and id = %s"
    found = [connection.execute(status, [business_id, each.id]).fetchone() for each in messages]
    assert found == [(None,), ("delivered",)]
    assert answer.reply_to == messages[0].provider_message_id != messages[1].provider_message_id


@pytest.mark.parametrize("address", ["Unknown", None, "1" * 300])
def test_insert_fails_when_unlinked_message_is_delivered_again(
    connection: Connection, business_id: int, address: str | None
) -> None:
    deliver(connection, business_id, address=address)
    with pytest.raises(psycopg.errors.UniqueViolation) as error:
        deliver(connection, business_id, address=address)

    assert error.value.diag.constraint_name == "whatsapp_message_unlinked_delivery_idx"


def deliver(
    connection: Connection, business_id: int, direction: str = "inbound", **columns: Any
) -> Any:
    """Inserts a message with the same provider's id each time."""
    return insert(connection, business_id, direction, **({"provider_message_id": "A1"} | columns))
