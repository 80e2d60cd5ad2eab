"""A lead's phone is the number that a message with the same text goes to, whatever the region."""

from __future__ import annotations

from collections.abc import Iterator

import phonenumbers
import pytest

from tests.conftest import Connection, add_business, insert
from tests.sql.query import add_lead, conversation, rows, scalar

MOBILE = phonenumbers.PhoneNumberType.MOBILE


def spellings(region: str) -> Iterator[str]:
    """A mobile number of the region as people type it, and with the trunk prefix twice."""
    number = phonenumbers.example_number_for_type(region, MOBILE)
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(region)
    assert metadata is not None
    if number is None:
        return
    trunk = metadata.national_prefix or ""
    digits = phonenumbers.national_significant_number(number)
    yield phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    yield phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    yield digits
    yield trunk + digits
    if trunk:
        yield trunk + trunk + digits
        yield f"{trunk}{trunk}{digits[:3]} {digits[3:]}"
        yield f"+{number.country_code} {trunk}{digits}"
        yield f"+{number.country_code} {trunk}{trunk}{digits}"


@pytest.mark.slow
@pytest.mark.parametrize("is_lead_first", [True, False])
def test_lead_and_message_with_one_text_are_one_person_in_every_region(
    connection: Connection, is_lead_first: bool
) -> None:
    wrong = []
    count = 0
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        for text in dict.fromkeys(spellings(region)):
            business_id = add_business(connection, region, region)
            if is_lead_first:
                lead_id = add_lead(connection, business_id, text)
                message = insert(connection, business_id, "outbound", address=text)
            else:
                message = insert(connection, business_id, "outbound", address=text)
                lead_id = add_lead(connection, business_id, text)
            if message.conversation_id is None:
                key = "select phone_match_value from lead where id = %s"
                assert scalar(connection, key, lead_id) is None
                continue
            count += 1
            if conversation(connection, message.conversation_id).lead_id != lead_id:
                wrong.append((region, text))
    assert wrong == []
    assert count > 1000
    assert rows(connection, "select problem, id from thread_integrity") == []


@pytest.mark.parametrize(
    ("region", "text", "again"),
    [
        ("AU", "00412 345 678", "0412 345 678"),
        ("BY", "8080291234567", "80291234567"),
        ("KE", "00120611316", "0120611316"),
        ("MN", "0088123456", "088123456"),
        ("NG", "00803 123 4567", "0803 123 4567"),
    ],
)
def test_lead_is_not_somebody_elses_when_its_number_read_again_is(
    connection: Connection, region: str, text: str, again: str
) -> None:
    """What the text is read as, is read as another number itself: theirs, who wrote too."""
    business_id = add_business(connection, region, region)
    stranger = insert(connection, business_id, "outbound", address=again)
    message = insert(connection, business_id, "outbound", address=text)
    lead_id = add_lead(connection, business_id, text)

    assert message.conversation_id != stranger.conversation_id
    assert conversation(connection, message.conversation_id).lead_id == lead_id
    assert conversation(connection, stranger.conversation_id).lead_id is None
    assert rows(connection, "select problem, id from thread_integrity") == []


@pytest.mark.parametrize("text", ["00120611316", "0012 061 1316"])
def test_lead_of_before_the_triggers_is_who_a_message_with_its_text_is(
    connection: Connection, text: str
) -> None:
    business_id = add_business(connection, "Kenya", "KE")
    stranger = insert(connection, business_id, "outbound", address="0120611316")
    message = insert(connection, business_id, "outbound", address=text)
    connection.execute("set local session_replication_role = replica")
    lead_id = add_lead(connection, business_id, text)
    connection.execute("set local session_replication_role = origin")
    connection.execute("select onethread.adopt_leads(%s, 0, 100)", [business_id])
    connection.execute("select onethread.apply_pending_evidence(%s)", [business_id])

    assert conversation(connection, message.conversation_id).lead_id == lead_id
    assert conversation(connection, stranger.conversation_id).lead_id is None
