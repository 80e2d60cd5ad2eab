"""One message and thousands of edits, deletes, reactions: they cost little and crowd nobody out."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Connection, insert
from tests.sql.event.test_message_event import LID, NOON, event, outbound, shown
from tests.sql.query import scalar

GROUP = "120363000000000001@g.us"
OTHER = "+972501234567"
MEMBER = "(100000000000000 + n %% {members})::text || '@lid'"


def flood(
    connection: Connection,
    business_id: int,
    kind: str,
    number: int,
    address: str,
    actor: str,
    is_expected: bool = True,
) -> None:
    """So many events of message m1; address and actor are SQL. is_expected: the planner knows how
    many there are, as it does a minute later."""
    connection.execute(
        "insert into whatsapp_message_event "
        "(business_id, kind, provider, provider_message_id, address, actor, body, occurred_at) "
        f"select %s, %s, 'test', 'm1', {address}, {actor}, "
        "case when %s <> 'revoked' then '👍' end, %s::timestamptz + n * '1 s'::interval "
        "from generate_series(1, %s) n on conflict do nothing",
        [business_id, kind, kind, NOON, number],
    )
    if is_expected:
        connection.execute("analyze whatsapp_message_event")


def pages_read(connection: Connection, message: Any) -> int:
    """Database pages that reading the message touches, the fewest of some readings."""
    query = (
        "explain (analyze, buffers, format json) select s.* from whatsapp_message m "
        "cross join lateral onethread.message_state(m) s "
        "where m.business_id = %s and m.id = %s"
    )
    plans = [
        scalar(connection, query, message.business_id, message.id)[0]["Plan"] for _ in range(4)
    ]
    return min(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] for plan in plans)


@pytest.mark.parametrize("is_expected", [False, True])
@pytest.mark.parametrize("kind", ["reaction", "edited", "revoked"])
def test_a_flood_costs_what_its_authors_cost(
    connection: Connection, business_id: int, kind: str, is_expected: bool
) -> None:
    """With the id in a second chat, so that each event's address has to be asked."""
    connection.execute("analyze whatsapp_message_event")
    message = insert(
        connection, business_id, "inbound", address=LID, body="a", provider_message_id="m1"
    )
    insert(connection, business_id, "inbound", address=OTHER, provider_message_id="m1")
    flood(connection, business_id, kind, 1, f"'{LID}'", "null", is_expected)
    before = pages_read(connection, message)
    flood(connection, business_id, kind, 4000, f"'{LID}'", "null", is_expected)
    assert pages_read(connection, message) < before + 30


@pytest.mark.parametrize("kind", ["reaction", "edited", "revoked"])
def test_a_flood_of_a_groups_members_costs_what_the_members_cost(
    connection: Connection, business_id: int, kind: str
) -> None:
    message = insert(
        connection, business_id, "inbound", address=GROUP, participant=LID, body="a",
        provider_message_id="m1",
    )  # fmt: skip
    flood(connection, business_id, kind, 20, f"'{GROUP}'", MEMBER.format(members=20))
    before = pages_read(connection, message)
    flood(connection, business_id, kind, 4000, f"'{GROUP}'", MEMBER.format(members=20))
    assert pages_read(connection, message) < before + 20 * 15


def test_status_is_found_beside_a_flood(connection: Connection, business_id: int) -> None:
    message = outbound(connection, business_id)
    event(connection, business_id, "delivered")
    before = pages_read(connection, message)
    flood(connection, business_id, "reaction", 4000, f"'{OTHER}'", "null")
    assert pages_read(connection, message) < before + 30
    assert shown(connection, message).status == "delivered"


def test_what_one_author_does_in_another_chat_hides_nothing(
    connection: Connection, business_id: int
) -> None:
    message = insert(
        connection, business_id, "inbound", address=GROUP, participant=LID, body="a",
        provider_message_id="m1",
    )  # fmt: skip
    insert(connection, business_id, "inbound", address=LID, provider_message_id="m1")
    event(connection, business_id, "reaction", address=GROUP, actor=LID, body="👍")
    flood(connection, business_id, "reaction", 50, f"'{LID}'", "null")
    assert [each["emoji"] for each in shown(connection, message).reactions] == ["👍"]


def test_a_former_owners_reaction_stays_when_the_next_owner_reacts(
    connection: Connection, business_id: int
) -> None:
    """The same number, the same message id: what counts is whose the number was."""
    message = insert(
        connection, business_id, "inbound", address="+972501234567", contact_aliases=[LID],
        provider_message_id="m1", sent_at="2026-05-01 11:00+00",
    )  # fmt: skip
    event(connection, business_id, "reaction", address="+972501234567", body="👍")
    insert(
        connection, business_id, "inbound", address="+972501234567",
        contact_aliases=["876019134910199@lid"], provider_message_id="m1",
        sent_at="2026-05-01 12:30+00",
    )  # fmt: skip
    event(connection, business_id, "reaction", 60, address="+972501234567", body="😡")
    assert [each["emoji"] for each in shown(connection, message).reactions] == ["👍"]


@pytest.mark.parametrize(
    "emoji", ["👍", "❤️", "❤", "👍🏽", "👨‍👩‍👧‍👦", "🇮🇱", "1️⃣", "👩🏽‍⚕️", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🏳️‍🌈"]
)  # fmt: skip
def test_reaction_is_shown_when_it_is_one_emoji(
    connection: Connection, business_id: int, emoji: str
) -> None:
    message = outbound(connection, business_id)
    event(connection, business_id, "reaction", address=OTHER, body=emoji)
    assert [each["emoji"] for each in shown(connection, message).reactions] == [emoji]


@pytest.mark.parametrize(
    "text",
    ["Buy now: evil.example", "👍👍", "a", "👍" * 10_000, "\u202e", "👍" + "\ufe0f" * 100, " "],
)
def test_reaction_is_no_text_of_its_authors(
    connection: Connection, business_id: int, text: str
) -> None:
    message = outbound(connection, business_id)
    event(connection, business_id, "reaction", address=OTHER, body=text)
    assert [each["emoji"] for each in shown(connection, message).reactions] == ["\ufffd"]


def test_so_many_reactions_are_shown_as_a_group_has_members(
    connection: Connection, business_id: int
) -> None:
    message = insert(
        connection, business_id, "inbound", address=GROUP, participant=LID, body="a",
        provider_message_id="m1",
    )  # fmt: skip
    flood(connection, business_id, "reaction", 1100, f"'{GROUP}'", MEMBER.format(members=1100))
    assert len(shown(connection, message).reactions) == 1024
