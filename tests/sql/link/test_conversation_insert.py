"""A program inserts whatsapp_conversation itself: get-or-create, in every form there is."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from tests.conftest import Connection, insert
from tests.sql.query import add_lead, add_own_number, conversation, rows, scalar

PHONE = "+972501234567"
LID = "123456789012345@lid"

_INSERT = "insert into whatsapp_conversation (business_id, canonical_key) values (%s, %s) "
_ARBITER = "on conflict (business_id, canonical_key) where canonical_key is not null "
_GET_OR_CREATE = (
    _INSERT + _ARBITER + "do update set canonical_key = excluded.canonical_key returning id"
)
_SPELLINGS = ("phone:{b}:+972501234567", "phone:{b}:0501234567", "phone:0501234567", "050-1234567")


def _function(body: str, language: str) -> str:
    return (
        "create function pg_temp.get_or_create(b bigint, k text) returns bigint "
        f"language {language} as $f$ {body} $f$; "
    )


_STATEMENT = _GET_OR_CREATE.replace("%s, %s", "$1, $2")
FORMS = {
    "a statement": (None, _GET_OR_CREATE),
    "a prepared statement": (
        f"prepare get_or_create (bigint, text) as {_STATEMENT}",
        "execute get_or_create (%s, %s)",
    ),
    "a function in SQL": (
        _function(_STATEMENT, "sql"),
        "select pg_temp.get_or_create(%s, %s)",
    ),
    "a function in PL/pgSQL": (
        _function(
            f"declare v_id bigint; begin {_STATEMENT} into v_id; return v_id; end", "plpgsql"
        ),
        "select pg_temp.get_or_create(%s, %s)",
    ),
    "a statement made in PL/pgSQL": (
        _function(
            f"declare v_id bigint; begin execute '{_STATEMENT}' into v_id using b, k; "
            "return v_id; end",
            "plpgsql",
        ),
        "select pg_temp.get_or_create(%s, %s)",
    ),
    "an update of another column": (
        None,
        _INSERT + _ARBITER + "do update set kind = whatsapp_conversation.kind returning id",
    ),
    "a comment in between": (
        None,
        _INSERT + "/* ; */ on -- ;\nconflict (business_id, canonical_key) "
        "where canonical_key is not null do update set kind = excluded.kind returning id",
    ),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("is_messaged", [False, True])
@pytest.mark.parametrize("has_lead", [False, True])
def test_id_is_that_of_the_one_row_when_statement_updates_on_conflict(
    connection: Connection, business_id: int, form: str, is_messaged: bool, has_lead: bool
) -> None:
    if has_lead:
        add_lead(connection, business_id, PHONE)
    if is_messaged:
        insert(connection, business_id, "inbound", address=PHONE)
    before, statement = FORMS[form]
    if before:
        connection.execute(before)
    found = {
        _ask(connection, statement, business_id, spelling.format(b=business_id))
        for spelling in _SPELLINGS * 2
    }

    message = insert(connection, business_id, "inbound", address=PHONE)
    assert found == {message.conversation_id}
    assert _count(connection, business_id) == 1
    assert _violations(connection, business_id) == []


@pytest.mark.parametrize("target", ["", _ARBITER.removeprefix("on conflict")])
def test_no_row_is_added_when_statement_does_nothing_on_conflict(
    connection: Connection, business_id: int, target: str
) -> None:
    message = insert(connection, business_id, "inbound", address=PHONE)
    for spelling in _SPELLINGS:
        key = spelling.format(b=business_id)
        statement = f"{_INSERT} on conflict {target} do nothing returning id"
        assert scalar(connection, statement, business_id, key) is None
        found = scalar(connection, "select onethread.find_thread(%s, %s)", business_id, key)
        assert found == message.conversation_id
    assert _count(connection, business_id) == 1


def test_all_rows_meet_the_one_when_many_are_inserted_at_once(
    connection: Connection, business_id: int
) -> None:
    message = insert(connection, business_id, "inbound", address=PHONE)
    with connection.cursor() as cursor:
        cursor.executemany(
            _GET_OR_CREATE,
            [(business_id, spelling.format(b=business_id)) for spelling in _SPELLINGS],
            returning=True,
        )
        found = [cursor.fetchone() for _ in cursor.results()]
    assert found == [(message.conversation_id,)] * len(_SPELLINGS)


def test_lead_stays_when_statement_takes_what_is_excluded(
    connection: Connection, business_id: int
) -> None:
    lead_id, other_id = add_lead(connection, business_id, PHONE), add_lead(connection, business_id)
    message = insert(connection, business_id, "inbound", address=PHONE)
    row = connection.execute(
        "insert into whatsapp_conversation (business_id, canonical_key, lead_id) "
        f"values (%s, %s, %s) {_ARBITER} do update set canonical_key = excluded.canonical_key, "
        "lead_id = excluded.lead_id returning id, canonical_key, lead_id",
        [business_id, f"phone:{business_id}:{PHONE}", other_id],
    ).fetchone()

    assert row == (message.conversation_id, f"lead:{business_id}:{lead_id}", lead_id)
    assert _violations(connection, business_id) == []


@pytest.mark.parametrize("spelling", ["lead:{b}:{lead}", "lead:{lead}"])
def test_row_is_the_leads_when_its_person_writes_later(
    connection: Connection, business_id: int, spelling: str
) -> None:
    lead_id = add_lead(connection, business_id)
    key = spelling.format(b=business_id, lead=lead_id)
    found = {scalar(connection, _GET_OR_CREATE, business_id, key) for _ in range(2)}
    message = insert(connection, business_id, "inbound", address=LID, lead_id=lead_id)

    assert found == {message.conversation_id}
    assert _count(connection, business_id) == 1
    assert _violations(connection, business_id) == []


@pytest.mark.parametrize("key", ["vip", "phone:{b}:+972509999999"])
def test_row_is_found_again_when_key_names_nobody(
    connection: Connection, business_id: int, key: str
) -> None:
    """A name of the program's own; the business's own number."""
    add_own_number(connection, business_id, "phone", "+972509999999")
    key = key.format(b=business_id)
    found = {scalar(connection, _GET_OR_CREATE, business_id, key) for _ in range(3)}

    assert len(found) == 1
    assert conversation(connection, found.pop()).canonical_key == key
    assert _violations(connection, business_id) == []


@pytest.mark.parametrize("has_phone", [True, False])
def test_conversation_is_the_leads_when_key_is_of_own_number(
    connection: Connection, business_id: int, has_phone: bool
) -> None:
    add_own_number(connection, business_id, "phone", "+972509999999")
    lead_id = add_lead(connection, business_id, PHONE if has_phone else None)
    key = f"phone:{business_id}:+972509999999"
    statement = (
        "insert into whatsapp_conversation (business_id, canonical_key, lead_id) "
        f"values (%s, %s, %s) {_ARBITER} do update set kind = excluded.kind returning id"
    )
    found = {scalar(connection, statement, business_id, key, lead_id) for _ in range(2)}
    message = insert(connection, business_id, "inbound", address=PHONE, lead_id=lead_id)

    assert found == {message.conversation_id}
    assert conversation(connection, message.conversation_id).lead_id == lead_id
    assert _violations(connection, business_id) == []


@pytest.mark.parametrize("text", ["plain", "on conflict do nothing"])
def test_plain_insert_succeeds_without_a_key_when_person_has_one(
    connection: Connection, business_id: int, text: str
) -> None:
    message = insert(connection, business_id, "inbound", address=PHONE)
    row = connection.execute(
        f"insert into whatsapp_conversation (business_id, canonical_key) "
        f"select {business_id}, 'phone:{business_id}:{PHONE}' where '{text}' <> '' "
        "returning id, canonical_key"
    ).fetchone()

    assert row is not None and row[0] != message.conversation_id and row[1] is None
    later = insert(connection, business_id, "inbound", address=PHONE, conversation_id=row[0])
    nameless = insert(connection, business_id, "outbound", address=None, conversation_id=row[0])
    found = scalar(
        connection, "select onethread.find_conversation_by_id(%s, %s)", business_id, row[0]
    )
    assert {later.conversation_id, nameless.conversation_id, found} == {message.conversation_id}
    assert _violations(connection, business_id) == []


@pytest.mark.parametrize(
    "statement",
    [
        "with l as (insert into lead (business_id, name) values ({b}, 'x') on conflict do nothing "
        "returning id) insert into whatsapp_conversation (business_id, canonical_key) "
        "select {b}, '{k}' from l returning id, canonical_key",
        "with c as (insert into whatsapp_conversation (business_id, canonical_key) "
        "values ({b}, '{k}') returning id, canonical_key), l as (insert into lead (business_id, "
        "name) values ({b}, 'x') on conflict do nothing) select id, canonical_key from c",
    ],
)
def test_plain_insert_succeeds_when_another_one_of_its_statement_says_on_conflict(
    connection: Connection, business_id: int, statement: str
) -> None:
    message = insert(connection, business_id, "inbound", address=PHONE)
    text = statement.format(b=business_id, k=f"phone:{business_id}:{PHONE}")
    row = connection.execute(text).fetchone()

    assert row is not None and row[0] != message.conversation_id and row[1] is None


def test_lead_is_the_persons_when_plain_insert_names_it(
    connection: Connection, business_id: int
) -> None:
    message = insert(connection, business_id, "inbound", address=PHONE)
    lead_id = add_lead(connection, business_id, None)
    connection.execute(
        "insert into whatsapp_conversation (business_id, canonical_key, lead_id) "
        "values (%s, %s, %s)",
        (business_id, f"phone:{business_id}:{PHONE}", lead_id),
    )
    assert conversation(connection, message.conversation_id).lead_id == lead_id
    assert _violations(connection, business_id) == []


def test_lead_is_not_taken_when_key_is_of_another_business(
    connection: Connection, business_id: int
) -> None:
    lead_id = add_lead(connection, business_id, PHONE)
    foreign = scalar(connection, _GET_OR_CREATE, business_id, f"lead:{business_id + 1}:{lead_id}")
    message = insert(connection, business_id, "inbound", address=PHONE)

    assert foreign != message.conversation_id
    assert conversation(connection, foreign).lead_id is None
    assert conversation(connection, message.conversation_id).lead_id == lead_id
    assert _violations(connection, business_id) == []


def _ask(connection: Connection, statement: str, *parameters: Any) -> Any:
    """With parameters in the protocol, as far as it takes them: EXECUTE does not."""
    cursors = psycopg.ClientCursor if statement.startswith("execute") else psycopg.Cursor
    with cursors(connection) as cursor:
        row = cursor.execute(statement, parameters).fetchone()
    return None if row is None else row[0]


def _count(connection: Connection, business_id: int) -> int:
    query = "select count(*) from whatsapp_conversation where business_id = %s"
    return int(scalar(connection, query, business_id))


def _violations(connection: Connection, business_id: int) -> list[Any]:
    return rows(connection, "select * from thread_integrity where business_id = %s", business_id)
