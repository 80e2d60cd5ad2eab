"""A session that row-level security applies to: it writes and sees one business."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from tests.conftest import Connection, add_business, insert
from tests.sql.query import add_lead, message, rows, scalar

PHONE = "0501234567"
LID = "123456789012345@lid"

# As a program would: it may have made the schema that its search_path names.
HOSTILE_SCHEMA = """
create schema hostile;
create function hostile.row_security_active(oid) returns boolean
  language sql as 'select false';
create function hostile.row_security_active(regclass) returns boolean
  language sql as 'select false';
create function hostile.row_security_active(text) returns boolean
  language sql as 'select false';
create function hostile.current_setting(text, boolean) returns text
  language sql as 'select null::text';
create function hostile.always(text, text) returns boolean language sql as 'select true';
create function hostile.always(bigint, bigint) returns boolean language sql as 'select true';
create operator hostile.= (leftarg = text, rightarg = text, function = hostile.always);
create operator hostile.= (leftarg = bigint, rightarg = bigint, function = hostile.always);
create function hostile.can_write_business(bigint) returns boolean
  language sql as 'select true';
grant usage on schema hostile to public;
set local search_path = hostile, pg_catalog, public;
"""


@pytest.fixture
def other_id(connection: Connection) -> int:
    """Another business, with a known person."""
    business_id = add_business(connection, "Other")
    insert(connection, business_id, "inbound", address=LID)
    return business_id


@pytest.fixture
def role(connection: Connection) -> str:
    """The application's role, subject to the policies."""
    return "onethread_app"


@pytest.mark.parametrize("address", [LID, PHONE, "Unknown", None])
@pytest.mark.parametrize("search_path", ["", HOSTILE_SCHEMA])
@pytest.mark.parametrize("setting", ["own", "", "-1", None])
def test_insert_is_refused_and_nothing_touched_when_business_is_anothers(
    connection: Connection,
    business_id: int,
    other_id: int,
    role: str,
    address: str | None,
    search_path: str,
    setting: str | None,
) -> None:
    connection.execute(search_path)
    before = footprint(connection)
    with acting_as(connection, role, str(business_id) if setting == "own" else setting):
        assert_refused(connection, other_id, address)

    assert footprint(connection) == before


@pytest.mark.parametrize("address", [LID, PHONE])
def test_footprint_shows_it_when_trigger_runs(
    connection: Connection, other_id: int, role: str, address: str
) -> None:
    """The check of the test above: it would see what the trigger does."""
    before = footprint(connection)
    with acting_as(connection, role, str(other_id)), connection.transaction(force_rollback=True):
        write(connection, other_id, address)

    assert footprint(connection) != before


@pytest.mark.parametrize("address", [LID, PHONE])
def test_message_is_linked_when_business_is_own(
    connection: Connection, other_id: int, role: str, address: str
) -> None:
    expected = insert(connection, other_id, "inbound", address=address).conversation_id
    with acting_as(connection, role, str(other_id)):
        message_id = write(connection, other_id, address)
        new_id = write(connection, other_id, "0507654321")

    assert message(connection, message_id).conversation_id == expected
    assert message(connection, new_id).conversation_id not in (None, expected)


@pytest.mark.parametrize("form", ["0{}", " {} ", "+{}"])
def test_message_is_linked_when_setting_is_spelt_otherwise(
    connection: Connection, business_id: int, role: str, form: str
) -> None:
    """What the policy admits, the trigger links."""
    with acting_as(connection, role, form.format(business_id)):
        message_id = write(connection, business_id, PHONE)

    assert message(connection, message_id).conversation_id is not None


def test_message_is_linked_when_search_path_is_hostile(
    connection: Connection, business_id: int, other_id: int, role: str
) -> None:
    connection.execute(HOSTILE_SCHEMA)
    with acting_as(connection, role, str(business_id)):
        message_id = write(connection, business_id, LID)

    row = message(connection, message_id)
    assert row.conversation_id is not None
    owner = (
        "select business_id from public.whatsapp_conversation where id operator(pg_catalog.=) %s"
    )
    assert scalar(connection, owner, row.conversation_id) == business_id


def test_lead_is_refused_and_nothing_touched_when_business_is_anothers(
    connection: Connection, business_id: int, other_id: int, role: str
) -> None:
    before = footprint(connection)
    with (
        acting_as(connection, role, str(business_id)),
        pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"),
        connection.transaction(),
    ):
        connection.execute(
            "insert into lead (business_id, phone) values (%s, %s)", [other_id, PHONE]
        )

    assert footprint(connection) == before


def test_update_is_refused_when_it_moves_message_to_another_business(
    connection: Connection, business_id: int, other_id: int, role: str
) -> None:
    row = insert(connection, business_id, "inbound", address=PHONE)
    before = footprint(connection)
    with (
        acting_as(connection, role, str(business_id)),
        pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"),
        connection.transaction(),
    ):
        connection.execute(
            "update whatsapp_message set business_id = %s, from_number = %s where id = %s",
            [other_id, LID, row.id],
        )

    assert footprint(connection) == before


def test_update_touches_nothing_when_message_is_anothers(
    connection: Connection, business_id: int, other_id: int, role: str
) -> None:
    row = insert(connection, other_id, "inbound", address=PHONE)
    with acting_as(connection, role, str(business_id)):
        cursor = connection.execute("update whatsapp_message set from_number = 'x'")
        assert cursor.rowcount == 0

    assert message(connection, row.id).from_number == PHONE


def test_update_relinks_when_business_is_own(
    connection: Connection, business_id: int, role: str
) -> None:
    row = insert(connection, business_id, "inbound", address="Unknown")
    with acting_as(connection, role, str(business_id)):
        connection.execute("update whatsapp_message set from_number = %s", [PHONE])

    assert message(connection, row.id).conversation_id is not None


@pytest.mark.parametrize(
    "relation",
    [
        "whatsapp_inbox",
        "whatsapp_thread",
        "unlinked_message",
        "whatsapp_message",
        "whatsapp_conversation",
        "whatsapp_identity",
        "whatsapp_message_event",
        "onethread.webhook_reject",
        "onethread.webhook",
        "lead",
        "business_number",
    ],
)
def test_only_own_rows_are_seen_when_reading(
    connection: Connection, business_id: int, other_id: int, role: str, relation: str
) -> None:
    for each in (business_id, other_id):
        insert(connection, each, "inbound", address=PHONE)
        insert(connection, each, "inbound", address="Unknown")
        add_lead(connection, each, PHONE, name="Dana")
        connection.execute("insert into business_number values (%s, 'lid', '1')", [each])
        connection.execute(
            "insert into whatsapp_message_event (business_id, kind, provider_message_id) "
            "values (%s, 'read', 'm1')",
            [each],
        )
        connection.execute(
            "insert into onethread.webhook_reject (business_id, provider, payload, reason) "
            "values (%s, 'test', 'x', 'y')",
            [each],
        )
        connection.execute(
            "insert into onethread.webhook (business_id, provider, instance) values (%s, 'x', 'y')",
            [each],
        )
    seen = f"select distinct business_id from {relation}"
    assert len(rows(connection, seen)) == 2

    with acting_as(connection, role, str(business_id)):
        assert [row.business_id for row in rows(connection, seen)] == [business_id]
    with acting_as(connection, role, None):
        assert rows(connection, seen) == []


def test_only_own_inbox_is_listed_when_reading(
    connection: Connection, business_id: int, other_id: int, role: str
) -> None:
    row = insert(connection, business_id, "inbound", address=PHONE)
    with acting_as(connection, role, str(business_id)):
        own = rows(
            connection, "select conversation_id, title from onethread.list_inbox(%s)", business_id
        )
        assert own == [(row.conversation_id, "+972501234567")]
        assert rows(connection, "select title from onethread.list_inbox(%s)", other_id) == []
        assert (
            scalar(connection, "select onethread.find_conversation(%s, %s)", other_id, LID) is None
        )
        assert scalar(connection, "select count(*) from business") == 1


@contextmanager
def acting_as(connection: Connection, role: str, setting: str | None) -> Iterator[None]:
    """Runs as the role, with onethread.business_id if it is given."""
    if setting is not None:
        connection.execute("select set_config('onethread.business_id', %s, true)", [setting])
    connection.execute(f"set local role {role}")
    yield
    connection.execute("reset role")
    connection.execute("select set_config('onethread.business_id', '', true)")


def write(connection: Connection, business_id: int, address: str | None) -> int:
    """Inserts a message as a program with any search_path does; returns its id."""
    return int(
        scalar(
            connection,
            "insert into public.whatsapp_message (business_id, direction, from_number) "
            "values (%s, 'inbound', %s) returning id",
            business_id,
            address,
        )
    )


def assert_refused(connection: Connection, business_id: int, address: str | None) -> None:
    """The policy, and nothing else, refuses the row."""
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"),
        connection.transaction(),
    ):
        write(connection, business_id, address)


def footprint(connection: Connection) -> list[tuple[object, ...]]:
    """What a trigger that ran leaves behind, even when its statement failed.

    Sequences do not roll back, and a row lock is written to the row: xmax.
    """
    return connection.execute(
        "select 'identity', ctid::text, xmax::text from public.whatsapp_identity "
        "union all "
        "select 'conversation', ctid::text, xmax::text from public.whatsapp_conversation "
        "union all "
        "select 'sequence', i.last_value::text, c.last_value::text "
        "from public.whatsapp_identity_id_seq i, public.whatsapp_conversation_id_seq c "
        "order by 1, 2, 3"
    ).fetchall()
