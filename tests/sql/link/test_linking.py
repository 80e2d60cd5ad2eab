"""The trigger on whatsapp_message: which conversation an inserted message gets."""

from __future__ import annotations

import hashlib
from typing import Any

import psycopg
import pytest

from tests.conftest import Connection, add_business, insert
from tests.sql.query import add_own_number, conversation, message, rows, scalar, unlinked_reason

LID = "123456789012345@lid"
BSUID = "IL.2080000000000942"
GROUP = "120363000000000001@g.us"


@pytest.mark.parametrize(
    "spelling",
    [
        "+972 50-123-4567",
        "972501234567",
        "972501234567@s.whatsapp.net",
        "972501234567:12@c.us",
        "whatsapp:+972501234567",
        "\u200e050-1234567\n",
    ],
)
@pytest.mark.parametrize("direction", ["inbound", "outbound"])
def test_conversation_is_one_when_spelling_differs(
    connection: Connection, business_id: int, spelling: str, direction: str
) -> None:
    first = insert(connection, business_id, "inbound", address="0501234567")
    second = insert(connection, business_id, direction, address=spelling)

    assert first.conversation_id is not None
    assert second.conversation_id == first.conversation_id
    assert second.identity_id == first.identity_id is not None


def test_conversation_differs_when_person_differs(connection: Connection, business_id: int) -> None:
    addresses = ["0501234567", "0501234568", LID, BSUID, GROUP]
    found = {
        insert(connection, business_id, "inbound", address=address).conversation_id
        for address in addresses
    }

    assert None not in found
    assert len(found) == len(addresses)


def test_conversation_differs_when_business_differs(
    connection: Connection, business_id: int
) -> None:
    first = insert(connection, business_id, "inbound", address=LID)
    second = insert(connection, add_business(connection, "Other"), "inbound", address=LID)

    assert first.conversation_id != second.conversation_id
    assert conversation(connection, second.conversation_id).business_id == second.business_id


@pytest.mark.parametrize(
    ("provider", "bare_digits", "expected"),
    [
        (None, "typed", "phone:{}:+97231234567"),
        ("meta_cloud", "typed", "phone:{}:+31234567"),
        (None, "international", "phone:{}:+31234567"),
    ],
)
def test_bare_digits_are_read_by_writer_when_ambiguous(
    connection: Connection,
    business_id: int,
    provider: str | None,
    bare_digits: str,
    expected: str,
) -> None:
    connection.execute(
        "update business set bare_digits = %s where id = %s", [bare_digits, business_id]
    )
    row = insert(connection, business_id, "inbound", address="31234567", provider=provider)

    assert conversation(connection, row.conversation_id).canonical_key == expected.format(
        business_id
    )


@pytest.mark.parametrize("account", [LID, BSUID, "IL.ENT.2080000000000942"])
def test_conversation_is_one_when_alias_comes_first(
    connection: Connection, business_id: int, account: str
) -> None:
    first = insert(
        connection, business_id, "inbound", address=account, contact_aliases=["+972501234567"]
    )
    by_phone = insert(connection, business_id, "outbound", address="0501234567")
    by_account = insert(connection, business_id, "inbound", address=account)

    assert first.conversation_id == by_phone.conversation_id == by_account.conversation_id
    assert first.identity_id == by_account.identity_id != by_phone.identity_id
    key = conversation(connection, first.conversation_id).canonical_key
    assert key == f"phone:{business_id}:+972501234567"


@pytest.mark.parametrize("account", [LID, BSUID])
def test_conversation_stays_when_phone_is_learnt_later(
    connection: Connection, business_id: int, account: str
) -> None:
    first = insert(connection, business_id, "inbound", address=account)
    kind = "lid" if account == LID else "bsuid"
    before = conversation(connection, first.conversation_id)
    assert before.canonical_key == f"{kind}:{business_id}:{account.removesuffix('@lid')}"

    learnt = insert(
        connection, business_id, "inbound", address=account, contact_aliases=["972501234567@c.us"]
    )
    by_phone = insert(connection, business_id, "outbound", address="0501234567")

    assert first.conversation_id == learnt.conversation_id == by_phone.conversation_id
    after = conversation(connection, first.conversation_id)
    assert after.canonical_key == f"phone:{business_id}:+972501234567"


def test_account_joins_phone_when_learnt_from_phone_message(
    connection: Connection, business_id: int
) -> None:
    first = insert(connection, business_id, "outbound", address="0501234567")
    learnt = insert(
        connection, business_id, "inbound", address="0501234567", contact_aliases=[LID, BSUID]
    )
    found = [
        insert(connection, business_id, "inbound", address=account).conversation_id
        for account in (LID, BSUID)
    ]

    assert {first.conversation_id, learnt.conversation_id, *found} == {first.conversation_id}


@pytest.mark.parametrize("alias", ["Dana", "@dana", "", "0501234567", GROUP, "x" * 300])
def test_alias_is_ignored_when_it_names_no_person(
    connection: Connection, business_id: int, alias: str
) -> None:
    row = insert(connection, business_id, "inbound", address=LID, contact_aliases=[alias, None])

    identities = rows(
        connection,
        "select kind from whatsapp_identity where conversation_id = %s",
        row.conversation_id,
    )
    assert [identity.kind for identity in identities] == ["lid"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("551187654321@s.whatsapp.net", "5511987654321@s.whatsapp.net"),
        ("5215512345678@c.us", "+52 55 1234 5678"),
        ("24107164732@s.whatsapp.net", "+241 77 16 47 32"),
        ("5491123456789@c.us", "541123456789@c.us"),
    ],
)
@pytest.mark.parametrize("is_swapped", [False, True])
def test_conversation_is_one_when_numbers_are_one_account(
    connection: Connection, business_id: int, one: str, other: str, is_swapped: bool
) -> None:
    if is_swapped:
        one, other = other, one
    first = insert(connection, business_id, "inbound", address=one)
    second = insert(connection, business_id, "outbound", address=other)

    assert first.conversation_id == second.conversation_id is not None


def test_address_is_kept_as_known_when_match_key_differs(
    connection: Connection, business_id: int
) -> None:
    row = insert(connection, business_id, "inbound", address="551187654321@c.us")

    [identity] = rows(
        connection,
        "select value, match_value from whatsapp_identity where id = %s",
        row.identity_id,
    )
    assert identity == ("+551187654321", "+5511987654321")
    assert row.from_number == "551187654321@c.us"


def test_conversation_differs_when_brazilian_number_is_landline(
    connection: Connection, business_id: int
) -> None:
    landline = insert(connection, business_id, "inbound", address="551123456789@c.us")
    mobile = insert(connection, business_id, "inbound", address="5511923456789@c.us")

    assert landline.conversation_id != mobile.conversation_id


def test_participant_is_learnt_but_stays_apart_when_group_message_has_aliases(
    connection: Connection, business_id: int
) -> None:
    group = insert(
        connection,
        business_id,
        "inbound",
        address=GROUP,
        participant=LID,
        contact_aliases=[LID, "+972501234567"],
    )
    by_phone = insert(connection, business_id, "inbound", address="0501234567")
    by_lid = insert(connection, business_id, "inbound", address=LID)

    assert by_phone.conversation_id == by_lid.conversation_id != group.conversation_id
    assert conversation(connection, group.conversation_id).kind == "group"


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("0501234567", "person"),
        (LID, "person"),
        (BSUID, "person"),
        (GROUP, "group"),
        ("status@broadcast", "broadcast"),
        ("120363000000000002@newsletter", "newsletter"),
        ("13135550002@c.us", "other"),
    ],
)
def test_conversation_kind_is_told_when_created(
    connection: Connection, business_id: int, address: str, kind: str
) -> None:
    row = insert(connection, business_id, "inbound", address=address)

    assert conversation(connection, row.conversation_id).kind == kind


# The business's own numbers.


@pytest.mark.parametrize("own", ["031234567", "97231234567@s.whatsapp.net", "+972 3-123-4567"])
@pytest.mark.parametrize("direction", ["inbound", "outbound"])
def test_other_side_is_customer_when_counterpart_is_own(
    connection: Connection, business_id: int, direction: str, own: str
) -> None:
    add_own_number(connection, business_id, "phone", "+97231234567")
    customer = insert(connection, business_id, "inbound", from_number="0501234567", to_number=own)
    sides = {"inbound": (own, "0501234567"), "outbound": ("0501234567", own)}[direction]
    reversed_ = insert(connection, business_id, direction, from_number=sides[0], to_number=sides[1])

    assert reversed_.conversation_id == customer.conversation_id is not None


def test_message_is_unlinked_when_both_sides_are_own(
    connection: Connection, business_id: int
) -> None:
    add_own_number(connection, business_id, "phone", "+97231234567")
    add_own_number(connection, business_id, "lid", LID.removesuffix("@lid"))
    row = insert(connection, business_id, "outbound", from_number="031234567", to_number=LID)

    assert row.conversation_id is None
    assert unlinked_reason(connection, row.id) == "address belongs to the business itself"
    assert scalar(connection, "select count(*) from whatsapp_identity") == 0


def test_own_number_is_no_alias_when_provider_sends_it(
    connection: Connection, business_id: int
) -> None:
    add_own_number(connection, business_id, "phone", "+97231234567")
    customers = [
        insert(connection, business_id, "inbound", address=a, contact_aliases=["+97231234567"])
        for a in (LID, "0501234567")
    ]

    assert customers[0].conversation_id != customers[1].conversation_id


# What the writer says about the thread.


def test_writers_conversation_is_ignored_when_address_is_given(
    connection: Connection, business_id: int
) -> None:
    first = insert(connection, business_id, "inbound", address="0501234567")
    known = insert(connection, business_id, "inbound", address=LID)
    wrong = insert(
        connection,
        business_id,
        "inbound",
        address="0501234567",
        conversation_id=known.conversation_id,
        identity_id=known.identity_id,
    )
    new = insert(
        connection,
        business_id,
        "inbound",
        address="0501234599",
        conversation_id=known.conversation_id,
        identity_id=known.identity_id,
    )

    assert (wrong.conversation_id, wrong.identity_id) == (first.conversation_id, first.identity_id)
    assert new.conversation_id not in (first.conversation_id, known.conversation_id, None)


def test_writers_conversation_is_kept_when_there_is_no_address(
    connection: Connection, business_id: int
) -> None:
    first = insert(connection, business_id, "inbound", address=LID)
    note = insert(connection, business_id, "outbound", conversation_id=first.conversation_id)

    assert note.conversation_id == first.conversation_id
    assert note.identity_id is None


def test_writers_conversation_is_dropped_when_it_does_not_exist(
    connection: Connection, business_id: int
) -> None:
    other = insert(connection, add_business(connection, "Other"), "inbound", address=LID)
    for conversation_id in (other.conversation_id, 999_999_999):
        note = insert(connection, business_id, "outbound", conversation_id=conversation_id)
        assert note.conversation_id is None
        assert unlinked_reason(connection, note.id) == "no address"


def test_writers_conversation_is_dropped_when_address_is_garbage(
    connection: Connection, business_id: int
) -> None:
    known = insert(connection, business_id, "inbound", address=LID)
    row = insert(
        connection,
        business_id,
        "inbound",
        address="Unknown",
        conversation_id=known.conversation_id,
        identity_id=known.identity_id,
    )

    assert (row.conversation_id, row.identity_id) == (None, None)


@pytest.mark.parametrize("address", [LID, "0501234567", "garbage", None])
def test_insert_fails_when_business_is_unknown(connection: Connection, address: str | None) -> None:
    with pytest.raises(psycopg.errors.ForeignKeyViolation) as error:
        insert(connection, 999_999_999, "inbound", address=address)

    assert error.value.diag.constraint_name == "whatsapp_message_business_fkey"


@pytest.mark.parametrize("address", [LID, "garbage", None])
@pytest.mark.parametrize("is_known", [False, True])
def test_insert_fails_when_lead_is_unknown(
    connection: Connection, business_id: int, address: str | None, is_known: bool
) -> None:
    if is_known:
        insert(connection, business_id, "inbound", address=LID)
    with pytest.raises(psycopg.errors.ForeignKeyViolation) as error:
        insert(connection, business_id, "inbound", address=address, lead_id=999_999_999)

    assert error.value.diag.constraint_name == "whatsapp_message_lead_fkey"


# Which side is the counterpart.


@pytest.mark.parametrize("direction", ["inbound", "IN", "Incoming", "received"])
def test_sender_is_counterpart_when_direction_means_inbound(
    connection: Connection, business_id: int, direction: str
) -> None:
    customer = insert(connection, business_id, "inbound", address="0501234567")
    row = insert(
        connection, business_id, direction, from_number="0501234567", to_number="0509999999"
    )
    legacy = insert(connection, business_id, direction, from_number="", to_number="0501234567")

    assert row.conversation_id == legacy.conversation_id == customer.conversation_id
    assert row.direction == direction


@pytest.mark.parametrize("direction", ["outbound", "OUT", "Outgoing", "sent"])
def test_receiver_is_counterpart_when_direction_means_outbound(
    connection: Connection, business_id: int, direction: str
) -> None:
    customer = insert(connection, business_id, "inbound", address="0501234567")
    row = insert(
        connection, business_id, direction, from_number="0509999999", to_number="0501234567"
    )

    assert row.conversation_id == customer.conversation_id
    assert row.direction == direction


@pytest.mark.parametrize("side", ["from_number", "to_number"])
def test_lone_address_is_counterpart_when_direction_is_unknown(
    connection: Connection, business_id: int, side: str
) -> None:
    customer = insert(connection, business_id, "inbound", address="0501234567")
    row = insert(connection, business_id, "sideways", **{side: "0501234567"})

    assert row.conversation_id == customer.conversation_id


@pytest.mark.parametrize(
    ("direction", "columns", "reason"),
    [
        ("inbound", {}, "no address"),
        ("inbound", {"from_number": "", "to_number": "  "}, "no address"),
        ("outbound", {"from_number": "0501234567"}, "no address of the counterpart"),
        ("sideways", {"from_number": "1", "to_number": "2"}, "unknown direction"),
        ("inbound", {"from_number": "Unknown"}, "address identifies nobody"),
        ("inbound", {"from_number": "@dana"}, "address identifies nobody"),
        ("inbound", {"from_number": "1" * 300}, "address is over 255 characters"),
        ("outbound", {"to_number": "1" * 300 + "@lid"}, "address is over 255 characters"),
    ],
)
def test_reason_is_given_when_message_is_unlinked(
    connection: Connection,
    business_id: int,
    direction: str,
    columns: dict[str, Any],
    reason: str,
) -> None:
    row = insert(connection, business_id, direction, **columns)

    assert row.conversation_id is None
    assert unlinked_reason(connection, row.id) == reason
    assert scalar(connection, "select count(*) from whatsapp_conversation") == 0


def test_message_is_not_listed_as_unlinked_when_linked(
    connection: Connection, business_id: int
) -> None:
    row = insert(connection, business_id, "inbound", address=LID)

    assert unlinked_reason(connection, row.id) is None


# What must be stored all the same.


def test_time_is_now_when_sent_at_is_null(connection: Connection, business_id: int) -> None:
    row = insert(connection, business_id, "inbound", address=LID, sent_at=None)

    assert row.sent_at == scalar(connection, "select now()")


@pytest.mark.parametrize("address", [LID, "garbage"])
@pytest.mark.parametrize("column", ["provider_message_id", "participant", "provider", "body"])
def test_message_is_stored_when_text_is_oversized(
    connection: Connection, business_id: int, column: str, address: str
) -> None:
    # Random hexadecimal digits: compression must not make an index entry small enough.
    text = scalar(connection, "select string_agg(md5(i::text), '') from generate_series(1, 1000) i")
    columns = {"provider_message_id": "A1", "address": address} | {column: text}
    row = insert(connection, business_id, "inbound", **columns)

    stored = getattr(message(connection, row.id), column)
    if column in ("provider_message_id", "participant"):
        # An index has no room for it: its beginning, and the digest of all.
        assert stored == f"{text[:190]}~{hashlib.sha256(text.encode()).hexdigest()}"
    else:
        assert stored == text
    assert (row.conversation_id is None) == (address == "garbage")


@pytest.mark.parametrize("side", ["from_number", "to_number"])
def test_message_is_stored_when_address_is_oversized(
    connection: Connection, business_id: int, side: str
) -> None:
    text = scalar(connection, "select string_agg(md5(i::text), '') from generate_series(1, 1000) i")
    row = insert(connection, business_id, "inbound", provider_message_id="A1", **{side: text})

    assert unlinked_reason(connection, row.id) == "address is over 255 characters"


def test_message_is_linked_when_search_path_is_empty(
    connection: Connection, business_id: int
) -> None:
    known = insert(connection, business_id, "inbound", address=LID)
    connection.execute("set local search_path = ''")
    linked = [
        scalar(
            connection,
            "insert into public.whatsapp_message (business_id, direction, from_number) "
            "values (%s, 'inbound', %s) returning conversation_id",
            business_id,
            address,
        )
        for address in (LID, "0501234567", "Unknown")
    ]

    assert linked[0] == known.conversation_id
    assert linked[1] not in (None, known.conversation_id)
    assert linked[2] is None
