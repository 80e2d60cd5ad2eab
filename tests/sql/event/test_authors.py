"""Whose word an edit, a delete or a reaction is: asked when a thread is read, by all names of a
person."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from tests.conftest import Connection, add_business, insert
from tests.sql.query import rows, scalar

GROUP = "120363000000000001@g.us"
OTHER_GROUP = "120363000000000002@g.us"
VERA, VERA_LID = "972501111111@s.whatsapp.net", "876019134910101@lid"
MAL, MAL_LID = "972502222222@s.whatsapp.net", "876019134910202@lid"
NOBODY = (None, "garbage", GROUP)


def event(connection: Connection, business_id: int, kind: str, **columns: Any) -> None:
    """Inserts an event of message m1, as any writer does."""
    columns = {"provider_message_id": "m1", "body": "forged"} | columns
    columns |= {"business_id": business_id, "kind": kind}
    if kind == "revoked":
        del columns["body"]
    connection.execute(
        f"insert into public.whatsapp_message_event ({', '.join(columns)}) "
        f"values ({', '.join(['%s'] * len(columns))})",
        list(columns.values()),
    )


def group_message(connection: Connection, business_id: int, author: str, **columns: Any) -> Any:
    """Somebody writes m1 in the group."""
    columns = {"address": GROUP, "body": "mine", "provider_message_id": "m1"} | columns
    return insert(connection, business_id, "inbound", participant=author, **columns)


def shown(connection: Connection, message: Any) -> Any:
    """The message as its thread shows it, and the view the same."""
    query = "select * from onethread.list_thread(%s, %s) where id = %s"
    [row] = rows(connection, query, message.business_id, message.conversation_id, message.id)
    [viewed] = rows(connection, "select * from whatsapp_thread where id = %s", message.id)
    for name in ("body", "edited_at", "revoked_at", "deleted_at", "deleted_by", "reactions"):
        assert getattr(viewed, name) == getattr(row, name)
    return row


def unattributed(connection: Connection) -> list[str]:
    """Kinds of the events that nobody is known for."""
    return [row.kind for row in rows(connection, "select kind from unattributed_event order by id")]


def learn(connection: Connection, business_id: int, a: str, b: str) -> None:
    """Attests that two identifiers are one person's."""
    connection.execute(
        "insert into whatsapp_identity_evidence (business_id, a, b, relation, source) "
        "values (%s, %s, %s, 'same', 'test')",
        [business_id, a, b],
    )


def changes(connection: Connection, business_id: int, since: str | None) -> tuple[Any, str]:
    """list_changes()."""
    [row] = rows(connection, "select * from onethread.list_changes(%s, %s)", business_id, since)
    return row.conversation_ids, row.position


@pytest.mark.parametrize("actor", [MAL, MAL_LID, VERA_LID, None, "garbage"])
def test_groups_message_keeps_its_text_when_another_edits_it(
    connection: Connection, business_id: int, actor: str | None
) -> None:
    message = group_message(connection, business_id, VERA)
    event(connection, business_id, "edited", address=GROUP, actor=actor)
    event(connection, business_id, "edited", address=GROUP, is_from_business=True)
    row = shown(connection, message)
    assert (row.body, row.edited_at, row.original_body) == ("mine", None, None)
    event(connection, business_id, "edited", address=GROUP, actor=VERA, body="corrected")
    assert shown(connection, message).body == "corrected"


@pytest.mark.parametrize(
    ("columns", "deleted_by"),
    [
        ({"actor": MAL}, MAL),
        ({"is_from_business": True}, "business"),
        ({"actor": None}, None),
        ({"actor": "garbage"}, None),
        ({"actor": MAL, "address": OTHER_GROUP}, None),
        ({"address": MAL}, None),
    ],
)
def test_groups_message_is_marked_when_another_deletes_it(
    connection: Connection, business_id: int, columns: dict[str, Any], deleted_by: str | None
) -> None:
    media = '{"mimetype": "image/png"}'
    message = group_message(connection, business_id, VERA, kind="image", media=media)
    event(connection, business_id, "revoked", **({"address": GROUP} | columns))
    row = shown(connection, message)
    assert (row.body, row.revoked_at, row.deleted_by) == ("mine", None, deleted_by)
    assert (row.deleted_at is None) == (deleted_by is None)
    assert row.media is not None
    event(connection, business_id, "revoked", address=GROUP, actor=VERA)
    row = shown(connection, message)
    assert (row.body, row.media) == (None, None)
    assert row.revoked_at is not None


def test_ours_is_marked_when_a_member_of_the_group_deletes_it(
    connection: Connection, business_id: int
) -> None:
    ours = insert(
        connection, business_id, "outbound", address=GROUP, body="mine", provider_message_id="m1"
    )
    event(connection, business_id, "revoked", address=GROUP, actor=MAL)
    event(connection, business_id, "edited", address=GROUP, actor=MAL)
    row = shown(connection, ours)
    assert (row.body, row.deleted_by) == ("mine", MAL)
    event(connection, business_id, "revoked", address=GROUP, is_from_business=True)
    assert shown(connection, ours).body is None


@pytest.mark.parametrize("direction", ["inbound", "outbound"])
def test_one_side_changes_nothing_when_the_other_wrote_it(
    connection: Connection, business_id: int, direction: str
) -> None:
    message = insert(
        connection, business_id, direction, address=VERA, body="mine", provider_message_id="m1"
    )
    is_ours = direction == "outbound"
    for kind in ("edited", "revoked"):
        event(connection, business_id, kind, address=VERA, is_from_business=not is_ours)
        event(connection, business_id, kind, address=MAL)
    row = shown(connection, message)
    assert (row.body, row.revoked_at, row.deleted_by) == ("mine", None, None)
    event(connection, business_id, "edited", address=VERA, is_from_business=is_ours, body="new")
    assert shown(connection, message).body == "new"


def test_edit_counts_from_the_day_on_which_the_pair_is_known_and_not_after_an_undo(
    database: str,
) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        business_id = add_business(connection)
        message = insert(
            connection, business_id, "inbound", address=VERA, body="mine", provider_message_id="m1"
        )
        insert(connection, business_id, "inbound", address=VERA_LID, body="hi")
        event(connection, business_id, "edited", address=VERA_LID, body="corrected")
        event(connection, business_id, "reaction", address=VERA_LID, body="👍")
        row = shown(connection, message)
        assert (row.body, row.reactions) == ("mine", None)

        _, position = changes(connection, business_id, None)
        learn(connection, business_id, VERA, VERA_LID)
        told, position = changes(connection, business_id, position)
        assert message.conversation_id in told
        row = shown(connection, message)
        assert (row.body, row.reactions[0]["emoji"]) == ("corrected", "👍")

        merge = scalar(connection, "select max(id) from onethread.whatsapp_conversation_merge")
        connection.execute("select onethread.undo_merge(%s, %s)", [business_id, merge])
        told, position = changes(connection, business_id, position)
        assert message.conversation_id in told
        row = shown(connection, message)
        assert (row.body, row.reactions) == ("mine", None)


@pytest.mark.parametrize("is_by_message", [True, False])
def test_members_edit_counts_when_the_pair_is_known_of_somebody_nobody_messaged(
    database: str, is_by_message: bool
) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        business_id = add_business(connection)
        message = group_message(connection, business_id, VERA)
        event(connection, business_id, "edited", address=GROUP, actor=VERA_LID, body="corrected")
        event(connection, business_id, "reaction", address=GROUP, actor=VERA_LID, body="👍")
        event(connection, business_id, "reaction", address=GROUP, actor=VERA, body="👎")
        row = shown(connection, message)
        assert (row.body, len(row.reactions)) == ("mine", 2)

        _, position = changes(connection, business_id, None)
        if is_by_message:
            # Her first message of her own: two names of which nothing else is known.
            insert(connection, business_id, "inbound", address=VERA, contact_aliases=[VERA_LID])
        else:
            learn(connection, business_id, VERA, VERA_LID)
        told, position = changes(connection, business_id, position)
        assert message.conversation_id in told
        row = shown(connection, message)
        assert (row.body, [r["emoji"] for r in row.reactions]) == ("corrected", ["👎"])

        connection.execute(
            "insert into whatsapp_identity_evidence (business_id, a, b, relation, source) "
            "values (%s, %s, %s, 'different', 'a human')",
            [business_id, VERA, VERA_LID],
        )
        told, _ = changes(connection, business_id, position)
        assert message.conversation_id in told
        assert shown(connection, message).body == "mine"


def test_edit_through_a_third_name_is_told_when_two_of_them_are_tied(database: str) -> None:
    """LID and BSUID are known to be one; then the LID's phone becomes known."""
    bsuid = "IL.13491208655302741918"
    with psycopg.connect(database, autocommit=True) as connection:
        business_id = add_business(connection)
        message = group_message(connection, business_id, VERA)
        event(connection, business_id, "edited", address=GROUP, actor=bsuid, body="corrected")
        learn(connection, business_id, VERA_LID, bsuid)
        _, position = changes(connection, business_id, None)
        assert shown(connection, message).body == "mine"
        learn(connection, business_id, VERA_LID, VERA)
        assert message.conversation_id in changes(connection, business_id, position)[0]
        assert shown(connection, message).body == "corrected"


def test_numbers_next_owner_does_not_edit_what_its_former_owner_wrote(
    connection: Connection, business_id: int
) -> None:
    """Nor does the former owner's account edit what the next one wrote under the number."""
    learn(connection, business_id, VERA_LID, VERA)
    old = insert(
        connection, business_id, "inbound", address=VERA_LID, body="mine",
        provider_message_id="m1", sent_at="2026-05-01 12:00+00",
    )  # fmt: skip
    connection.execute(
        "insert into whatsapp_identity_evidence (business_id, a, b, relation, source, observed_at)"
        "values (%s, %s, %s, 'same', 'test', '2026-06-01 12:00+00')",
        [business_id, MAL_LID, VERA],
    )
    event(connection, business_id, "edited", address=VERA, occurred_at="2026-06-02 12:00+00")
    assert shown(connection, old).body == "mine"


@pytest.mark.parametrize("kind", ["edited", "revoked"])
def test_unsigned_event_counts_when_one_inbound_message_of_a_person_has_the_id(
    connection: Connection, business_id: int, kind: str
) -> None:
    message = insert(
        connection, business_id, "inbound", address=VERA, body="mine", provider_message_id="m1"
    )
    event(connection, business_id, kind)
    assert unattributed(connection) == []
    assert shown(connection, message).body == ("forged" if kind == "edited" else None)


@pytest.mark.parametrize("kind", ["edited", "revoked", "reaction"])
@pytest.mark.parametrize("target", ["ours", "group", "list", "both", "unlinked", "absent"])
def test_unsigned_event_is_kept_and_listed_when_it_may_be_anybodys(
    connection: Connection, business_id: int, kind: str, target: str
) -> None:
    columns = {"body": "mine", "provider_message_id": "m1"}
    messages = []
    if target in ("ours", "both"):
        messages.append(insert(connection, business_id, "outbound", address=MAL, **columns))
    if target == "group":
        messages.append(group_message(connection, business_id, VERA))
    if target == "both":
        messages.append(insert(connection, business_id, "inbound", address=VERA, **columns))
    if target == "list":
        messages.append(
            insert(
                connection, business_id, "inbound", address=VERA, list_address="1@broadcast",
                **columns,
            )
        )  # fmt: skip
    if target == "unlinked":
        insert(connection, business_id, "inbound", address="Unknown", **columns)
    event(connection, business_id, kind)
    event(connection, business_id, kind, target_direction="inbound", body="again")
    for message in messages:
        row = shown(connection, message)
        assert (row.body, row.revoked_at, row.deleted_by) == ("mine", None, None)
        assert row.reactions is None
    assert unattributed(connection) == [kind, kind]


def test_reaction_counts_when_its_author_is_in_the_chat(
    connection: Connection, business_id: int
) -> None:
    ours = insert(connection, business_id, "outbound", address=VERA, provider_message_id="m1")
    for address in (*NOBODY, MAL, MAL_LID):
        event(connection, business_id, "reaction", address=address, body="👎")
    assert shown(connection, ours).reactions is None
    event(connection, business_id, "reaction", address=VERA, body="👍")
    [reaction] = shown(connection, ours).reactions
    assert (reaction["emoji"], reaction["actor"]) == ("👍", None)


def test_status_has_no_author_and_is_about_what_the_business_sent(
    connection: Connection, business_id: int
) -> None:
    ours = insert(connection, business_id, "outbound", address=VERA, provider_message_id="m1")
    theirs = insert(connection, business_id, "inbound", address=VERA, provider_message_id="m1")
    event(connection, business_id, "read", address=MAL, actor=MAL, author_key="business")
    assert scalar(connection, "select author_key from whatsapp_message_event") is None
    assert (shown(connection, ours).status, shown(connection, theirs).status) == ("read", None)


def test_author_is_what_the_envelope_says_when_a_writer_says_otherwise(
    connection: Connection, business_id: int
) -> None:
    message = group_message(connection, business_id, VERA)
    key = f"phone::+{VERA.partition('@')[0]}"
    event(connection, business_id, "edited", address=GROUP, actor=MAL, author_key=key)
    connection.execute("update whatsapp_message_event set author_key = %s", [key])
    assert shown(connection, message).body == "mine"
    connection.execute("update whatsapp_message_event set actor = %s", [VERA])
    assert shown(connection, message).body == "forged"


def test_other_business_lends_nobody_a_name(connection: Connection, business_id: int) -> None:
    other = add_business(connection, "Other")
    learn(connection, other, VERA, MAL)
    message = group_message(connection, business_id, VERA)
    event(connection, business_id, "edited", address=GROUP, actor=MAL)
    assert shown(connection, message).body == "mine"


def test_forged_events_go_when_their_message_is_deleted(
    connection: Connection, business_id: int
) -> None:
    message = group_message(connection, business_id, VERA)
    for kind in ("edited", "revoked", "reaction"):
        event(connection, business_id, kind, address=MAL)
        event(connection, business_id, kind)
    heard = (
        "select count(*) from whatsapp_message m cross join lateral onethread.list_heard_events(m)"
    )
    assert scalar(connection, heard) == 0
    deleted = rows(
        connection,
        "select * from onethread.delete_messages(%s, array[%s]::bigint[])",
        business_id, message.id,
    )  # fmt: skip
    assert (deleted[0].messages, deleted[0].events) == (1, 6)
