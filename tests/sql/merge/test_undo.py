"""An undone merge leaves no trace: all is as in a business where it was never made.

But for the word of a human, "different", which the undo leaves behind: the other business gets it.

ONETHREAD_IDENTITY_EXAMPLES sets how many histories are tried (30 unless told).
"""

from __future__ import annotations

import os
from dataclasses import dataclass

import hypothesis.strategies as st
import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.conftest import Connection, add_business
from tests.sql.oracle import Evidence, Identifier, Message
from tests.sql.people import (
    Event,
    apply_pending,
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
NEXT = 10
"""Added to a number: what the person has after a change of number, or a rotation."""

bounded = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="ONETHREAD_IDENTITY_EXAMPLES" not in os.environ,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@dataclass(frozen=True)
class Story:
    """Two people are joined, and joined again; more becomes known; some of it is taken back."""

    known: list[list[Identifier]]
    merges: list[tuple[int, int]]
    later: list[Event]
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
    later = [draw(_later(known, 100.0 + 2 * n)) for n in range(draw(st.integers(0, 6)))]
    undone = draw(st.lists(st.sampled_from(range(len(merges))), min_size=1, unique=True))
    return Story(known, merges, later, undone)


@st.composite
def _later(draw: st.DrawFn, known: list[list[Identifier]], at: float) -> Event:
    number = draw(st.integers(0, len(known) - 1))
    one = draw(st.sampled_from(known[number]))
    make = {"phone": phone, "lid": lid, "bsuid": bsuid}[one.kind]
    following = make(number + 1 + NEXT)
    match draw(st.sampled_from(["old", "old", "new", "pair", "replaced", "replaced", "ended"])):
        case "old":
            return Message(one, at)
        case "new":
            return Message(following, at)
        case "pair":
            other = draw(st.sampled_from([i for who in PEOPLE for i in who if i.kind != one.kind]))
            return Message(one, at, (other,))
        case "ended" if one.kind == "phone":
            return Evidence("replaced", one, None, at)
        case _:
            return Evidence("replaced", one, following, at)


@pytest.mark.slow
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
            # Unless the word of the human about another merge has parted these, too.
            connection.execute(
                "select onethread.undo_merge(business_id, id) from "
                "onethread.whatsapp_conversation_merge "
                "where business_id = %s and id = %s and undone_at is null",
                [undone_id, made[number]],
            )

        twin_id, twin_before = _begin(connection, story)
        for number, pair in enumerate(story.merges):
            if number not in story.undone:
                _merge(connection, twin_id, twin_before, pair)
        _continue(connection, twin_id, story)
        _say_different(connection, twin_id, undone_id)

        found, twin = read_messages(connection, undone_id), read_messages(connection, twin_id)
        names = sorted(found)
        assert names == sorted(twin)
        assert as_sets(names, [found[name].conversation_id for name in names]) == as_sets(
            names, [twin[name].conversation_id for name in names]
        )
        assert {name: found[name].duplicate_of for name in names} == {
            name: twin[name].duplicate_of for name in names
        }
        for person, conversation_id in enumerate(before):
            resolved = scalar(
                connection,
                "select onethread.find_conversation_by_id(%s, %s)",
                undone_id,
                conversation_id,
            )
            # What came later may have parted the identifiers of one person.
            assert resolved in {
                found[f"first {person}"].conversation_id,
                *(_find(connection, undone_id, each) for each in story.known[person]),
            }
        for business_id in (undone_id, twin_id):
            assert read_violations(connection, business_id) == []
            assert _count_abandoned(connection, business_id) == 0
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
            "select onethread.merge_conversations(%s, %s, %s, 'test')",
            business_id,
            before[pair[0]],
            before[pair[1]],
        )
    )


def _continue(connection: Connection, business_id: int, story: Story) -> None:
    for number, event in enumerate(story.later):
        write(connection, business_id, event, f"later {number}")
    apply_pending(connection, business_id)


def _find(connection: Connection, business_id: int, identifier: Identifier) -> int | None:
    query = "select onethread.find_conversation(%s, %s)"
    found: int | None = scalar(connection, query, business_id, identifier.spelling)
    return found


def _count_abandoned(connection: Connection, business_id: int) -> int:
    """Conversations to which no identity leads."""
    return int(
        scalar(
            connection,
            "select count(*) from whatsapp_conversation c where c.business_id = %s and not exists ("
            "select from whatsapp_identity i "
            "where i.business_id = c.business_id and i.conversation_id = c.id)",
            business_id,
        )
    )


def _say_different(connection: Connection, business_id: int, other_id: int) -> None:
    """What the undos of another business left behind, said in this one."""
    connection.execute(
        "insert into whatsapp_identity_evidence (business_id, a, b, relation) "
        "select %s, e.a, e.b, e.relation from whatsapp_identity_evidence e "
        "where e.business_id = %s and e.relation = 'different'",
        [business_id, other_id],
    )
    apply_pending(connection, business_id)
