"""thread_integrity is empty when all is well, and names what is not."""

from __future__ import annotations

import pytest

from tests.conftest import Connection, insert
from tests.sql.query import add_lead, rows, scalar

PHONE, OTHER_PHONE = "+972501234567", "+972507654321"
LID = "123456789012345@lid"

_ONE = "(select min(i.id) from whatsapp_identity i where i.business_id = %(b)s)"
_OTHER = "(select max(c.id) from whatsapp_conversation c where c.business_id = %(b)s)"

MUTATIONS = {
    "two current owners of one address": (
        "drop index whatsapp_identity_person_idx",
        "insert into whatsapp_identity (business_id, kind, value, match_value, conversation_id) "
        "select business_id, kind, value, match_value, conversation_id from whatsapp_identity "
        f"where business_id = %(b)s and id = {_ONE}",
    ),
    "epochs of one address overlap": (
        "insert into whatsapp_identity "
        "(business_id, kind, value, match_value, conversation_id, valid_until) "
        "select business_id, kind, value, match_value, conversation_id, now() "
        f"from whatsapp_identity where business_id = %(b)s and id = {_ONE}",
    ),
    "match value is not that of the address": (
        "update whatsapp_identity set match_value = '+972500000000' "
        f"where business_id = %(b)s and id = {_ONE}",
    ),
    "a number of the business itself is a person": (
        "set local session_replication_role = replica",
        "insert into business_number (business_id, kind, value) "
        f"values (%(b)s, 'phone', '{OTHER_PHONE}')",
        "set local session_replication_role = origin",
    ),
    "message disagrees with its identity": (
        f"update whatsapp_message set conversation_id = {_OTHER} "
        f"where business_id = %(b)s and identity_id = {_ONE}",
    ),
    "duplicate of a message in another conversation": (
        "update whatsapp_message set duplicate_of = (select max(m.id) from whatsapp_message m "
        f"where m.business_id = %(b)s) where business_id = %(b)s and identity_id = {_ONE}",
    ),
    "canonical key is stale": (
        "update whatsapp_conversation set canonical_key = 'stale' "
        f"where business_id = %(b)s and id = {_OTHER}",
    ),
    "absorbed conversation is in use": (
        "insert into onethread.whatsapp_conversation_merge "
        "(business_id, survivor_id, absorbed_id, reason, absorbed, identity_ids) "
        f"values (%(b)s, 0, {_OTHER}, 'test', '{{}}', '{{}}')",
    ),
    "evidence is pending": (
        "insert into whatsapp_identity_evidence (business_id, a, b, relation) "
        f"values (%(b)s, '{PHONE}', '{LID}', 'same')",
        "update whatsapp_identity_evidence set applied_at = null where business_id = %(b)s",
    ),
}


# The key of somebody else, on a conversation that nobody's address leads to.
_KEYS = {
    "a phone": f"phone:%(b)s:{PHONE}",
    "a lead": "lead:%(b)s:%(lead)s",
    "a phone in another spelling": "phone:0501234567",
}


@pytest.fixture
def healthy_id(connection: Connection, business_id: int) -> int:
    """A business with two people, one of them with two identifiers."""
    insert(connection, business_id, "inbound", address=PHONE, contact_aliases=[LID])
    insert(connection, business_id, "inbound", address=OTHER_PHONE)
    return business_id


def test_view_is_empty_when_all_is_well(connection: Connection, healthy_id: int) -> None:
    assert _problems(connection, healthy_id) == set()


@pytest.mark.parametrize("problem", MUTATIONS)
def test_view_names_the_problem_when_rows_are_changed_by_hand(
    connection: Connection, healthy_id: int, problem: str
) -> None:
    for statement in MUTATIONS[problem]:
        connection.execute(statement, {"b": healthy_id})

    assert problem in _problems(connection, healthy_id)


@pytest.mark.parametrize("role", ["origin", "replica"])
def test_message_names_no_identity_that_is_deleted_or_is_named(
    connection: Connection, healthy_id: int, role: str
) -> None:
    """Without triggers, as a restore deletes, it is left behind."""
    connection.execute(f"set local session_replication_role = {role}")
    connection.execute(
        f"delete from whatsapp_identity where business_id = %(b)s and id = {_ONE}",
        {"b": healthy_id},
    )
    connection.execute("set local session_replication_role = origin")

    left = "select count(*) from whatsapp_message m where m.business_id = %s and m.identity_id {}"
    without = scalar(connection, left.format("is null"), healthy_id)
    assert without == (1 if role == "origin" else 0)
    problem = "message disagrees with its identity"
    assert (problem in _problems(connection, healthy_id)) is (role == "replica")


@pytest.mark.parametrize("kind", _KEYS)
def test_view_names_the_key_when_it_is_that_of_somebody_else(
    connection: Connection, healthy_id: int, kind: str
) -> None:
    lead_id = add_lead(connection, healthy_id, OTHER_PHONE)
    key = _KEYS[kind] % {"b": healthy_id, "lead": lead_id}
    connection.execute("set local session_replication_role = replica")
    connection.execute(
        "update whatsapp_conversation set canonical_key = null "
        "where business_id = %s and canonical_key = %s",
        [healthy_id, key],
    )
    made = scalar(
        connection,
        "insert into whatsapp_conversation (business_id, canonical_key) values (%s, %s) "
        "returning id",
        healthy_id,
        key,
    )
    connection.execute("set local session_replication_role = origin")

    query = "select problem, id from thread_integrity where business_id = %s"
    assert ("canonical key is stale", made) in rows(connection, query, healthy_id)


def _problems(connection: Connection, business_id: int) -> set[str]:
    return {
        row.problem
        for row in rows(
            connection, "select problem from thread_integrity where business_id = %s", business_id
        )
    }
