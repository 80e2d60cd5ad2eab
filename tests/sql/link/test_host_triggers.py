"""Triggers of a CRM on the same tables: what they fill in is what Onethread reads."""

from __future__ import annotations

import pytest

from onethread.schema import host_triggers
from tests.conftest import Connection, insert
from tests.sql.query import add_lead, scalar

FIRST, SECOND = "0501234567", "0507654321"


def add_trigger(
    connection: Connection, table: str, when: str, body: str, name: str = "fill"
) -> None:
    """A row trigger as a CRM would have it."""
    connection.execute(
        f"create function public.{name}() returns trigger language plpgsql as "
        f"$$begin {body} return new; end$$; "
        f"create trigger {name} before {when} on {table} "
        f"for each row execute function public.{name}()".encode()
    )


def test_message_is_linked_when_a_trigger_fills_the_address(
    connection: Connection, business_id: int
) -> None:
    known = insert(connection, business_id, "inbound", address=FIRST)
    add_trigger(
        connection, "whatsapp_message", "insert", "new.from_number := new.payload ->> 'of';"
    )
    row = insert(connection, business_id, "inbound", payload=f'{{"of": "{FIRST}"}}')
    assert row.conversation_id == known.conversation_id


def test_message_is_linked_again_when_a_trigger_changes_the_address(
    connection: Connection, business_id: int
) -> None:
    """The statement names another column."""
    other = insert(connection, business_id, "inbound", address=SECOND)
    row = insert(connection, business_id, "inbound", address=FIRST)
    add_trigger(connection, "whatsapp_message", "update", f"new.from_number := '{SECOND}';")
    connection.execute("update whatsapp_message set body = 'x' where id = %s", [row.id])
    assert (
        scalar(connection, "select conversation_id from whatsapp_message where id = %s", row.id)
        == other.conversation_id
    )


@pytest.mark.parametrize("when", ["insert", "update"])
def test_phone_is_normalized_when_a_trigger_changes_it(
    connection: Connection, business_id: int, when: str
) -> None:
    """The conversation follows: the lead is the person of the number that the trigger wrote."""
    message = insert(connection, business_id, "inbound", address=SECOND)
    if when == "insert":
        add_trigger(connection, "lead", when, f"new.phone := '{SECOND}';")
        lead_id = add_lead(connection, business_id, FIRST)
    else:
        lead_id = add_lead(connection, business_id, FIRST)
        add_trigger(connection, "lead", when, f"new.phone := '{SECOND}';")
        connection.execute("update lead set name = 'x' where id = %s", [lead_id])
    assert (
        scalar(connection, "select phone_match_value from lead where id = %s", lead_id)
        == "+972507654321"
    )
    assert (
        scalar(
            connection,
            "select lead_id from whatsapp_conversation where id = %s",
            message.conversation_id,
        )
        == lead_id
    )


def test_nothing_is_done_for_a_person_when_a_lead_is_saved_whole(
    connection: Connection, business_id: int
) -> None:
    """As mappers do: every column is named, and only the name is another one."""
    lead_id = add_lead(connection, business_id, FIRST)
    insert(connection, business_id, "inbound", address=FIRST)
    before = connection.execute("select xmax, ctid, * from whatsapp_identity").fetchall()
    connection.execute(
        "update lead set name = 'x', phone = %s, phone_match_value = '+972501234567' where id = %s",
        [FIRST, lead_id],
    )
    assert connection.execute("select xmax, ctid, * from whatsapp_identity").fetchall() == before


def test_match_value_is_the_phones_when_a_writer_gives_another(
    connection: Connection, business_id: int
) -> None:
    lead_id = add_lead(connection, business_id, FIRST)
    connection.execute("update lead set phone_match_value = '+1' where id = %s", [lead_id])
    assert (
        scalar(connection, "select phone_match_value from lead where id = %s", lead_id)
        == "+972501234567"
    )


def test_no_message_gets_lost_when_a_trigger_drops_it(
    connection: Connection, business_id: int
) -> None:
    """Nobody is made for a message that is not stored."""
    connection.execute(
        "create function public.drop_all() returns trigger language plpgsql as "
        "'begin return null; end'; create trigger drop_all before insert on whatsapp_message "
        "for each row execute function public.drop_all()"
    )
    assert insert(connection, business_id, "inbound", address=FIRST) is None
    assert scalar(connection, "select count(*) from whatsapp_identity") == 0


def test_trigger_is_named_when_it_speaks_of_the_link(connection: Connection) -> None:
    add_trigger(
        connection, "whatsapp_message", "insert",
        "if new.conversation_id is null then raise 'no thread'; end if;", "demand",
    )  # fmt: skip
    add_trigger(connection, "whatsapp_message", "update", "new.conversation_id := 1;", "other_time")
    add_trigger(connection, "whatsapp_message", "insert", "new.body := 'x';", "other_column")
    [line] = host_triggers.describe_readers_of_links(connection)
    assert "trigger demand on whatsapp_message" in line


def test_trigger_is_late_when_its_name_is(connection: Connection) -> None:
    """By byte order, whatever the database's collation; AFTER triggers and DELETE do not matter."""
    add_trigger(connection, "lead", "insert", "", "zzzz")
    add_trigger(connection, "lead", "update", "", '"Zzzzz"')
    add_trigger(connection, "lead", "delete", "", "zzzzz")
    add_trigger(connection, "whatsapp_message", "insert", "", '"~"')
    assert host_triggers.list_late(connection) == ["zzzz on lead", "~ on whatsapp_message"]
