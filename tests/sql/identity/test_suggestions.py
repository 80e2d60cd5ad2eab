"""What is claimed is a question for a human while its two sides lead to two threads."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from tests.conftest import add_business, insert
from tests.sql.query import add_lead, add_own_number, rows, scalar
from tests.sql.story import Story

LID, OTHER_LID = "100000000000001@lid", "100000000000002@lid"
PHONE, OTHER_PHONE = "+972501110001", "+972501110002"


def suggested(story: Story) -> list[set[int]]:
    """The pairs of threads that a human is asked about."""
    questions = [each for each in story.conflicts() if each.kind == "suggestion"]
    assert all(each.weight == "claimed" for each in questions)
    return [{each.first_conversation_id, each.second_conversation_id} for each in questions]


def threads_of(story: Story, *messages: int) -> set[int]:
    return {story.conversation_of(each) for each in messages}


@pytest.mark.parametrize("order", ["claim first", "claim between", "claim last"])
def test_suggestion_opens_when_the_second_thread_appears(story: Story, order: str) -> None:
    if order == "claim first":
        story.claim(LID, PHONE)
    first = story.message(LID)
    if order == "claim between":
        story.claim(LID, PHONE)
    assert suggested(story) == []
    second = story.message(PHONE)
    if order == "claim last":
        story.claim(LID, PHONE)
    assert suggested(story) == [threads_of(story, first, second)]


def test_one_side_is_a_group_then_nothing_is_asked(story: Story) -> None:
    story.message("120363000000000001@g.us", participant=LID)
    story.message(LID)
    story.claim(LID, "120363000000000001@g.us")
    assert suggested(story) == []


def test_lead_is_a_side_when_a_form_claims_a_phone(story: Story) -> None:
    lead = add_lead(story.connection, story.business_id, "0501110002")
    first, second = story.message(OTHER_PHONE), story.message(PHONE)
    story.claim(f"lead:{lead}", PHONE)
    assert suggested(story) == [threads_of(story, first, second)]


def test_suggestion_closes_when_they_become_one(story: Story) -> None:
    story.message(LID)
    story.message(PHONE)
    story.claim(LID, PHONE)
    story.message(LID, contact_aliases=[PHONE])
    assert suggested(story) == []


def test_suggestion_closes_when_a_human_says_two_people_and_does_not_come_back(
    story: Story,
) -> None:
    first, second = story.message(LID), story.message(PHONE)
    story.claim(LID, PHONE)
    story.connection.execute(
        "select onethread.declare_different(%s, %s, %s, 'test')",
        [story.business_id, *sorted(threads_of(story, first, second))],
    )
    assert suggested(story) == []
    story.message(PHONE)
    story.claim(LID, PHONE, 1)
    assert suggested(story) == []
    assert story.threads(first, second) == [0, 1]


def accept(story: Story, survivor: int, absorbed: int) -> int:
    query = "select onethread.merge_conversations(%s, %s, %s, 'accepted')"
    return int(scalar(story.connection, query, story.business_id, survivor, absorbed))


def test_accepted_suggestion_is_a_join_that_can_be_undone(story: Story) -> None:
    first, second = story.message(LID), story.message(PHONE)
    story.claim(LID, PHONE)
    merge = accept(story, story.conversation_of(first), story.conversation_of(second))
    assert suggested(story) == []
    assert story.threads(first, second, story.message(PHONE)) == [0, 0, 0]
    assert scalar(story.connection, "select weight from whatsapp_identity_evidence "
                  "where relation = 'same'") == "claimed"  # fmt: skip
    story.connection.execute("select onethread.undo_merge(%s, %s)", [story.business_id, merge])
    assert story.threads(first, second, story.message(LID)) == [0, 1, 0]
    assert suggested(story) == []


def test_suggestion_follows_its_thread_through_a_join_and_its_undo(story: Story) -> None:
    first, second, third = story.message(LID), story.message(PHONE), story.message(OTHER_PHONE)
    story.claim(LID, PHONE)
    merge = accept(story, story.conversation_of(third), story.conversation_of(second))
    assert suggested(story) == [threads_of(story, first, third)]
    story.connection.execute("select onethread.undo_merge(%s, %s)", [story.business_id, merge])
    assert suggested(story) == [threads_of(story, first, second)]
    assert len(threads_of(story, second, third)) == 2


def test_suggestion_follows_the_phone_to_its_next_owner(story: Story) -> None:
    first = story.message(PHONE, 1)
    other = story.message("IL.101", 2)
    story.claim("IL.101", PHONE, 3)
    assert suggested(story) == [threads_of(story, first, other)]
    story.evidence("replaced", PHONE, None, 4)
    assert suggested(story) == []
    late = story.message(PHONE, 5)
    assert story.threads(first, late) == [0, 1]
    assert suggested(story) == [threads_of(story, late, other)]


def test_nothing_is_asked_when_the_person_would_have_two_accounts_of_a_kind(story: Story) -> None:
    story.message(LID)
    story.message(OTHER_LID, contact_aliases=[PHONE])
    story.claim(LID, PHONE)
    story.claim(LID, OTHER_LID)
    assert suggested(story) == []


def test_suggestion_is_gone_when_one_of_the_two_is_erased(story: Story) -> None:
    story.message(LID)
    story.message(PHONE)
    story.claim(LID, PHONE)
    scalar(story.connection, "select onethread.start_erasure(%s, %s)", story.business_id, PHONE)
    assert suggested(story) == []
    assert story.count("whatsapp_identity_evidence") == 0


def test_suggestion_is_gone_when_one_of_the_two_is_an_own_number(story: Story) -> None:
    story.message(LID)
    story.message(PHONE)
    story.claim(LID, PHONE)
    add_own_number(story.connection, story.business_id, "phone", PHONE)
    assert suggested(story) == []
    story.connection.execute(
        "delete from business_number where business_id = %s", [story.business_id]
    )
    assert len(suggested(story)) == 1


def test_account_that_claims_everybody_asks_one_question(story: Story) -> None:
    phones = [f"+9725011101{number:02d}" for number in range(30)]
    mine = story.message(LID, 1)
    victims = [story.message(phone, 2) for phone in phones]
    for position, phone in enumerate(phones):
        story.claim(LID, phone, 3 + position // 2)
    assert suggested(story) == [threads_of(story, mine, victims[0])]
    # A phone that appears later is no further question.
    story.claim(LID, "+972501110299", 20)
    story.message("+972501110299", 21)
    assert suggested(story) == [threads_of(story, mine, victims[0])]
    story.connection.execute(
        "select onethread.declare_different(%s, %s, %s, 'test')",
        [story.business_id, *suggested(story)[0]],
    )
    assert suggested(story) == []


def test_suggestion_is_stored_when_both_first_messages_come_at_once(database: str) -> None:
    """Neither session would see the other's thread while it makes its own: the second waits."""
    with (
        psycopg.connect(database, autocommit=True) as one,
        psycopg.connect(database, autocommit=True) as other,
    ):
        business_id = add_business(one)
        claim(one, business_id)
        with one.transaction():
            insert(one, business_id, "inbound", address=LID, provider="waha")
            other.execute("set lock_timeout = '200ms'")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                insert(other, business_id, "inbound", address=PHONE, provider="waha")
        insert(other, business_id, "inbound", address=PHONE, provider="waha")
        assert open_suggestions(one) == 1
        assert rows(one, "select * from thread_integrity") == []


@pytest.mark.parametrize("is_claim_first", [True, False])
def test_suggestion_is_stored_when_claim_and_thread_come_at_once(
    database: str, is_claim_first: bool
) -> None:
    with (
        psycopg.connect(database, autocommit=True) as one,
        psycopg.connect(database, autocommit=True) as other,
    ):
        business_id = add_business(one)
        insert(one, business_id, "inbound", address=LID, provider="waha")
        if is_claim_first:
            with one.transaction():
                claim(one, business_id)
                other.execute("set lock_timeout = '200ms'")
                with pytest.raises(psycopg.errors.LockNotAvailable):
                    insert(other, business_id, "inbound", address=PHONE, provider="waha")
            insert(other, business_id, "inbound", address=PHONE, provider="waha")
        else:
            with one.transaction():
                insert(one, business_id, "inbound", address=PHONE, provider="waha")
                claim(other, business_id)
        scalar(one, "select onethread.apply_pending_evidence(%s)", business_id)
        assert open_suggestions(one) == 1


def claim(connection: psycopg.Connection[Any], business_id: int) -> None:
    connection.execute(
        "insert into whatsapp_identity_evidence (business_id, a, b, relation, weight) "
        "values (%s, %s, %s, 'same', 'claimed')",
        [business_id, LID, PHONE],
    )


def open_suggestions(connection: psycopg.Connection[Any]) -> int:
    query = (
        "select count(*) from onethread.whatsapp_identity_conflict "
        "where kind = 'suggestion' and settled_at is null"
    )
    return int(scalar(connection, query))
