"""A human answers: they are two people. Nothing moves, the question is settled, and stays so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from tests.sql.query import add_lead, rows, scalar
from tests.sql.story import Story

P1, P2, P3 = "972521110001", "972521110002", "972521110003"
L1, L2, L3 = "871000000000001@lid", "871000000000002@lid", "871000000000003@lid"
B1 = "IL.71000000000001"
GROUP = "120363000000000001@g.us"


def _recycled(story: Story) -> list[int]:
    """(L1, P); later (L2, P)."""
    return [
        story.message(P1, contact_aliases=[L1]),
        story.message(P1, contact_aliases=[L2]),
        story.message(P1),
        story.message(L1),
    ]


def _taken_over(story: Story) -> list[int]:
    """(L1, P1); message under P2; later (L1, P2)."""
    return [
        story.message(P1, contact_aliases=[L1]),
        story.message(P2),
        story.message(P2, contact_aliases=[L1]),
        story.message(P2),
    ]


def _two_phones(story: Story) -> list[int]:
    """Message under P1; message under P2; replaced(P1, P2)."""
    ids = [story.message(P1), story.message(P2)]
    story.evidence("replaced", f"+{P1}", f"+{P2}")
    return [*ids, story.message(P2), story.message(P1)]


def _accounts(story: Story) -> list[int]:
    """Two accounts of one kind that a third one's pairs would bring together."""
    return [
        story.message(L1, contact_aliases=[B1]),
        story.message(P1, contact_aliases=[L2]),
        story.message(B1, contact_aliases=[P1]),
    ]


def _leads(story: Story) -> list[int]:
    """Two leads claim one person; each has a person of its own besides."""
    one, two = (add_lead(story.connection, story.business_id) for _ in range(2))
    ids = [story.message(P1, lead_id=one), story.message(P2, lead_id=two)]
    return [*ids, story.message(P1, lead_id=two)]


CONFLICTS: dict[str, Callable[[Story], list[int]]] = {
    "recycled number": _recycled,
    "number taken over": _taken_over,
    "two phones": _two_phones,
    "accounts": _accounts,
    "leads": _leads,
}


def _declare(story: Story, first_id: int, second_id: int) -> None:
    story.connection.execute(
        "select onethread.declare_different(%s, %s, %s, 'me')",
        [story.business_id, first_id, second_id],
    )


def _state(story: Story) -> list[Any]:
    """All that says who is whom: identities, threads, and where each message is."""
    return [
        rows(story.connection, f"{query} where business_id = %s order by id", story.business_id)
        for query in (
            "select * from whatsapp_identity",
            "select * from whatsapp_conversation",
            "select id, conversation_id, identity_id, duplicate_of from whatsapp_message",
        )
    ]


@pytest.mark.parametrize("is_reversed", [False, True])
@pytest.mark.parametrize("conflict", CONFLICTS)
def test_all_stays_where_it_is_and_nobody_is_asked_again_when_they_are_two_people(
    story: Story, conflict: str, is_reversed: bool
) -> None:
    ids = CONFLICTS[conflict](story)
    threads = story.threads(*ids)
    [question] = story.conflicts()
    pair = [question.first_conversation_id, question.second_conversation_id]
    before = _state(story)
    _declare(story, *(reversed(pair) if is_reversed else pair))
    assert story.conflicts() == []
    assert _state(story) == before

    # Whatever makes the rule ask again, it says the same.
    again = [story.message(each) for each in (P1, P2)]
    story.connection.execute(
        "update whatsapp_identity_evidence set applied_at = null where business_id = %s",
        [story.business_id],
    )
    scalar(story.connection, "select onethread.apply_pending_evidence(%s)", story.business_id)
    assert story.threads(*ids, *again)[: len(ids)] == threads
    assert story.conflicts() == []
    _declare(story, *pair)
    assert story.conflicts() == []


@pytest.mark.parametrize("conflict", CONFLICTS)
def test_they_are_not_joined_by_hand_when_they_are_two_people(story: Story, conflict: str) -> None:
    CONFLICTS[conflict](story)
    [question] = story.conflicts()
    _declare(story, question.first_conversation_id, question.second_conversation_id)
    refusal = scalar(
        story.connection,
        "select refusal from onethread.preview_merge(%s, %s, %s)",
        story.business_id,
        question.first_conversation_id,
        question.second_conversation_id,
    )
    assert refusal == 'evidence "different" says that they are two people'


def test_evidence_that_comes_after_joins_nobody_and_is_asked_about_once(story: Story) -> None:
    ids = _recycled(story)
    threads = story.threads(*ids)
    [question] = story.conflicts()
    pair = question.first_conversation_id, question.second_conversation_id
    _declare(story, *pair)
    # As if it had been said long before what comes now.
    story.connection.execute(
        "update whatsapp_identity_evidence set observed_at = '2026-01-20Z' "
        "where business_id = %s and relation = 'different'",
        [story.business_id],
    )
    for account in (L1, L2):
        story.message(account, day=21, contact_aliases=[B1])
    story.message(L1, day=22, contact_aliases=[B1])
    assert story.threads(*ids) == threads
    assert [row.reason for row in story.conflicts()] == ["somebody said that they are two people"]
    _declare(story, *pair)
    assert story.conflicts() == []
    story.message(L1, day=23, contact_aliases=[B1])
    assert story.conflicts() == []
    assert story.threads(*ids) == threads


@pytest.mark.parametrize("relation", ["same", "replaced"])
def test_pair_that_a_human_denied_is_asked_about_when_it_is_attested_later(
    story: Story, relation: str
) -> None:
    account, phone = story.message(L1), story.message(P1)
    story.evidence("different", L1, f"+{P1}")
    story.evidence(relation, L1, f"+{P1}")
    assert story.threads(account, phone) == [0, 1]
    [question] = story.conflicts()
    assert question.reason == "somebody said that they are two people"

    # Said again it is answered; in any case the pair counts no more.
    story.evidence("different", L1, f"+{P1}")
    assert story.conflicts() == []
    assert story.threads(account, phone) == [0, 1]


def test_nothing_is_asked_when_the_pair_was_attested_before_a_human_denied_it(
    story: Story,
) -> None:
    account, phone = story.message(L1), story.message(P1)
    story.evidence("different", L1, f"+{P1}", day=20)
    story.evidence("same", L1, f"+{P1}", day=10)
    assert story.threads(account, phone) == [0, 1]
    assert story.conflicts() == []


def test_phone_denied_to_an_account_is_said_of_the_phone_at_all_times(story: Story) -> None:
    """The plain word, of two identifiers, wins over that of two persons."""
    ids = _taken_over(story)
    [question] = story.conflicts()
    _declare(story, question.first_conversation_id, question.second_conversation_id)
    assert story.threads(*ids) == [0, 1, 0, 0]
    story.evidence("different", L1, f"+{P2}")
    assert story.threads(*ids)[:2] == [0, 1]
    assert story.conversation_of(ids[3]) == story.conversation_of(ids[1])


def test_join_is_undone_for_good_when_two_people_were_said_of_others(story: Story) -> None:
    phone, account = story.message(P1), story.message(L1)
    story.message(L1, contact_aliases=[P1])
    other = story.message(P1, contact_aliases=[L2])
    [question] = story.conflicts()
    _declare(story, question.first_conversation_id, question.second_conversation_id)
    merge_id = scalar(
        story.connection,
        "select id from onethread.whatsapp_conversation_merge where business_id = %s",
        story.business_id,
    )
    story.connection.execute("select onethread.undo_merge(%s, %s)", [story.business_id, merge_id])
    assert story.threads(phone, account, other)[:2] == [0, 1]
    story.message(L1, contact_aliases=[P1])
    assert story.threads(phone, account)[:2] == [0, 1]


def _same(story: Story) -> tuple[int, int]:
    one = story.conversation_of(story.message(P1))
    return one, one


def _unknown(story: Story) -> tuple[int, int]:
    return story.conversation_of(story.message(P1)), 0


def _group(story: Story) -> tuple[int, int]:
    person = story.message(P1)
    group = story.message(GROUP, participant=L1)
    return story.conversation_of(person), story.conversation_of(group)


def _nobody(story: Story) -> tuple[int, int]:
    nameless = scalar(
        story.connection,
        "insert into whatsapp_conversation (business_id) values (%s) returning id",
        story.business_id,
    )
    return story.conversation_of(story.message(P1)), nameless


def _one_phone(story: Story) -> tuple[int, int]:
    first = story.message(P1)
    story.evidence("replaced", f"+{P1}", None)
    return story.conversation_of(first), story.conversation_of(story.message(P1))


REFUSED = {
    _same: (psycopg.errors.NoDataFound, "is not two people: it is one conversation"),
    _unknown: (psycopg.errors.NoDataFound, "there is no conversation 0"),
    _group: (
        psycopg.errors.ObjectNotInPrerequisiteState,
        "is a group, which is never joined with anybody",
    ),
    _nobody: (psycopg.errors.ObjectNotInPrerequisiteState, "no identifier leads to"),
    _one_phone: (psycopg.errors.ObjectNotInPrerequisiteState, "both are of one phone"),
}


@pytest.mark.parametrize("make", REFUSED, ids=lambda make: make.__name__)
def test_reason_is_given_when_it_cannot_be_said(
    story: Story, make: Callable[[Story], tuple[int, int]]
) -> None:
    error, reason = REFUSED[make]
    pair = make(story)
    for first_id, second_id in (pair, pair[::-1]):
        with pytest.raises(error, match=reason), story.connection.transaction():
            _declare(story, first_id, second_id)
    query = "select count(*) from whatsapp_identity_evidence where relation = 'different'"
    assert scalar(story.connection, query) == 0
