"""thread_integrity is empty when all is well, and names what is not."""

from __future__ import annotations

import pytest

from tests.conftest import Connection, insert
from tests.sql.query import rows

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


def _problems(connection: Connection, business_id: int) -> set[str]:
    return {
        row.problem
        for row in rows(
            connection, "select problem from thread_integrity where business_id = %s", business_id
        )
    }
