"""What is only claimed joins nobody; what has no time of its own moves nothing that has one."""

from __future__ import annotations

import itertools

import psycopg
import pytest

from tests.conftest import Connection
from tests.sql.query import rows, scalar
from tests.sql.story import Story

LID, OTHER_LID = "100000000000001@lid", "100000000000002@lid"
PHONE, OTHER_PHONE = "+972501110001", "+972501110002"


def test_claim_joins_nobody_when_both_have_threads(story: Story) -> None:
    first, second = story.message(LID), story.message(PHONE)
    story.claim(LID, PHONE)
    assert story.threads(first, second, story.message(LID), story.message(PHONE)) == [0, 1, 0, 1]


def test_claim_is_not_used_when_one_of_the_two_appears_later(story: Story) -> None:
    story.claim(LID, PHONE)
    story.claim(PHONE, OTHER_PHONE)
    story.claim("lead:7", PHONE)
    assert story.threads(story.message(LID), story.message(PHONE), story.message(OTHER_PHONE)) == [
        0,
        1,
        2,
    ]


def test_claimed_number_change_ends_no_epoch(story: Story) -> None:
    before = story.message(PHONE)
    story.evidence("replaced", PHONE, OTHER_PHONE, weight="claimed")
    assert story.threads(before, story.message(PHONE), story.message(OTHER_PHONE)) == [0, 0, 2]
    story.evidence("replaced", PHONE, None, weight="claimed")
    reason = "select inert_reason from whatsapp_identity_evidence where b is null"
    assert scalar(story.connection, reason) == "a claim ends no phone"


@pytest.mark.parametrize("weights", list(itertools.permutations(["attested", "claimed"])))
def test_pair_is_kept_once_for_each_weight_with_its_own_time(
    story: Story, weights: tuple[str, str]
) -> None:
    for weight in weights:
        story.evidence("same", LID, PHONE, 5 if weight == "claimed" else 6, weight)
        story.evidence("same", PHONE, LID, 3 if weight == "claimed" else 9, weight)
    query = (
        "select weight, extract(day from observed_at at time zone 'UTC')::int as day "
        "from whatsapp_identity_evidence order by weight"
    )
    assert rows(story.connection, query) == [("attested", 6), ("claimed", 3)]


def test_message_attests_when_its_pair_was_claimed_before(story: Story) -> None:
    story.claim(LID, PHONE, 1)
    first = story.message(PHONE, 2)
    both = story.message(LID, 3, contact_aliases=[PHONE])
    assert story.threads(first, both, story.message(LID, 4)) == [0, 0, 0]
    assert story.conflicts() == []


def test_epoch_begins_with_what_is_attested_when_it_was_claimed_earlier(story: Story) -> None:
    """A claim that re-dated the pair would take the messages before it along."""
    story.message(OTHER_LID, 1, contact_aliases=[PHONE])
    story.claim(LID, PHONE, 2)
    early = story.message(PHONE, 3)
    story.message(LID, 4, contact_aliases=[PHONE])
    late = story.message(PHONE, 5)
    owner, other = story.message(OTHER_LID, 6), story.message(LID, 6)
    assert story.threads(early, late, owner, other) == [0, 1, 0, 1]


def test_claims_count_for_no_cap(story: Story) -> None:
    for number in range(30):
        story.claim(f"1000000000001{number:02d}@lid", PHONE, 1)
        story.claim(LID, f"+9725011101{number:02d}", 1)
    assert story.count("onethread.shared_phone") == 0
    story.message(PHONE)
    both = story.message(LID, contact_aliases=[PHONE])
    assert story.threads(both, story.message(PHONE)) == [0, 0]


@pytest.mark.parametrize("relation", ["different", "merged"])
def test_only_what_says_one_person_is_claimed(story: Story, relation: str) -> None:
    with pytest.raises(psycopg.errors.CheckViolation, match="evidence_weight_check"):
        story.evidence(relation, LID, PHONE, weight="claimed")


@pytest.mark.parametrize("column", ["weight", "is_undated"])
def test_weight_is_a_writers_to_give(connection: Connection, column: str) -> None:
    query = (
        "select has_column_privilege("
        "'onethread_writer', 'public.whatsapp_identity_evidence', %s, 'insert')"
    )
    assert scalar(connection, query, column) is True


# -- what has no time of its own


@pytest.mark.parametrize("is_first", [True, False])
def test_address_book_moves_nothing_when_the_phone_was_seen_with_another_account(
    story: Story, is_first: bool
) -> None:
    def tell() -> None:
        story.evidence("same", LID, PHONE, 10 if is_first else 12, is_undated=True)

    old = story.message(LID, 1)
    if is_first:
        tell()
    seen = story.message(OTHER_LID, 11, contact_aliases=[PHONE])
    if not is_first:
        tell()
    assert story.threads(old, seen, story.message(PHONE, 13), story.message(PHONE, 2)) == [
        0,
        1,
        1,
        1,
    ]
    [conflict] = story.conflicts()
    assert (conflict.kind, conflict.a, conflict.b) == ("conflict", LID, PHONE)
    assert "address book" in conflict.reason


def test_address_book_joins_when_nothing_that_was_seen_says_otherwise(story: Story) -> None:
    first, second = story.message(LID, 1), story.message(PHONE, 2)
    story.evidence("same", LID, PHONE, 3, is_undated=True)
    assert story.threads(first, second) == [0, 0]


@pytest.mark.parametrize("is_first", [True, False])
def test_pair_has_the_time_at_which_it_was_seen_when_an_address_book_has_it_too(
    story: Story, is_first: bool
) -> None:
    if is_first:
        story.evidence("same", LID, PHONE, 1, is_undated=True)
    story.message(LID, 5, contact_aliases=[PHONE])
    if not is_first:
        story.evidence("same", LID, PHONE, 1, is_undated=True)
    query = (
        "select is_undated, extract(day from observed_at at time zone 'UTC')::int as day "
        "from whatsapp_identity_evidence"
    )
    assert rows(story.connection, query) == [(False, 5)]
