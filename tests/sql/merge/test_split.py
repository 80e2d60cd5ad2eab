"""A human says that an address is somebody else's: altogether, or a phone from a time on."""

from __future__ import annotations

import psycopg
import pytest

from tests.sql.query import scalar
from tests.sql.story import Story

P1 = "+972521110001"
L1, L2 = "871000000000001@lid", "871000000000002@lid"
B1 = "IL.71000000000001"


def _split(story: Story, kind: str, value: str, since: str | None = None) -> int | None:
    found: int | None = scalar(
        story.connection,
        "select onethread.split_identifier(%s, %s, %s, %s)",
        story.business_id,
        kind,
        value.partition("@")[0],
        since,
    )
    return found


@pytest.mark.parametrize(("kind", "address"), [("lid", L1), ("bsuid", B1), ("phone", P1)])
def test_address_is_somebody_else_when_split(story: Story, kind: str, address: str) -> None:
    ids = {each: story.message(each) for each in (P1, L1, B1)}
    story.message(L1, contact_aliases=[P1])
    story.message(B1, contact_aliases=[L1, P1])
    assert len(set(story.threads(*ids.values()))) == 1

    parted = _split(story, kind, address)
    rest = [each for each in ids if each != address]
    assert parted == story.conversation_of(ids[address])
    assert story.threads(*(ids[each] for each in [*rest, address])) == [0, 0, 2]

    # And stays so: a message that says the contrary does not join them again.
    later = [story.message(address, contact_aliases=[each]) for each in rest]
    assert story.threads(ids[rest[0]], ids[rest[1]], ids[address]) == [0, 0, 2]
    assert None not in map(story.conversation_of, later)


def test_old_id_leads_to_the_split_address_when_it_had_a_thread(story: Story) -> None:
    phone, account = story.message(P1), story.message(L1)
    before = story.conversation_of(account)
    story.evidence("same", P1, L1)
    assert story.threads(phone, account) == [0, 0]

    assert _split(story, "lid", L1) == before
    query = "select onethread.find_conversation_by_id(%s, %s)"
    assert scalar(story.connection, query, story.business_id, before) == before
    assert story.threads(phone, account) == [0, 1]


def test_messages_part_by_their_time_when_phone_is_split_since(story: Story) -> None:
    first = story.message(P1, contact_aliases=[L1], day=1)
    old, new = story.message(P1, day=3), story.message(P1, day=9)
    parted = _split(story, "phone", P1, "2026-01-05Z")

    assert parted == story.conversation_of(new)
    late, later = story.message(P1, day=4), story.message(P1, day=10)
    account = story.message(L1, day=11)
    assert story.threads(first, old, late, account, new, later) == [0, 0, 0, 0, 4, 4]


def test_phone_ends_twice_when_split_twice(story: Story) -> None:
    ids = [story.message(P1, day=day) for day in (1, 5, 9)]
    for since in ("2026-01-03Z", "2026-01-07Z"):
        _split(story, "phone", P1, since)

    assert story.threads(*ids) == [0, 1, 2]


def test_phone_is_nobodys_when_nobody_wrote_since_the_split(story: Story) -> None:
    old = story.message(P1, day=1)
    assert _split(story, "phone", P1, "2026-01-05Z") is None

    assert story.threads(old, story.message(P1, day=9)) == [0, 1]


def test_new_account_has_the_phone_when_it_was_split_before(story: Story) -> None:
    first = story.message(P1, contact_aliases=[L1], day=1)
    _split(story, "phone", P1, "2026-01-05Z")
    second = story.message(P1, contact_aliases=[L2], day=9)

    assert story.threads(first, second, story.message(P1, day=10), story.message(L1, day=11)) == [
        *(0, 1, 1, 0)
    ]


def test_account_is_refused_when_split_since(story: Story) -> None:
    story.message(L1)
    with pytest.raises(psycopg.errors.InvalidParameterValue, match="one person for good"):
        _split(story, "lid", L1, "2026-01-05Z")


def test_unknown_address_is_refused_when_split(story: Story) -> None:
    story.evidence("same", P1, L1)  # known, but nobody has written
    with pytest.raises(psycopg.errors.NoDataFound):
        _split(story, "phone", P1)
