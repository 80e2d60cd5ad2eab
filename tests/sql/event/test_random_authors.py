"""Random chats, authors, edits, deletes and reactions, in any order: the thread shows what a model
says.

ONETHREAD_IDENTITY_EXAMPLES sets how many histories are tried (60 unless told).
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import hypothesis.strategies as st
from hypothesis import HealthCheck, Phase, given, note, settings

from tests.conftest import Connection, add_business
from tests.sql.query import rows

START = datetime(2026, 5, 1, tzinfo=UTC)
GROUPS = ("120363000000000001@g.us", "120363000000000002@g.us")
BUSINESS = "business"
# Each person by number: a phone, a LID, a BSUID.
NAMES = [
    (f"97250{n}111111@s.whatsapp.net", f"87601913491010{n}@lid", f"IL.1349120865530274191{n}")
    for n in range(1, 4)
]
PERSON_OF = {name: n for n, names in enumerate(NAMES) for name in names}
IDS = ("A1", "A2", "A3")

EXAMPLES = int(os.environ.get("ONETHREAD_IDENTITY_EXAMPLES", "60"))

bounded = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="ONETHREAD_IDENTITY_EXAMPLES" not in os.environ,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@dataclass(frozen=True)
class Said:
    """A message: in a group, or in private with the person of a name."""

    number: int
    id: str
    chat: str
    author: str
    """A name, business, or empty: a group's message without participant."""
    is_through_list: bool = False


@dataclass(frozen=True)
class Done:
    """An edit, a delete or a reaction."""

    number: int
    kind: str
    id: str
    chat: str | None
    author: str
    """A name, business, or empty: nobody is named."""
    text: str | None


@dataclass
class World:
    """What is known, said and done."""

    ties: set[tuple[str, str]] = field(default_factory=set)
    denied: set[tuple[str, str]] = field(default_factory=set)
    said: list[Said] = field(default_factory=list)
    done: list[Done] = field(default_factory=list)

    def person(self, name: str) -> frozenset[str]:
        """All names that are known to be one with this one."""
        found = {name}
        while grown := {
            other
            for pair in self.ties - self.denied
            if found & set(pair)
            for other in pair
            if other not in found
        }:
            found |= grown
        return frozenset(found)

    def thread(self, chat: str) -> str | frozenset[str]:
        """The thread of a group, or of a person."""
        return chat if chat in GROUPS else self.person(chat)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    world = World()
    for names in NAMES:
        pairs = [(names[0], names[1]), (names[1], names[2])]
        world.ties |= set(draw(st.sets(st.sampled_from(pairs))))
        if pairs[1] not in world.ties and draw(st.booleans()):
            world.denied.add(pairs[0])
    anybody = st.sampled_from(sorted(PERSON_OF))
    places = set()
    for number in range(draw(st.integers(1, 8))):
        message_id, chat = draw(st.sampled_from(IDS)), draw(st.sampled_from([*GROUPS, *PERSON_OF]))
        if chat in GROUPS:
            author = draw(st.one_of(anybody, st.sampled_from([BUSINESS, ""])))
            place = (message_id, chat, author)
        else:
            author = draw(st.sampled_from([chat, BUSINESS]))
            place = (message_id, str(PERSON_OF[chat]), "")
        if place not in places:
            is_listed = author == chat and draw(st.booleans())
            world.said.append(Said(number, message_id, chat, author, is_listed))
        places.add(place)
    for number in range(draw(st.integers(1, 14))):
        author = draw(st.one_of(anybody, st.sampled_from([BUSINESS, ""])))
        chats = [*GROUPS, author] if author in PERSON_OF else [*GROUPS, *PERSON_OF, None]
        if author == "":
            chats = [*GROUPS, None]
        kind = draw(st.sampled_from(["edited", "revoked", "reaction"]))
        text = draw(st.sampled_from(["👍", "👎", ""])) if kind == "reaction" else f"edit {number}"
        done = Done(
            number, kind, draw(st.sampled_from(IDS)), draw(st.sampled_from(chats)), author,
            None if kind == "revoked" else text,
        )  # fmt: skip
        world.done.append(done)
    return world


def expected(world: World, said: Said) -> dict[str, Any]:
    """What is shown of a message."""
    thread = world.thread(said.chat)
    is_group = said.chat in GROUPS
    threads = {world.thread(m.chat) for m in world.said if m.id == said.id}
    met = {world.thread(m.chat) for m in world.said}

    def is_one(a: str, b: str) -> bool:
        return a == b if BUSINESS in (a, b) or not (a and b) else b in world.person(a)

    def is_authors(done: Done) -> bool:
        if done.author:
            return is_one(done.author, said.author)
        is_only = not is_group and said.author != BUSINESS and threads == {thread}
        return done.chat is None and is_only and not said.is_through_list

    text: str | None = f"said {said.number}"
    is_revoked, deleted_by = False, None
    reactions: dict[Any, str] = {}
    for done in (d for d in world.done if d.id == said.id):  # in order of time
        where = world.thread(done.chat) if done.chat else None
        if len(threads) > 1 and not (where == thread and where in met):
            continue
        is_here = where == thread
        if done.kind == "edited":
            text = done.text if is_authors(done) else text
        elif done.kind == "revoked":
            if is_authors(done):
                is_revoked = True
            elif is_group and done.author and (is_here or done.author == BUSINESS):
                deleted_by = deleted_by or done.author
        elif done.author == BUSINESS:
            reactions[BUSINESS] = done.text or ""
        elif done.author and (is_here if is_group else is_one(done.author, said.chat)):
            reactions[world.person(done.author)] = done.text or ""
    return {
        "body": None if is_revoked else text,
        "is_revoked": is_revoked,
        "deleted_by": deleted_by,
        "reactions": sorted(filter(None, reactions.values())),
    }


def write(connection: Connection, business_id: int, row: Any) -> None:
    """Writes one row of a world, as any writer does."""
    match row:
        case (relation, (a, b)):
            connection.execute(
                "insert into whatsapp_identity_evidence "
                "(business_id, a, b, relation, source, observed_at) "
                "values (%s, %s, %s, %s, 'test', %s)",
                [business_id, a, b, relation, START - timedelta(days=relation == "same")],
            )
        case Said():
            is_ours = row.author == BUSINESS
            connection.execute(
                "insert into whatsapp_message (business_id, direction, from_number, to_number, "
                "participant, provider_message_id, list_address, body, sent_at) "
                "values (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
                [
                    business_id,
                    "outbound" if is_ours else "inbound",
                    None if is_ours else row.chat,
                    row.chat if is_ours else None,
                    row.author if row.chat in GROUPS and row.author and not is_ours else None,
                    row.id,
                    "1@broadcast" if row.is_through_list else None,
                    f"said {row.number}",
                    START + timedelta(minutes=row.number),
                ],
            )
        case Done():
            connection.execute(
                "insert into whatsapp_message_event (business_id, kind, provider_message_id, "
                "address, actor, is_from_business, body, occurred_at) "
                "values (%s, %s, %s, %s, %s, %s, %s, %s)",
                [
                    business_id,
                    row.kind,
                    row.id,
                    row.chat,
                    row.author if row.chat in GROUPS and row.author in PERSON_OF else None,
                    row.author == BUSINESS,
                    row.text,
                    START + timedelta(hours=1, minutes=row.number),
                ],
            )


@bounded
@given(world=worlds(), data=st.data())
def test_thread_shows_what_the_model_says_when_rows_arrive_in_any_order(
    connection: Connection, world: World, data: st.DataObject
) -> None:
    ties = [("same", pair) for pair in sorted(world.ties)]
    denied = [("different", pair) for pair in sorted(world.denied)]
    written = data.draw(st.permutations([*ties, *denied, *world.said, *world.done]))
    with connection.transaction(force_rollback=True):
        business_id = add_business(connection)
        for row in written:
            write(connection, business_id, row)
        connection.execute("select onethread.apply_pending_evidence(%s)", [business_id])
        shown = rows(
            connection,
            "select t.*, v.body as viewed, v.deleted_by as viewed_deleted_by, "
            "m.body as stored from whatsapp_conversation c "
            "cross join lateral onethread.list_thread(c.business_id, c.id, null, 100) t "
            "inner join whatsapp_message m on m.id = t.id "
            "inner join whatsapp_thread v on v.business_id = c.business_id and v.id = t.id "
            "where c.business_id = %s",
            business_id,
        )
    found = {
        row.stored: {
            "body": row.body,
            "is_revoked": row.revoked_at is not None,
            "deleted_by": row.deleted_by,
            "reactions": sorted(reaction["emoji"] for reaction in row.reactions or []),
        }
        for row in shown
    }
    note(f"written: {written}")
    assert found == {f"said {said.number}": expected(world, said) for said in world.said}
    assert all((r.body, r.deleted_by) == (r.viewed, r.viewed_deleted_by) for r in shown)
