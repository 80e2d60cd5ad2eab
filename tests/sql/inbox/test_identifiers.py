"""In which order a person's identifiers are shown."""

from __future__ import annotations

from tests.sql.query import scalar
from tests.sql.story import Story

PHONES = ["972521110001", "972521110002", "972521110003"]
LIDS = ["871000000000001@lid", "871000000000002@lid"]


def test_identifier_of_today_comes_before_a_former_one_when_listed(story: Story) -> None:
    for phone in PHONES:
        story.message(phone, contact_aliases=[LIDS[0]])
    story.message(PHONES[0], contact_aliases=[LIDS[1]])

    conversation_id = story.conversation_of(story.message(LIDS[0]))
    used, other, former = f"+{PHONES[2]}", f"+{PHONES[1]}", f"+{PHONES[0]}"
    listed = scalar(
        story.connection,
        "select addresses from whatsapp_inbox where business_id = %s and conversation_id = %s",
        story.business_id,
        conversation_id,
    )
    assert listed == [used, LIDS[0], other, former]
    assert scalar(
        story.connection,
        "select onethread.conversation_keys(%s, %s)",
        story.business_id,
        conversation_id,
    ) == [f"phone::{used}", f"lid::{LIDS[0][:-4]}", f"phone::{other}", f"phone::{former}"]
