"""What preview_merge() says is what merge_conversations() does, or refuses."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from tests.conftest import Connection, add_business, insert
from tests.sql.query import add_lead, conversation, message, rows, scalar
from tests.sql.story import Story

P1, P2, P3 = "+972521110001", "+972521110002", "+972521110003"
L1, L2 = "871000000000001@lid", "871000000000002@lid"
GROUP = "120363000000000001@g.us"


def _preview(story: Story, survivor_id: int, absorbed_id: int) -> Any:
    [row] = rows(
        story.connection,
        "select * from onethread.preview_merge(%s, %s, %s)",
        story.business_id,
        survivor_id,
        absorbed_id,
    )
    return row


def _merge(story: Story, survivor_id: int, absorbed_id: int) -> int:
    query = "select onethread.merge_conversations(%s, %s, %s, 'test')"
    return int(scalar(story.connection, query, story.business_id, survivor_id, absorbed_id))


def _assert_refused(story: Story, survivor_id: int, absorbed_id: int, reason: str) -> None:
    """Preview and merge give the same reason, and nothing has happened."""
    before = rows(story.connection, "select * from whatsapp_conversation order by id")
    assert _preview(story, survivor_id, absorbed_id) == (reason, None, None, None, None)
    with (
        pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState) as error,
        story.connection.transaction(),
    ):
        _merge(story, survivor_id, absorbed_id)
    assert str(error.value).splitlines()[0].endswith(f": {reason}")
    assert rows(story.connection, "select * from whatsapp_conversation order by id") == before
    assert story.count("onethread.whatsapp_conversation_merge") == 0


def test_same_conversation_is_refused_when_joined_with_itself(story: Story) -> None:
    one = story.conversation_of(story.message(P1))
    _assert_refused(story, one, one, "they are the same conversation")


@pytest.mark.parametrize("is_survivor", [True, False])
def test_conversation_of_another_business_is_refused_when_joined(
    story: Story, is_survivor: bool
) -> None:
    one = story.conversation_of(story.message(P1))
    other_id = add_business(story.connection, "Other")
    foreign = insert(story.connection, other_id, "inbound", address=P1).conversation_id
    pair = (foreign, one) if is_survivor else (one, foreign)
    reason = f"there is no conversation {foreign} in business {story.business_id}"
    _assert_refused(story, *pair, reason)


@pytest.mark.parametrize("is_survivor", [True, False])
def test_group_is_refused_when_joined_with_a_person(story: Story, is_survivor: bool) -> None:
    pair = [story.conversation_of(story.message(each)) for each in (P1, GROUP)]
    _assert_refused(
        story, *(pair if is_survivor else pair[::-1]), "only conversations of persons can be joined"
    )


@pytest.mark.parametrize(
    ("a", "b"),
    [(P1, P2), (P2, P1), (L1, P2), ("lead", P2), (P1, "other lead"), ("other lead", "lead")],
)
def test_two_people_are_refused_when_a_human_said_different(story: Story, a: str, b: str) -> None:
    """Of whatever identifiers of theirs, or of their leads, it was said."""
    leads = {name: add_lead(story.connection, story.business_id) for name in ("lead", "other lead")}
    first = story.message(P1, contact_aliases=[L1], lead_id=leads["lead"])
    second = story.message(P2, lead_id=leads["other lead"])
    a, b = (f"lead:{leads[each]}" if each in leads else each for each in (a, b))
    story.evidence("different", a, b)
    _assert_refused(
        story,
        story.conversation_of(first),
        story.conversation_of(second),
        'evidence "different" says that they are two people',
    )


def test_conversation_without_identifier_is_refused_when_joined(story: Story) -> None:
    one = story.conversation_of(story.message(P1))
    bare = scalar(
        story.connection,
        "insert into whatsapp_conversation (business_id) values (%s) returning id",
        story.business_id,
    )
    _assert_refused(story, one, bare, "a conversation without an identifier cannot be joined")


def test_older_snapshot_is_refused_when_joined(database: str) -> None:
    with psycopg.connect(database) as connection:
        story = Story(connection, add_business(connection))
        pair = [story.conversation_of(story.message(each)) for each in (P1, P2)]
        connection.commit()
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        assert _preview(story, *pair).refusal == "the transaction is not READ COMMITTED"
        with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState, match="READ COMMITTED"):
            _merge(story, *pair)


def test_preview_says_what_merge_does_when_it_is_allowed(
    story: Story, connection: Connection
) -> None:
    low, high = (add_lead(connection, story.business_id) for _ in range(2))
    kept = [
        story.message(P1, lead_id=high, provider_message_id="A"),
        story.message(P1, provider_message_id="B"),
    ]
    gone = [
        story.message(P2, contact_aliases=[L2], lead_id=low, provider_message_id="A"),
        story.message(L2, provider_message_id="B"),
        story.message(L2, provider_message_id="C"),
    ]
    survivor_id, absorbed_id = story.conversation_of(kept[0]), story.conversation_of(gone[0])
    preview = _preview(story, survivor_id, absorbed_id)
    assert preview == (None, 3, [P2, L2], 2, low)
    assert story.threads(*kept, *gone) == [0, 0, 2, 2, 2]

    _merge(story, survivor_id, absorbed_id)
    assert story.threads(*kept, *gone) == [0, 0, 0, 0, 0]
    assert conversation(connection, survivor_id).lead_id == preview.lead_id
    copies = [message(connection, each).duplicate_of for each in gone]
    assert copies == [kept[0], kept[1], None]
    moved = scalar(
        connection,
        "select onethread.conversation_identifiers(%s, %s)",
        story.business_id,
        survivor_id,
    )
    assert set(moved) == {P1, *preview.identities}
