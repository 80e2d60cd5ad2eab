"""A name is what somebody chose to be called: it can be empty to the eye, or turn a line around."""

from __future__ import annotations

import pytest

from tests.conftest import Connection, insert
from tests.sql.query import rows, scalar

PHONE = "+972501234567"
UNSEEN = [
    "\u3164",
    "\u200b",
    "\u202e\u202c",
    "\u2800 ",
    "\u115f\u200d",
    "\u00a0",
    "\U000e0041",
    "\ufe0f",
]


def titles(connection: Connection, business_id: int) -> set[str]:
    """What the conversation is called in each place that says so."""
    found = [
        scalar(connection, "select title from onethread.list_inbox(%s)", business_id),
        scalar(connection, "select title from whatsapp_inbox where business_id = %s", business_id),
        scalar(
            connection,
            "select display_name from crm_conversation where business_id = %s",
            business_id,
        ),
        scalar(
            connection,
            "select display_name from crm_unanswered where business_id = %s",
            business_id,
        ),
    ]
    return set(found)


@pytest.mark.parametrize("name", UNSEEN)
def test_title_is_the_number_when_nothing_of_the_name_is_seen(
    connection: Connection, business_id: int, name: str
) -> None:
    message = insert(connection, business_id, "inbound", address=PHONE, sender_name=name)
    assert titles(connection, business_id) == {PHONE}
    query = "select sender_name from onethread.list_thread(%s, %s)"
    assert scalar(connection, query, business_id, message.conversation_id) is None


@pytest.mark.parametrize("name", UNSEEN)
def test_title_is_an_older_name_when_nothing_of_the_newest_is_seen(
    connection: Connection, business_id: int, name: str
) -> None:
    insert(connection, business_id, "inbound", address=PHONE, sender_name="Dana")
    insert(connection, business_id, "inbound", address=PHONE, sender_name=name)
    assert titles(connection, business_id) == {"Dana"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("\u202eanaD", "anaD"),
        ("Da\u200bna\u2066 (CFO)\u2069", "Dana (CFO)"),
        ("  Dana\n\tLevi ", "Dana Levi"),
        ("\u200fדנה\u200e", "דנה"),
        ("می\u200cنو", "می\u200cنو"),
        ("Dana 👩\u200d⚕\ufe0f", "Dana 👩\u200d⚕\ufe0f"),
        ("D\u200dana", "Dana"),
        ("José 李", "José 李"),
        ("x" * 10_000, "x" * 255),
    ],
)
def test_name_is_shown_without_what_cannot_be_seen(
    connection: Connection, business_id: int, name: str, expected: str
) -> None:
    message = insert(connection, business_id, "inbound", address=PHONE, sender_name=name)
    assert titles(connection, business_id) == {expected}
    for query in (
        "select sender_name from onethread.list_thread(%s, %s)",
        "select sender_name from whatsapp_thread where business_id = %s and conversation_id = %s",
    ):
        [row] = rows(connection, query, business_id, message.conversation_id)
        assert row.sender_name == expected
