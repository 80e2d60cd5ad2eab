"""How far a thread was read: through a join, its undo, and what parts it later."""

from __future__ import annotations

import pytest

from tests.sql.query import rows, scalar
from tests.sql.story import Story

P1, P2, P3 = "+972521110001", "+972521110002", "+972521110003"
L1 = "871000000000001@lid"


def _read(story: Story, message_id: int) -> None:
    story.connection.execute(
        "select onethread.mark_read(business_id, conversation_id, id) "
        "from whatsapp_message where business_id = %s and id = %s",
        [story.business_id, message_id],
    )


def _unread(story: Story, *message_ids: int) -> list[int]:
    """Those of the messages that are unread in their thread, oldest first."""
    return [
        row.id
        for row in rows(
            story.connection,
            "select m.id from whatsapp_message m left join onethread.conversation_read r "
            "on r.business_id = m.business_id and r.conversation_id = m.conversation_id "
            "where m.business_id = %s and m.id = any (%s) and m.direction = 'inbound' and "
            "(m.sent_at, m.id) > (coalesce(r.sent_at, '1970-01-01Z'), coalesce(r.message_id, 0)) "
            "order by m.sent_at, m.id",
            story.business_id,
            list(message_ids),
        )
    ]


def _merge(story: Story, survivor: int, absorbed: int) -> int:
    """Joins the threads of two messages; returns the id of the merge."""
    return int(
        scalar(
            story.connection,
            "select onethread.merge_conversations(%s, %s, %s, 'test')",
            story.business_id,
            story.conversation_of(survivor),
            story.conversation_of(absorbed),
        )
    )


def _undo(story: Story, merge_id: int) -> None:
    story.connection.execute("select onethread.undo_merge(%s, %s)", [story.business_id, merge_id])


def _healthy(story: Story) -> None:
    query = "select * from thread_integrity where business_id = %s"
    assert rows(story.connection, query, story.business_id) == []
    # A mark is at an inbound message of its own thread.
    query = (
        "select * from onethread.conversation_read r where r.business_id = %s and not exists ("
        "select from whatsapp_message m where m.business_id = r.business_id "
        "and m.conversation_id = r.conversation_id and m.id = r.message_id "
        "and m.sent_at = r.sent_at and m.direction = 'inbound')"
    )
    assert rows(story.connection, query, story.business_id) == []


@pytest.mark.parametrize("is_reversed", [False, True])
@pytest.mark.parametrize(
    ("read", "joined"),
    [
        # The threads are a1 b2 a3 b4: who read what, and what is unread then.
        ((), ("a1", "b2", "a3", "b4")),
        (("a3", "b4"), ()),
        (("a3",), ("b2", "a3", "b4")),
        (("b4",), ("a1", "b2", "a3", "b4")),
        (("a1", "b4"), ("a3", "b4")),
        (("a3", "b2"), ("b4",)),
    ],
)
def test_nothing_unread_becomes_read_when_threads_are_joined(
    story: Story, read: tuple[str, ...], joined: tuple[str, ...], is_reversed: bool
) -> None:
    named = {name: story.message(P1 if name[0] == "a" else P2) for name in ("a1", "b2", "a3", "b4")}
    for name in read:
        _read(story, named[name])
    before = _unread(story, *named.values())
    pair = (named["b2"], named["a1"]) if is_reversed else (named["a1"], named["b2"])
    merge_id = _merge(story, *pair)
    assert _unread(story, *named.values()) == [named[name] for name in joined]
    _healthy(story)

    _undo(story, merge_id)
    assert _unread(story, *named.values()) == before
    _healthy(story)


def test_mark_of_one_holds_when_the_other_has_no_inbound_message(story: Story) -> None:
    first = story.message(P1)
    sent = _outbound(story, P2)
    second = story.message(P1)
    _read(story, second)
    merge_id = _merge(story, sent, first)
    assert _unread(story, first, second) == []
    _undo(story, merge_id)
    assert _unread(story, first, second) == []
    _healthy(story)


def test_what_was_read_together_stays_read_when_the_join_is_undone(story: Story) -> None:
    first, second = story.message(P1), story.message(P2)
    merge_id = _merge(story, first, second)
    third, fourth = story.message(P1), story.message(P2)
    _read(story, third)
    _undo(story, merge_id)
    assert _unread(story, first, second, third, fourth) == [fourth]
    _healthy(story)


@pytest.mark.parametrize("since", [None, 3])
def test_each_thread_is_read_as_far_as_the_one_was_when_an_address_is_split(
    story: Story, since: int | None
) -> None:
    account = story.message(L1, day=1, contact_aliases=[P1])
    ids = [account, *(story.message(P1, day=day) for day in (2, 3, 4))]
    _read(story, ids[2])
    story.connection.execute(
        "select onethread.split_identifier(%s, 'phone', %s, "
        "(select sent_at from whatsapp_message where id = %s))",
        [story.business_id, P1, since and ids[2]],
    )
    assert story.threads(*ids) == ([0, 0, 2, 2] if since else [0, 1, 1, 1])
    assert _unread(story, *ids) == [ids[3]]
    _healthy(story)


def test_marks_come_back_when_both_threads_were_open_and_a_late_message_parts_them(
    story: Story,
) -> None:
    """(L1, P1) joins two open threads; a message of before says that P1 was L2's first."""
    phone = story.message(P1, day=10)
    account = story.message(L1, day=11)
    for each in (phone, account):
        _read(story, each)
    pair = story.message(L1, day=12, contact_aliases=[P1])
    assert story.threads(phone, account, pair) == [0, 0, 0]
    assert _unread(story, phone, account, pair) == [pair]

    late = story.message("871000000000002@lid", day=9, contact_aliases=[P1])
    assert story.threads(late, phone, account, pair) == [0, 0, 2, 2]
    # A mark is a place: what comes late, before it, counts as read in any thread.
    assert _unread(story, late, phone, account, pair) == [pair]
    _healthy(story)


def test_message_comes_in_when_open_threads_were_joined_undone_and_come_again(
    story: Story,
) -> None:
    phone, account = story.message(P1), story.message(L1)
    for each in (phone, account):
        _read(story, each)
    story.message(L1, contact_aliases=[P1])
    merge_id = scalar(
        story.connection,
        "select id from onethread.whatsapp_conversation_merge where business_id = %s",
        story.business_id,
    )
    _undo(story, merge_id)
    late = story.message(L1, contact_aliases=[P1])
    assert story.threads(phone, account, late) == [0, 1, 1]
    _healthy(story)


def test_unread_message_that_evidence_brought_stays_unread_when_a_join_is_undone(
    story: Story,
) -> None:
    """A message under P3 turns out to be L1's, whose read thread had been joined with another."""
    account = story.message(P1, day=1, contact_aliases=[L1])
    other = story.message(P2, day=1)
    moved = story.message(P3, day=3)
    story.message(P3, day=8, contact_aliases=["871000000000002@lid"])
    last = story.message(L1, day=10)
    _read(story, last)
    merge_id = _merge(story, account, other)
    assert _unread(story, account, other, last) == [other, last]

    story.evidence("same", L1, P3, day=2)
    assert story.conversation_of(moved) == story.conversation_of(account)
    _undo(story, merge_id)
    assert story.conversation_of(moved) == story.conversation_of(account)
    assert moved in _unread(story, account, moved, last)
    _healthy(story)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_each_thread_has_its_mark_again_when_two_joins_are_undone(
    story: Story, order: tuple[int, int]
) -> None:
    first, second, third = story.message(P1), story.message(P2), story.message(P3)
    later = [story.message(each) for each in (P1, P2, P3)]
    ids = [first, second, third, *later]
    for each in (later[0], third):
        _read(story, each)
    before = _unread(story, *ids)
    assert before == [second, later[1], later[2]]
    merges = [_merge(story, first, second), _merge(story, first, third)]
    assert _unread(story, *ids) == [second, third, *later]
    for number in order:
        _undo(story, merges[number])
        assert set(before) <= set(_unread(story, *ids))
    assert _unread(story, *ids) == before
    _healthy(story)


def test_inbox_counts_as_before_when_a_chain_of_joins_is_undone(story: Story) -> None:
    first, second, third = story.message(P1), story.message(P2), story.message(P3)
    for each in (first, third):
        _read(story, each)
    merges = [_merge(story, second, third), _merge(story, first, second)]
    assert _unread(story, first, second, third) == [second, third]
    for merge_id in merges:
        _undo(story, merge_id)
    assert _unread(story, first, second, third) == [second]
    _healthy(story)


def _outbound(story: Story, address: str) -> int:
    return int(
        scalar(
            story.connection,
            "insert into whatsapp_message (business_id, direction, to_number, provider, sent_at) "
            "values (%s, 'outbound', %s, 'meta_cloud', '2026-01-01 10:00Z') returning id",
            story.business_id,
            address,
        )
    )
