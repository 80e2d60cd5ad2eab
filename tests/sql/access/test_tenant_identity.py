"""Merging, undoing, splitting and explaining stay within the business of the session."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import psycopg
import pytest

from tests.conftest import Connection, add_business, insert

# The role and how to act as it, as in the tests of the other functions.
from tests.sql.access.test_tenant import acting_as, role  # noqa: F401
from tests.sql.query import rows, scalar

A, B, C, D = "+972521110001", "+972521110002", "+972521110003", "+972521110004"
TABLES = (
    "whatsapp_identity",
    "whatsapp_conversation",
    "whatsapp_message",
    "whatsapp_identity_evidence",
    "onethread.whatsapp_conversation_merge",
    "onethread.whatsapp_identity_conflict",
    "lead",
)


@dataclass(frozen=True)
class Tenant:
    """A business with two people, two more who were merged, and a message."""

    business_id: int
    first_id: int
    second_id: int
    merge_id: int
    message_id: int


def _add_tenant(connection: Connection) -> Tenant:
    business_id = add_business(connection)
    first, second, third, fourth = (
        insert(connection, business_id, "inbound", address=each) for each in (A, B, C, D)
    )
    query = "select onethread.merge_conversations(%s, %s, %s, 'test')"
    pair = third.conversation_id, fourth.conversation_id
    merge_id = int(scalar(connection, query, business_id, *pair))
    return Tenant(business_id, first.conversation_id, second.conversation_id, merge_id, first.id)


NOBODY = Tenant(0, 2**40, 2**40 + 1, 2**40, 2**40)

Query = Callable[[Connection, int, Tenant], object]

# Asked about a tenant's rows, in a business that may be another one.
CALLS: dict[str, Query] = {
    "merge": lambda c, b, t: scalar(
        c, "select onethread.merge_conversations(%s, %s, %s, 'x')", b, t.first_id, t.second_id
    ),
    "preview": lambda c, b, t: rows(
        c, "select * from onethread.preview_merge(%s, %s, %s)", b, t.first_id, t.second_id
    ),
    "undo": lambda c, b, t: scalar(c, "select onethread.undo_merge(%s, %s)", b, t.merge_id),
    "explain": lambda c, b, t: rows(
        c, "select * from onethread.explain_message(%s, %s)", b, t.message_id
    ),
    "find": lambda c, b, t: scalar(
        c, "select onethread.find_conversation_by_id(%s, %s)", b, t.first_id
    ),
    "split": lambda c, b, _: scalar(c, "select onethread.split_identifier(%s, 'phone', %s)", b, A),
    "apply": lambda c, b, _: scalar(c, "select onethread.apply_pending_evidence(%s)", b),
}
NO_IDS = ("split", "apply")


@pytest.mark.parametrize(
    ("call", "is_own_business"),
    [*((call, False) for call in CALLS), *((call, True) for call in CALLS if call not in NO_IDS)],
)
def test_nothing_is_touched_or_told_when_ids_are_anothers(
    connection: Connection,
    role: str,  # noqa: F811
    call: str,
    is_own_business: bool,
) -> None:
    """The answer is that to ids which nobody has."""
    theirs, own_id = _add_tenant(connection), add_business(connection, "Own")
    # Pending, so that applying it would be seen.
    connection.execute("update whatsapp_identity_evidence set applied_at = null")
    before = _footprint(connection)
    with acting_as(connection, role, str(own_id)):
        asked_id = own_id if is_own_business else theirs.business_id
        told = _answer(connection, call, asked_id, theirs)
        asked_id = own_id if is_own_business else NOBODY.business_id
        expected = _answer(connection, call, asked_id, NOBODY)

    assert re.sub(r"\d+", "N", told) == re.sub(r"\d+", "N", expected)
    assert _footprint(connection) == before


@pytest.mark.parametrize("call", CALLS)
def test_call_works_when_the_business_is_own(
    connection: Connection,
    role: str,  # noqa: F811
    call: str,
) -> None:
    """The check of the test above: the refusal is not for want of a grant."""
    own = _add_tenant(connection)
    with acting_as(connection, role, str(own.business_id)):
        CALLS[call](connection, own.business_id, own)
        assert rows(connection, "select * from thread_integrity") == []


def test_joins_are_held_up_by_nobody_who_only_asks_for_the_lock(
    connection: Connection,
    role: str,  # noqa: F811
) -> None:
    """Not in a business of one's own either: the row is the owner's, functions of ours take it."""
    theirs_id, own_id = add_business(connection, "Theirs"), add_business(connection, "Own")
    with acting_as(connection, role, str(own_id)):
        for business_id in (theirs_id, own_id):
            for function in ("wait_for_joins(%s)", "lock_business(%s, 'join')"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                    scalar(connection, f"select onethread.{function}", business_id)


def _answer(connection: Connection, call: str, business_id: int, tenant: Tenant) -> str:
    try:
        with connection.transaction():
            return str(CALLS[call](connection, business_id, tenant))
    except psycopg.Error as error:
        return f"{error.sqlstate} {str(error).splitlines()[0]}"


def _footprint(connection: Connection) -> list[tuple[object, ...]]:
    """Where each row is, and who locked it."""
    return [
        (table, *row)
        for table in TABLES
        for row in connection.execute(
            f"select ctid::text, xmax::text from {table} order by ctid"
        ).fetchall()
    ]
