"""Ids are a business's own: the victim has conversations with the ids of the attacker's.

As after two servers were made one, and in shards. Whatever the attacker joins and parts, nothing
of the victim's follows: no row of ours, and none of a CRM's tables that refer to conversations.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.security.arena import Arena, build

TABLES = {
    "crm.note": "primary key (business_id, id)",
    "crm.setting": "primary key (business_id, conversation_id)",
}


@pytest.fixture
def equal_arena(database: str) -> Iterator[Arena]:
    """An arena of its own, with a CRM's tables."""
    arena = build(database)
    owner = arena.owner
    owner.execute("create schema crm")
    for table, key in TABLES.items():
        owner.execute(
            f"create table {table} (business_id bigint, id bigserial, conversation_id bigint, "
            f"{key}, foreign key (business_id, conversation_id) "
            "references whatsapp_conversation (business_id, id))"
        )
    ids = [row[0] for row in owner.execute(
        "select id from whatsapp_conversation where business_id = %s", [arena.attacker_id]
    ).fetchall()]  # fmt: skip
    assert {arena.own["conversation"], arena.own["other_conversation"]} <= set(ids)
    for each in ids:
        owner.execute(
            "insert into whatsapp_conversation (business_id, id) values (%s, %s)",
            [arena.victim_id, each],
        )
        owner.execute(
            "insert into onethread.conversation_read (business_id, conversation_id, sent_at, "
            "message_id) values (%s, %s, now(), 1)",
            [arena.victim_id, each],
        )
        for business_id in (arena.attacker_id, arena.victim_id):
            for table in TABLES:
                owner.execute(
                    f"insert into {table} (business_id, conversation_id) values (%s, %s)",
                    [business_id, each],
                )
    with arena.untouched():
        yield arena
    owner.close()


def _theirs(arena: Arena) -> list[list[tuple[object, ...]]]:
    """The victim's rows of the CRM's tables, with their versions."""
    return [
        arena.owner.execute(
            f"select ctid::text, xmin::text, t::text from {table} t where business_id = %s "
            "order by 1",
            [arena.victim_id],
        ).fetchall()
        for table in TABLES
    ]


def _notes(arena: Arena) -> list[int]:
    return [row[0] for row in arena.owner.execute(
        "select conversation_id from crm.note where business_id = %s order by id",
        [arena.attacker_id],
    ).fetchall()]  # fmt: skip


@pytest.mark.parametrize("login", ["admin", "app"])
def test_nothing_of_another_business_follows_when_its_conversations_have_the_same_ids(
    equal_arena: Arena, login: str
) -> None:
    arena = equal_arena
    before, notes = _theirs(arena), _notes(arena)
    with arena.login(login) as connection:
        merge = arena.attack(
            connection,
            "select onethread.merge_conversations("
            "{own}, {conversation}, {other_conversation}, 'x')",
            arena.own,
        )
        assert merge.rows, merge
        assert _theirs(arena) == before
        assert _notes(arena) != notes

        undo = f"select onethread.undo_merge({{own}}, {merge.rows[0][0]})"
        assert arena.attack(connection, undo, arena.own).error == ""
        assert _notes(arena) == notes
        said = arena.attack(
            connection,
            "select onethread.declare_different({own}, {conversation}, {other_conversation}, 'x')",
            arena.own,
        )
        assert said.error == ""
        assert _theirs(arena) == before
