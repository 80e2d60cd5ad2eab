"""How often the rule is asked: it is what a join of many takes its time with."""

from __future__ import annotations

import pytest

from tests.sql.query import scalar
from tests.sql.story import Story

PHONE, LID = "972521110001", "871000000000001@lid"


@pytest.fixture
def story(story: Story) -> Story:
    """Two people, and calls are counted from now on."""
    story.message(PHONE)
    story.message(LID)
    story.connection.execute("set local track_functions = 'pl'")
    return story


def test_rule_is_asked_twice_when_message_joins_two(story: Story) -> None:
    """To see that it is a join, and again when all of them are held."""
    story.message(PHONE, contact_aliases=[LID])

    assert _runs(story) == 2


def test_rule_is_asked_twice_when_two_are_joined_by_hand(story: Story) -> None:
    """Whether a human called them two people, and when all of them are held."""
    story.connection.execute(
        "select onethread.merge_conversations(business_id, min(id), max(id), 'test') "
        "from whatsapp_conversation where business_id = %s group by business_id",
        [story.business_id],
    )

    assert _runs(story) == 2


def _runs(story: Story) -> int:
    assert story.count("whatsapp_conversation") == 1
    return int(
        scalar(
            story.connection,
            "select calls from pg_stat_xact_user_functions where funcname = 'decide_component'",
        )
    )
