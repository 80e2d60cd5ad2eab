"""An undone merge leaves no trace: all is as in a business where it was never made.

ONETHREAD_IDENTITY_EXAMPLES sets how many histories are tried (30 unless told).
"""

from __future__ import annotations

import os
from dataclasses import dataclass

import hypothesis.strategies as st
import psycopg
from hypothesis import HealthCheck, Phase, given, settings

from tests.conftest import Connection, add_business
from tests.identity.oracle import Identifier, Message
from tests.identity.people import (
    as_sets,
    bsuid,
    lid,
    phone,
    read_messages,
    read_violations,
    write,
)
from tests.sql.query import scalar

EXAMPLES = int(os.environ.get("ONETHREAD_IDENTITY_EXAMPLES", "30"))

PEOPLE = tuple((phone(n), lid(n), bsuid(n)) for n in range(1, 5))

bounded = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="ONETHREAD_IDENTITY_EXAMPLES" not in os.environ,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@dataclass(frozen=True)
class Story:
    """Two people are joined, and joined again; some of it is taken back."""

    known: list[list[Identifier]]
    merges: list[tuple[int, int]]
    later: list[tuple[int, Identifier]]
    undone: list[int]


@st.composite
def stories(draw: st.DrawFn) -> Story:
    subset = st.lists(st.integers(0, 2), min_size=1, max_size=3, unique=True)
    known = [[person[n] for n in draw(subset)] for person in PEOPLE]
    roots = list(range(len(known)))
    merges = []
    for _ in range(draw(st.integers(1, 3))):
        pair = draw(st.lists(st.sampled_from(roots), min_size=2, max_size=2, unique=True))
        merges.append((pair[0], pair[1]))
        roots.remove(pair[1])
    later = []
    for _ in range(draw(st.integers(0, 6))):
        person = draw(st.integers(0, len(known) - 1))
        later.append((person, draw(st.sampled_from(known[person]))))
    undone = draw(st.lists(st.sampled_from(range(len(merges))), min_size=1, unique=True))
    return Story(known, merges, later, undone)


@bounded
@given(story=stories())
def test_all_is_as_without_the_merge_when_it_is_undone(
    connection: Connection, story: Story
) -> None:
    with connection.transaction() as transaction:
        undone_id, before = _begin(connection, story)
        made = [_merge(connection, undone_id, before, pair) for pair in story.merges]
        _continue(connection, undone_id, story)
        for number in story.undone:
            connection.execute("select undo_merge(%s, %s)", [undone_id, made[number]])

        twin_id, twin_before = _begin(connection, story)
        for number, pair in enumerate(story.merges):
            if number not in story.undone:
                _merge(connection, twin_id, twin_before, pair)
        _continue(connection, twin_id, story)

        found, twin = read_messages(connection, undone_id), read_messages(connection, twin_id)
        names = sorted(found)
        assert names == sorted(twin)
        assert as_sets(names, [found[name].conversation_id for name in names]) == as_sets(
            names, [twin[name].conversation_id for name in names]
        )
        assert {name: found[name].duplicate_of for name in names} == {
            name: twin[name].duplicate_of for name in names
        }
        absorbed = {b for i, (_, b) in enumerate(story.merges) if i not in story.undone}
        for person, conversation_id in enumerate(before):
            resolved = scalar(
                connection, "select find_conversation_by_id(%s, %s)", undone_id, conversation_id
            )
            assert resolved == found[f"first {person}"].conversation_id
            if person not in absorbed:
                assert resolved == conversation_id
        assert read_violations(connection, undone_id) == []
        raise psycopg.Rollback(transaction)


def _begin(connection: Connection, story: Story) -> tuple[int, list[int]]:
    """A business whose people have written once each; their conversations."""
    business_id = add_business(connection)
    for number, identifiers in enumerate(story.known):
        message = Message(identifiers[0], 2.0 * (number + 1), tuple(identifiers[1:]))
        write(connection, business_id, message, f"first {number}")
    connection.execute(
        "update whatsapp_message set provider_message_id = 'X1' where business_id = %s",
        [business_id],
    )
    found = read_messages(connection, business_id)
    ids = [found[f"first {number}"].conversation_id for number in range(len(story.known))]
    assert len(set(ids)) == len(ids)
    return business_id, [each for each in ids if each is not None]


def _merge(
    connection: Connection, business_id: int, before: list[int], pair: tuple[int, int]
) -> int:
    return int(
        scalar(
            connection,
            "select merge_conversations(%s, %s, %s, 'test')",
            business_id,
            before[pair[0]],
            before[pair[1]],
        )
    )


def _continue(connection: Connection, business_id: int, story: Story) -> None:
    for number, (_, identifier) in enumerate(story.later):
        at = 100.0 + 2 * number
        write(connection, business_id, Message(identifier, at), f"later {number}")
