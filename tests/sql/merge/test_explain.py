"""explain_message(): why a message is where it is, step by step."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from tests.sql.query import add_lead, rows, scalar
from tests.sql.story import Story

P1, P2 = "+972521110001", "+972521110002"
L1 = "871000000000001@lid"
B1 = "IL.71000000000001"
PHONE, OTHER, LID, BSUID = f"phone::{P1}", f"phone::{P2}", "lid::871000000000001", f"bsuid::{B1}"


def _explain(story: Story, message_id: int) -> list[Any]:
    query = "select * from onethread.explain_message(%s, %s)"
    return rows(story.connection, query, story.business_id, message_id)


def _details(story: Story, message_id: int, step: str) -> list[str]:
    return [row.detail for row in _explain(story, message_id) if row.step == step]


def test_chain_is_told_with_sources_and_times_when_evidence_joined(story: Story) -> None:
    by_phone = story.message(P1, day=1)
    story.evidence("same", L1, P1, day=2)
    story.message(B1, contact_aliases=[L1], day=3)
    first, *steps = _explain(story, by_phone)
    *evidence, last = [row for row in steps if row.step != "merge"][1:]

    assert (first.step, first.detail, first.source) == ("address", f"{P1} = {PHONE}", "meta_cloud")
    assert (steps[0].step, steps[0].detail) == ("identifier", PHONE)
    assert [tuple(row) for row in evidence] == [
        ("evidence", f"{LID} same {PHONE}", "test", datetime(2026, 1, 2, 12, tzinfo=UTC)),
        ("evidence", f"{BSUID} same {LID}", "meta_cloud", datetime(2026, 1, 3, 12, tzinfo=UTC)),
    ]
    conversation_id = story.conversation_of(by_phone)
    key = f"phone:{story.business_id}:{P1}"
    assert (last.step, last.detail) == ("conversation", f"{conversation_id} ({key})")


def test_lead_is_told_when_it_joined(story: Story) -> None:
    lead_id = add_lead(story.connection, story.business_id, P1)
    by_phone = story.message(P1)
    story.message(L1, lead_id=lead_id)

    assert set(_details(story, by_phone, "evidence")) == {
        f"lead::{lead_id} same {PHONE}",
        f"lead::{lead_id} same {LID}",
    }


def test_epoch_is_told_when_a_phone_passed_on(story: Story) -> None:
    old = story.message(P1, day=1)
    story.evidence("replaced", P1, None, day=5)
    new = story.message(P1, day=9)

    [until] = _details(story, old, "identifier")
    [since] = _details(story, new, "identifier")
    assert until.startswith(f"{PHONE} until 2026-01-05")
    assert since.startswith(f"{PHONE} from 2026-01-05")


def test_merge_and_undo_are_told_when_threads_were_joined_by_hand(story: Story) -> None:
    first, second = story.message(P1), story.message(P2)
    ids = [story.conversation_of(each) for each in (first, second)]
    merge_id = scalar(
        story.connection,
        "select onethread.merge_conversations(%s, %s, %s, 'same voice')",
        story.business_id,
        *ids,
    )
    for each in (first, second):
        [merge] = [row for row in _explain(story, each) if row.step == "merge"]
        assert (merge.detail, merge.source) == (
            f"merge {merge_id}: {ids[1]} into {ids[0]}",
            "same voice",
        )
        assert _details(story, each, "evidence") == [f"{PHONE} merged {OTHER}"]

    story.connection.execute("select onethread.undo_merge(%s, %s)", [story.business_id, merge_id])
    for each in (first, second):
        assert _details(story, each, "merge") == [
            f"merge {merge_id}: {ids[1]} into {ids[0]} (undone)"
        ]
        assert _details(story, each, "evidence") == [f"{PHONE} different {OTHER}"]
        [detail] = _details(story, each, "conversation")
        assert detail.startswith(f"{story.conversation_of(each)} ")


def test_merges_of_merges_are_told_and_no_others(story: Story) -> None:
    ids = [story.message(f"+97252111{n:04d}") for n in range(5)]
    threads = [story.conversation_of(each) for each in ids]
    merges = [
        scalar(
            story.connection,
            "select onethread.merge_conversations(%s, %s, %s, 'test')",
            story.business_id,
            threads[survivor],
            threads[absorbed],
        )
        for survivor, absorbed in ((1, 0), (2, 1), (4, 3))
    ]

    assert _details(story, ids[0], "merge") == [
        f"merge {merges[0]}: {threads[0]} into {threads[1]}",
        f"merge {merges[1]}: {threads[1]} into {threads[2]}",
    ]


def test_evidence_is_called_pending_when_it_waits(story: Story) -> None:
    by_phone = story.message(P1)
    story.evidence("same", L1, P1)
    story.connection.execute("update whatsapp_identity_evidence set applied_at = null")

    assert _details(story, by_phone, "evidence") == [f"{LID} same {PHONE} (pending)"]


def test_reason_is_told_when_message_is_in_no_thread(story: Story) -> None:
    unreadable = story.message("Unknown")
    assert [tuple(row)[:2] for row in _explain(story, unreadable)] == [
        ("address", "Unknown"),
        ("conversation", "address identifies nobody"),
    ]


def test_explanation_fails_when_message_is_unknown(story: Story) -> None:
    with pytest.raises(psycopg.errors.NoDataFound):
        _explain(story, 0)
