"""Message events: statuses, edits, deletes and reactions, in whatever order they arrive."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tests.conftest import Connection, add_business, insert
from tests.sql.query import rows, scalar

PHONE = "0501234567"
LID = "876019134910105@lid"
NOON = "2026-05-01 12:00+00"


def event(connection: Connection, business_id: int, kind: str, at: int = 0, **columns: Any) -> None:
    """Inserts an event of message m1, so many minutes after noon."""
    columns = {"provider_message_id": "m1", "provider": "test"} | columns
    columns |= {"business_id": business_id, "kind": kind}
    names = ", ".join(columns)
    connection.execute(
        f"insert into whatsapp_message_event ({names}, occurred_at) values "
        f"({', '.join(['%s'] * len(columns))}, '{NOON}'::timestamptz + {at} * '1 min'::interval) "
        "on conflict do nothing",
        list(columns.values()),
    )


def outbound(connection: Connection, business_id: int, **columns: Any) -> Any:
    """Inserts message m1 of the business."""
    columns = {"address": PHONE, "body": "first", "provider_message_id": "m1"} | columns
    return insert(connection, business_id, "outbound", **columns)


def shown(connection: Connection, message: Any) -> Any:
    """The message as its thread shows it."""
    query = "select * from onethread.list_thread(%s, %s) where id = %s"
    [row] = rows(connection, query, message.business_id, message.conversation_id, message.id)
    viewed = rows(connection, "select * from whatsapp_thread where id = %s", message.id)[0]
    for name in ("body", "original_body", "revoked_at", "status", "status_at", "reactions"):
        assert getattr(viewed, name) == getattr(row, name)
    return row


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize("address", [PHONE, "+972501234567", LID, None, "garbage"])
def test_status_is_shown_when_event_comes_before_or_after(
    connection: Connection, business_id: int, is_first: bool, address: str | None
) -> None:
    if is_first:
        event(connection, business_id, "delivered", address=address)
    message = outbound(connection, business_id, contact_aliases=[LID])
    if not is_first:
        assert shown(connection, message).status is None
        event(connection, business_id, "delivered", address=address)

    assert shown(connection, message).status == "delivered"


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        (["read", "delivered", "sent"], "read"),
        (["sent", "delivered", "read", "played"], "played"),
        (["sent", "failed"], "failed"),
        (["failed", "sent"], "sent"),
        (["failed", "delivered"], "delivered"),
        (["delivered", "failed"], "delivered"),
        (["failed"], "failed"),
    ],
)
def test_status_is_never_downgraded_when_events_come_in_any_order(
    connection: Connection, business_id: int, kinds: list[str], expected: str
) -> None:
    """The kinds are in order of time; they are inserted in every order."""
    for number, order in enumerate(itertools.permutations(enumerate(kinds))):
        message_id = f"s{number}"
        message = outbound(connection, business_id, provider_message_id=message_id)
        for minute, kind in order:
            event(connection, business_id, kind, minute, provider_message_id=message_id)
        assert shown(connection, message).status == expected, order


def test_last_edit_is_shown_when_edits_arrive_in_disorder(
    connection: Connection, business_id: int
) -> None:
    message = outbound(connection, business_id)
    event(connection, business_id, "edited", 2, body="third", is_from_business=True)
    event(connection, business_id, "edited", 1, body="second", is_from_business=True)
    event(connection, business_id, "edited", 3, body="forged", is_from_business=False)
    row = shown(connection, message)
    assert (row.body, row.original_body) == ("third", "first")
    assert row.edited_at.minute == 2
    assert scalar(connection, "select body from whatsapp_message where id = %s", message.id)
    [inbox] = rows(connection, "select body from onethread.list_inbox(%s)", business_id)
    assert inbox.body == "third"


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_edit_with_a_time_is_shown_when_another_has_none(
    connection: Connection, business_id: int, order: tuple[int, ...]
) -> None:
    """An edit without a time bears its time of arrival, which may be long after the edit."""
    message = outbound(connection, business_id)
    edits = [
        {"at": 1, "body": "second"},
        {"at": 2, "body": "third"},
        {"at": 60, "body": "second", "is_time_known": False},
    ]
    for number in order:
        event(connection, business_id, "edited", is_from_business=True, **edits[number])
    row = shown(connection, message)
    assert (row.body, row.edited_at.minute) == ("third", 2)


def test_text_is_hidden_when_revoked_by_its_own_side(
    connection: Connection, business_id: int
) -> None:
    message = outbound(connection, business_id)
    event(connection, business_id, "revoked", 1, is_from_business=False)
    assert shown(connection, message).body == "first"
    event(connection, business_id, "edited", 2, body="x", is_from_business=True)
    event(connection, business_id, "revoked", 1, is_from_business=True)
    row = shown(connection, message)
    assert (row.body, row.original_body, row.revoked_at.minute) == (None, None, 1)
    stored = "select body from whatsapp_message where id = %s"
    assert scalar(connection, stored, message.id) == "first"
    assert (
        rows(connection, "select body from onethread.list_inbox(%s)", business_id)[0].body is None
    )


def test_last_vote_counts_beside_the_reaction(connection: Connection, business_id: int) -> None:
    message = outbound(connection, business_id, contact_aliases=[LID])
    event(connection, business_id, "vote", 1, body="10h", actor=LID)
    event(connection, business_id, "reaction", 1, body="👍", actor=LID)
    event(connection, business_id, "vote", 3, body="11h", actor="972501234567")
    event(connection, business_id, "vote", 3, body="12h", actor="972509999999")
    event(connection, business_id, "vote", 2, body="10h", is_from_business=True)
    row = shown(connection, message)
    told = [(r.get("emoji"), r.get("vote"), r["actor"]) for r in row.reactions]
    assert told == [("👍", None, None), (None, "10h", "business"), (None, "11h", None)]
    assert (row.status, row.body) == (None, "first")
    event(connection, business_id, "vote", 4, actor=LID)
    assert [r.get("vote") for r in shown(connection, message).reactions] == [None, "10h"]


def test_last_reaction_counts_when_a_person_has_two_names(
    connection: Connection, business_id: int
) -> None:
    message = outbound(connection, business_id, contact_aliases=[LID])
    event(connection, business_id, "reaction", 1, body="👍", actor=LID)
    event(connection, business_id, "reaction", 3, body="❤", actor="972501234567")
    event(connection, business_id, "reaction", 2, body="😮")
    event(connection, business_id, "reaction", 2, body="🙏", is_from_business=True)
    reactions = [(r["emoji"], r["actor"]) for r in shown(connection, message).reactions]
    assert reactions == [("🙏", "business"), ("❤", None)]
    event(connection, business_id, "reaction", 4, address="972501234567")
    assert [r["emoji"] for r in shown(connection, message).reactions] == ["🙏"]
    event(connection, business_id, "reaction", 4, body="", is_from_business=True)
    assert shown(connection, message).reactions is None


def test_reactions_are_each_persons_when_in_a_group(
    connection: Connection, business_id: int
) -> None:
    insert(connection, business_id, "inbound", address=PHONE, contact_aliases=[LID])
    group = "120363000000000001@g.us"
    message = outbound(connection, business_id, address=group)
    event(connection, business_id, "reaction", 1, body="👍", actor=LID, address=group)
    event(connection, business_id, "reaction", 2, body="❤", actor="972501234567", address=group)
    event(connection, business_id, "reaction", 3, body="🙏", actor="111@lid", address=group)
    reactions = [(r["emoji"], r["actor"]) for r in shown(connection, message).reactions]
    assert reactions == [("❤", "972501234567"), ("🙏", "111@lid")]


def test_address_decides_when_two_chats_have_the_id(
    connection: Connection, business_id: int
) -> None:
    one = outbound(connection, business_id, contact_aliases=[LID])
    two = outbound(connection, business_id, address="0507654321")
    event(connection, business_id, "read", address="972501234567")
    event(connection, business_id, "delivered", address="972507654321@c.us")
    event(connection, business_id, "played", address=None)
    event(connection, business_id, "played", address="5551@lid")
    assert (shown(connection, one).status, shown(connection, two).status) == ("read", "delivered")


def test_direction_decides_when_both_sides_have_the_id(
    connection: Connection, business_id: int
) -> None:
    out = outbound(connection, business_id)
    answer = insert(connection, business_id, "in", address=PHONE, provider_message_id="m1")
    event(connection, business_id, "read", target_direction="outbound")
    assert (shown(connection, out).status, shown(connection, answer).status) == ("read", None)


def test_other_business_is_not_touched_when_ids_are_equal(
    connection: Connection, business_id: int
) -> None:
    mine = outbound(connection, business_id)
    theirs = outbound(connection, add_business(connection, "Other"))
    event(connection, business_id, "read", address=PHONE)
    assert (shown(connection, mine).status, shown(connection, theirs).status) == ("read", None)


@pytest.mark.parametrize("is_time_known", [True, False])
def test_nothing_is_added_when_events_are_replayed(
    connection: Connection, business_id: int, is_time_known: bool
) -> None:
    outbound(connection, business_id)
    for at in (0, 0 if is_time_known else 5):
        event(connection, business_id, "read", at, is_time_known=is_time_known, payload="{}")
        event(connection, business_id, "edited", at, body="x", is_time_known=is_time_known)
        event(connection, business_id, "edited", at, body="y", is_time_known=is_time_known)
    assert scalar(connection, "select count(*) from whatsapp_message_event") == 3


def test_event_is_stored_when_its_texts_are_too_long(
    connection: Connection, business_id: int
) -> None:
    for length in (256, 100_000):
        long = "x" * length
        event(connection, business_id, "edited", provider_message_id=long, address=long, body=long)
    assert scalar(connection, "select count(*) from whatsapp_message_event") == 2
    message = outbound(connection, business_id, provider_message_id="x" * 256)
    assert shown(connection, message).edited_at is None
