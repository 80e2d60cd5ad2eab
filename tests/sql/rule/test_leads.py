"""Leads: the CRM's word of who is who. Two that claim one person are a question for a human."""

from __future__ import annotations

import pytest

from tests.sql.query import add_lead, conversation
from tests.sql.story import Story

P1, P2 = "+972521110001", "+972521110002"
L1, L2 = "871000000000001@lid", "871000000000002@lid"


@pytest.fixture
def leads(story: Story) -> tuple[int, int]:
    """Two leads without a phone, the lower id first."""
    first, second = (add_lead(story.connection, story.business_id) for _ in range(2))
    return first, second


def _lead_of(story: Story, message_id: int) -> int | None:
    found: int | None = conversation(story.connection, story.conversation_of(message_id)).lead_id
    return found


def _set_phone(story: Story, lead_id: int, phone: str | None) -> None:
    story.connection.execute("update lead set phone = %s where id = %s", [phone, lead_id])


def _delete(story: Story, lead_id: int) -> None:
    story.connection.execute("delete from lead where id = %s", [lead_id])


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["lower first", "higher first"])
def test_lowest_lead_keeps_the_person_when_messages_name_two(
    story: Story, leads: tuple[int, int], order: tuple[int, int]
) -> None:
    ids = [story.message(L1, lead_id=leads[n]) for n in order]

    assert story.threads(*ids) == [0, 0]
    assert _lead_of(story, ids[0]) == leads[0]
    [conflict] = story.conflicts()
    assert (conflict.a, conflict.b) == (f"lead:{leads[1]}", L1)
    assert conflict.reason == f"lead {leads[0]} has this person"
    assert conflict.second_conversation_id == story.conversation_of(ids[0])


def test_conflict_is_one_when_the_other_lead_is_named_again(
    story: Story, leads: tuple[int, int]
) -> None:
    for lead_id in (*leads, leads[1], leads[1], leads[0]):
        story.message(L1, lead_id=lead_id)

    assert len(story.conflicts()) == 1


def test_conflict_names_both_threads_when_each_lead_has_one(
    story: Story, leads: tuple[int, int]
) -> None:
    first, second = (
        story.message(account, lead_id=lead_id)
        for account, lead_id in zip((L1, L2), leads, strict=True)
    )
    claim = story.message(L1, lead_id=leads[1])

    assert story.threads(first, second, claim) == [0, 1, 0]
    [conflict] = story.conflicts()
    assert {conflict.first_conversation_id, conflict.second_conversation_id} == {
        story.conversation_of(first),
        story.conversation_of(second),
    }


@pytest.mark.parametrize("first_deleted", [0, 1])
def test_claims_go_with_their_leads_when_both_are_deleted(
    story: Story, leads: tuple[int, int], first_deleted: int
) -> None:
    for lead_id in leads:
        _set_phone(story, lead_id, P1)
    by_phone = story.message(P1)
    assert len(story.conflicts()) == 1

    _delete(story, leads[first_deleted])
    assert _lead_of(story, by_phone) == leads[1 - first_deleted]
    assert story.conflicts() == []

    _delete(story, leads[1 - first_deleted])
    row = conversation(story.connection, story.conversation_of(by_phone))
    assert (row.lead_id, row.canonical_key) == (None, f"phone:{story.business_id}:{P1}")
    assert story.threads(by_phone, story.message(P1)) == [0, 0]


def test_next_lead_has_the_person_when_evidence_alone_names_it(
    story: Story, leads: tuple[int, int]
) -> None:
    account = story.message(L1)
    for lead_id in leads:
        story.evidence("same", f"lead:{lead_id}", L1)
    assert _lead_of(story, account) == leads[0]

    _delete(story, leads[0])
    assert _lead_of(story, account) == leads[1]
    assert story.conflicts() == []


def test_deleted_lead_joins_nobody_when_its_claim_was_never_granted(
    story: Story, leads: tuple[int, int]
) -> None:
    """It had a person of its own; the one it claimed was another lead's. Both leads go."""
    own = story.message(L2, lead_id=leads[1])
    claimed = [story.message(L1, lead_id=lead_id) for lead_id in leads]
    for lead_id in (leads[1], leads[0]):
        _delete(story, lead_id)

    assert story.threads(own, *claimed, story.message(L1), story.message(L2)) == [0, 1, 1, 1, 0]
    assert story.conflicts() == []


def test_person_stays_whole_when_the_lead_that_joined_it_is_deleted(
    story: Story, leads: tuple[int, int]
) -> None:
    ids = [story.message(each, lead_id=leads[0]) for each in (P1, L1)]
    _delete(story, leads[0])

    assert story.threads(*ids, story.message(L1), story.message(P1)) == [0, 0, 0, 0]


def test_claim_is_withdrawn_when_the_phone_of_the_other_lead_is_corrected(
    story: Story, leads: tuple[int, int]
) -> None:
    for lead_id in leads:
        _set_phone(story, lead_id, P1)
    by_phone = story.message(P1)
    _set_phone(story, leads[1], P2)
    assert story.conflicts() == []

    # Nor does the corrected lead take the person when the other one goes.
    _delete(story, leads[0])
    corrected = story.message(P2)
    assert story.threads(by_phone, corrected) == [0, 1]
    assert _lead_of(story, by_phone) is None
    assert _lead_of(story, corrected) == leads[1]


def test_lead_keeps_the_person_when_its_phone_is_corrected(
    story: Story, leads: tuple[int, int]
) -> None:
    _set_phone(story, leads[0], P1)
    old = story.message(P1)
    _set_phone(story, leads[0], P2)

    assert story.threads(old, story.message(P2), story.message(P1)) == [0, 0, 0]
    assert _lead_of(story, old) == leads[0]


def test_phone_is_free_when_no_message_came_before_the_lead_let_it_go(
    story: Story, leads: tuple[int, int]
) -> None:
    _set_phone(story, leads[0], P1)
    _set_phone(story, leads[0], None)
    stranger = story.message(P1)

    assert _lead_of(story, stranger) is None
    assert story.conflicts() == []


def test_lead_has_not_the_person_when_a_human_says_different(
    story: Story, leads: tuple[int, int]
) -> None:
    _set_phone(story, leads[0], P1)
    by_phone = story.message(P1)
    story.evidence("different", f"lead:{leads[0]}", P1)

    assert _lead_of(story, by_phone) is None
    assert _lead_of(story, story.message(P1)) is None


def test_question_is_settled_when_a_human_says_different(
    story: Story, leads: tuple[int, int]
) -> None:
    first, _ = (story.message(L1, lead_id=lead_id) for lead_id in leads)
    story.evidence("different", f"lead:{leads[1]}", L1)

    assert story.conflicts() == []
    assert _lead_of(story, first) == leads[0]
