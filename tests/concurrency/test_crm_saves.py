"""A program saves a lead or a conversation and does not commit yet: nobody waits for it."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tests.concurrency.sessions import Connection, create_business
from tests.conftest import insert
from tests.sql.query import add_lead, scalar

PHONE = "+972501234567"
LID = "123456789012345@lid"

SAVES = {
    "a lead with all its columns": "update lead set name = name, phone = phone, "
    "phone_match_value = phone_match_value, created_at = created_at where business_id = {b}",
    "a lead's phone in another spelling": "update lead set phone = '050-123 4567' "
    "where business_id = {b}",
    "a conversation for a known person": "insert into whatsapp_conversation "
    "(business_id, canonical_key) values ({b}, 'phone:{b}:+972501234567')",
    "a conversation for a known lead": "insert into whatsapp_conversation "
    "(business_id, canonical_key, lead_id) select {b}, 'lead:{b}:' || id, id from lead "
    "where business_id = {b}",
    "a conversation that is there": "insert into whatsapp_conversation "
    "(business_id, canonical_key) values ({b}, 'phone:{b}:+972501234567') on conflict do nothing",
}


@pytest.fixture
def writer(database: str) -> Iterator[Connection]:
    """A session that does not wait for anybody."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("set statement_timeout = '2s'")
        yield connection


@pytest.mark.parametrize("save", SAVES)
def test_message_does_not_wait_when_the_crm_is_saving(
    database: str, writer: Connection, save: str
) -> None:
    business_id = create_business(database)
    lead_id = add_lead(writer, business_id, PHONE)
    first = insert(writer, business_id, "inbound", address=PHONE, contact_aliases=[LID])
    with psycopg.connect(database) as crm:
        crm.execute(SAVES[save].format(b=business_id))
        for columns in (
            {"address": PHONE},
            {"address": LID, "contact_aliases": [PHONE]},
            {"address": PHONE, "lead_id": lead_id},
        ):
            row = insert(writer, business_id, "inbound", **columns)
            assert row.conversation_id == first.conversation_id
    assert scalar(writer, "select count(*) from thread_integrity") == 0
