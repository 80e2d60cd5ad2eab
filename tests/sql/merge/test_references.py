"""Rows of a CRM's own tables that refer to a conversation: through a join, and its undo."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from tests.conftest import Connection, add_business
from tests.sql.query import rows, scalar
from tests.sql.story import Story

P1, P2, P3 = "+972521110001", "+972521110002", "+972521110003"
L1, L2 = "871000000000001@lid", "871000000000002@lid"

KEY = (
    "foreign key (business_id, conversation_id) references whatsapp_conversation (business_id, id)"
)

# A table that allows many rows a conversation: it follows, and comes back.
FOLLOWING = {
    "composite": f"""
        create table crm.note (business_id bigint not null, id bigserial, conversation_id bigint,
          body text, primary key (business_id, id), {KEY})""",
    "no primary key": f"""
        create table crm.note (business_id bigint, conversation_id bigint, body text, {KEY})""",
    "key of many types": f"""
        create table crm.note (business_id bigint not null, conversation_id bigint not null,
          at timestamptz default '2026-07-01 12:00Z', amount numeric default 1.50, mark bytea
          default '\\x00ff', body text, primary key (business_id, conversation_id, at, amount, mark,
          body), {KEY})""",
    "generated": f"""
        create table crm.note (business_id bigint, conversation_id bigint, body text,
          thread text generated always as ('thread ' || conversation_id) stored,
          id bigint generated always as identity primary key, {KEY})""",
    "business is generated": """
        create table crm.note (owner text default 'B', body text, conversation_id bigint,
          tenant bigint generated always as (nullif(owner, 'B')::bigint) stored,
          business_id bigint, id bigserial primary key,
          foreign key (business_id, conversation_id)
          references whatsapp_conversation (business_id, id))""",
    "partitioned": f"""
        create table crm.note (business_id bigint not null, conversation_id bigint not null,
          body text, id bigserial, primary key (business_id, conversation_id, id), {KEY})
          partition by hash (conversation_id);
        create table crm.note_0 partition of crm.note for values with (modulus 2, remainder 0);
        create table crm.note_1 partition of crm.note for values with (modulus 2, remainder 1)""",
    "deferred": f"""
        create table crm.note (business_id bigint, id bigserial primary key,
          conversation_id bigint, body text, {KEY} deferrable initially deferred)""",
    "cascade": f"""
        create table crm.note (business_id bigint, id bigserial primary key,
          conversation_id bigint, body text, {KEY} on delete cascade)""",
    "set null": f"""
        create table crm.note (business_id bigint, id bigserial primary key,
          conversation_id bigint, body text, {KEY} on delete set null (conversation_id))""",
    "odd names": f"""
        create table crm.note (business_id bigint, id bigserial primary key,
          conversation_id bigint, body text, "on ""top""; --" int unique, {KEY})""",
}

# A table that keeps the row of the absorbed conversation, each for a reason of its own.
REFUSING = {
    "one row a conversation": f"""
        create table crm.note (business_id bigint, conversation_id bigint, body text,
          primary key (business_id, conversation_id), {KEY})""",
    "one row, checked at the end": f"""
        create table crm.note (business_id bigint, conversation_id bigint, body text,
          unique (business_id, conversation_id) deferrable initially deferred, {KEY})""",
    "trigger raises": f"""
        create table crm.note (business_id bigint, id bigserial primary key,
          conversation_id bigint, body text, {KEY});
        create function crm.refuse() returns trigger language plpgsql
          as $$ begin raise exception 'notes do not move'; end; $$;
        create trigger refuse before update on crm.note
          for each row execute function crm.refuse()""",
    "trigger raises at the end": f"""
        create table crm.note (business_id bigint, id bigserial primary key,
          conversation_id bigint, body text, {KEY});
        create function crm.refuse() returns trigger language plpgsql
          as $$ begin raise exception 'notes do not move' using errcode = '40001'; end; $$;
        create constraint trigger refuse after update on crm.note deferrable initially deferred
          for each row execute function crm.refuse()""",
    "trigger says nothing and does nothing": f"""
        create table crm.note (business_id bigint, id bigserial primary key,
          conversation_id bigint, body text, {KEY} on delete cascade);
        create function crm.refuse() returns trigger language plpgsql
          as $$ begin return null; end; $$;
        create trigger refuse before update on crm.note
          for each row execute function crm.refuse()""",
    "the reference itself is generated": """
        create table crm.note (business_id bigint, id bigserial primary key, body text,
          conversation text, conversation_id bigint
          generated always as (conversation::bigint) stored,
          foreign key (business_id, conversation_id)
          references whatsapp_conversation (business_id, id))""",
}


@pytest.fixture
def crm(story: Story) -> Story:
    story.connection.execute("create schema crm")
    return story


def _note(story: Story, body: str, conversation_id: int, business_id: int | None = None) -> None:
    column = "conversation_id"
    if scalar(
        story.connection,
        "select attgenerated <> '' from pg_attribute "
        "where attrelid = 'crm.note'::regclass and attname = 'conversation_id'",
    ):
        column = "conversation"
    story.connection.execute(
        f"insert into crm.note (business_id, {column}, body) values (%s, %s, %s)",
        [business_id or story.business_id, conversation_id, body],
    )


def _notes(story: Story) -> dict[str, int]:
    """Body -> conversation."""
    found = rows(
        story.connection,
        "select body, conversation_id from crm.note where business_id = %s",
        story.business_id,
    )
    return {row.body: row.conversation_id for row in found}


def _merge(story: Story, survivor_id: int, absorbed_id: int) -> int:
    query = "select onethread.merge_conversations(%s, %s, %s, 'test')"
    return int(scalar(story.connection, query, story.business_id, survivor_id, absorbed_id))


def _undo(story: Story, merge_id: int) -> None:
    story.connection.execute("select onethread.undo_merge(%s, %s)", [story.business_id, merge_id])


def _find(story: Story, conversation_id: int) -> int:
    query = "select onethread.find_conversation_by_id(%s, %s)"
    return int(scalar(story.connection, query, story.business_id, conversation_id))


def _is_healthy(story: Story) -> bool:
    # As at the end of the transaction.
    story.connection.execute("set constraints all immediate")
    query = "select * from thread_integrity where business_id = %s"
    return rows(story.connection, query, story.business_id) == []


@pytest.mark.parametrize("table", FOLLOWING.values(), ids=FOLLOWING)
def test_rows_follow_the_join_and_its_undo_when_the_table_takes_it(crm: Story, table: str) -> None:
    crm.connection.execute(table)
    first, second = (crm.conversation_of(crm.message(each)) for each in (P1, P2))
    for body, conversation_id in {"of first": first, "of second": second, "two": second}.items():
        _note(crm, body, conversation_id)
    merge_id = _merge(crm, first, second)
    assert _notes(crm) == {"of first": first, "of second": first, "two": first}
    assert _is_healthy(crm)

    crm.connection.execute("set timezone = 'Asia/Tokyo'; set bytea_output = 'escape'")
    _note(crm, "since", first)
    _undo(crm, merge_id)
    assert _notes(crm) == {"of first": first, "of second": second, "two": second, "since": first}
    assert _is_healthy(crm)


@pytest.mark.parametrize("table", REFUSING.values(), ids=REFUSING)
def test_row_stays_with_its_nameless_conversation_when_the_table_does_not_take_it(
    crm: Story, table: str
) -> None:
    crm.connection.execute(table)
    messages = [crm.message(each) for each in (P1, P2)]
    first, second = map(crm.conversation_of, messages)
    _note(crm, "of first", first)
    _note(crm, "of second", second)
    crm.connection.execute("set constraints all immediate; set constraints all deferred")
    merge_id = _merge(crm, first, second)
    assert crm.threads(*messages) == [0, 0]
    assert _notes(crm) == {"of first": first, "of second": second}
    assert _find(crm, second) == first
    assert _is_healthy(crm)

    _undo(crm, merge_id)
    assert crm.threads(*messages) == [0, 1]
    assert crm.conversation_of(messages[1]) == second == _find(crm, second)
    assert _notes(crm) == {"of first": first, "of second": second}
    assert _is_healthy(crm)


@pytest.mark.parametrize("table", {**FOLLOWING, **REFUSING}.values(), ids={**FOLLOWING, **REFUSING})
def test_no_message_is_lost_when_evidence_joins_and_parts_whatever_a_table_answers(
    crm: Story, table: str
) -> None:
    """The join, and the parting, are made by messages that come in."""
    crm.connection.execute(table)
    phone, account = crm.message(P1, day=10), crm.message(L1, day=11)
    for number, each in enumerate((phone, account)):
        _note(crm, f"note {number}", crm.conversation_of(each))
    crm.connection.execute("set constraints all immediate; set constraints all deferred")
    notes = _notes(crm)

    joining = crm.message(L1, day=12, contact_aliases=[P1])
    assert crm.threads(phone, account, joining) == [0, 0, 0]
    parting = crm.message(L2, day=9, contact_aliases=[P1])
    assert crm.threads(phone, parting, account, joining) == [0, 0, 2, 2]
    assert _notes(crm) == notes
    assert _is_healthy(crm)


def test_rows_go_back_to_their_thread_when_the_survivor_was_absorbed_since(crm: Story) -> None:
    crm.connection.execute(FOLLOWING["composite"])
    a, b, c = (crm.conversation_of(crm.message(each)) for each in (P1, P2, P3))
    for body, conversation_id in {"a": a, "b": b, "c": c}.items():
        _note(crm, body, conversation_id)
    first, second = _merge(crm, b, c), _merge(crm, a, b)
    assert set(_notes(crm).values()) == {a}
    _undo(crm, first)
    assert _notes(crm) == {"a": a, "b": a, "c": c}
    _undo(crm, second)
    assert _notes(crm) == {"a": a, "b": b, "c": c}
    assert _is_healthy(crm)


def test_row_stays_when_it_was_led_elsewhere_since(crm: Story) -> None:
    crm.connection.execute(FOLLOWING["composite"])
    a, b, c = (crm.conversation_of(crm.message(each)) for each in (P1, P2, P3))
    _note(crm, "moved", b)
    merge_id = _merge(crm, a, b)
    crm.connection.execute("update crm.note set conversation_id = %s", [c])
    _undo(crm, merge_id)
    assert _notes(crm) == {"moved": c}


def test_rows_of_another_business_stay_when_its_conversation_has_the_same_id(crm: Story) -> None:
    crm.connection.execute(FOLLOWING["composite"])
    a, b = (crm.conversation_of(crm.message(each)) for each in (P1, P2))
    other_id = add_business(crm.connection, "Other")
    for conversation_id in (a, b):
        crm.connection.execute(
            "insert into whatsapp_conversation (business_id, id) values (%s, %s)",
            [other_id, conversation_id],
        )
        _note(crm, f"other {conversation_id}", conversation_id, other_id)
    _note(crm, "own", b)
    query = "select body, conversation_id from crm.note where business_id = %s order by body"
    before = rows(crm.connection, query, other_id)
    merge_id = _merge(crm, a, b)
    assert (_notes(crm), rows(crm.connection, query, other_id)) == ({"own": a}, before)
    _undo(crm, merge_id)
    assert (_notes(crm), rows(crm.connection, query, other_id)) == ({"own": b}, before)


def test_two_references_of_one_row_follow_each_its_own_conversation(crm: Story) -> None:
    crm.connection.execute(
        """
        create table crm.pair (business_id bigint, one bigint, other bigint,
          primary key (business_id, one, other),
          foreign key (business_id, one) references whatsapp_conversation (business_id, id),
          foreign key (business_id, other) references whatsapp_conversation (business_id, id))
        """
    )
    a, b, c = (crm.conversation_of(crm.message(each)) for each in (P1, P2, P3))
    for pair in ((b, c), (c, b), (a, c)):
        crm.connection.execute("insert into crm.pair values (%s, %s, %s)", [crm.business_id, *pair])
    query = "select one, other from crm.pair order by one, other"
    before = rows(crm.connection, query)
    # (b, c) cannot become (a, c), which is there: it stays; (c, b) becomes (c, a).
    merge_id = _merge(crm, a, b)
    assert set(rows(crm.connection, query)) == {(b, c), (c, a), (a, c)}
    _undo(crm, merge_id)
    assert rows(crm.connection, query) == before
    assert _is_healthy(crm)


@pytest.mark.parametrize("right", ["", "select", "select, update"])
@pytest.mark.parametrize("on_delete", ["", "on delete cascade", "deferrable initially deferred"])
@pytest.mark.parametrize("is_secured", [False, True])
@pytest.mark.parametrize("has_rows", [True, False])
def test_no_message_is_lost_when_the_table_is_another_owners(
    crm: Story, right: str, on_delete: str, is_secured: bool, has_rows: bool
) -> None:
    """Onethread's owner is no superuser, and may do to the table what its owner lets it do."""
    connection = crm.connection
    connection.execute(
        f"create table crm.note (business_id bigint, id bigserial primary key, "
        f"conversation_id bigint, body text, {KEY} {on_delete})"
    )
    phone, account = crm.message(P1), crm.message(L1)
    if has_rows:
        _note(crm, "of the phone", crm.conversation_of(phone))
        _note(crm, "of the account", crm.conversation_of(account))
    _hand_over(connection, right, is_secured)
    joining = crm.message(L1, contact_aliases=[P1])
    connection.execute("set constraints all immediate")
    connection.execute("reset session authorization")
    assert crm.threads(phone, account, joining) == [0, 0, 0]
    takes_it = right == "select, update" and not is_secured
    if has_rows and takes_it:
        assert len(set(_notes(crm).values())) == 1
    elif has_rows:
        assert len(set(_notes(crm).values())) == 2
    assert scalar(connection, "select count(*) from crm.note") == (2 if has_rows else 0)


def _hand_over(connection: Connection, right: str, is_secured: bool) -> None:
    """All of Onethread becomes somebody's who is no superuser; crm.note is another one's."""
    connection.execute("set constraints all immediate")
    connection.execute("create role thread_owner; create role note_owner")
    connection.execute("grant usage on schema crm to thread_owner, note_owner")
    connection.execute(
        """
        do $$
        declare v_command text;
        begin
          for v_command in
            select format('alter table %s owner to thread_owner', c.oid::regclass)
            from pg_class c where c.relkind in ('r', 'v')
              and c.relnamespace in ('public'::regnamespace, 'onethread'::regnamespace)
            union all
            select format('alter function %s owner to thread_owner', p.oid::regprocedure)
            from pg_proc p where p.pronamespace = 'onethread'::regnamespace
          loop
            execute v_command;
          end loop;
        end;
        $$;
        alter schema onethread owner to thread_owner;
        alter table crm.note owner to note_owner;
        grant select, references on whatsapp_conversation to note_owner
        """
    )
    if right:
        connection.execute(f"grant {right} on crm.note to thread_owner")
    if is_secured:
        connection.execute("alter table crm.note enable row level security")
    connection.execute("set session authorization thread_owner")


def test_absorbed_row_comes_back_when_the_conversations_table_has_generated_columns(
    story: Story,
) -> None:
    story.connection.execute(
        "alter table whatsapp_conversation "
        "add column label text generated always as ('thread ' || id) stored, "
        "add column serial bigint generated always as identity, add column note text"
    )
    first, second = (story.conversation_of(story.message(each)) for each in (P1, P2))
    story.connection.execute(
        "update whatsapp_conversation set note = 'vip' where id = %s", [second]
    )
    query = "select label, serial, note from whatsapp_conversation where id = %s"
    before = rows(story.connection, query, second)
    merge_id = _merge(story, first, second)
    story.connection.execute(
        "alter table whatsapp_conversation add column state text not null default 'open'"
    )
    _undo(story, merge_id)
    assert rows(story.connection, query, second) == before


def test_message_is_stored_when_the_absorbed_row_cannot_come_back(story: Story) -> None:
    """A CRM's trigger takes no conversation of that kind any more."""
    phone, account = story.message(P1, day=10), story.message(L1, day=11)
    old = story.conversation_of(account)
    joining = story.message(L1, day=12, contact_aliases=[P1])
    story.connection.execute(
        f"""
        create function public.refuse() returns trigger language plpgsql
          as $$ begin if new.id = {old} then raise exception 'no' using errcode = 'XX000'; end if;
            return new; end; $$;
        create trigger refuse before insert on whatsapp_conversation
          for each row execute function public.refuse()
        """
    )
    parting = story.message(L2, day=9, contact_aliases=[P1])
    assert story.threads(phone, parting, account, joining) == [0, 0, 2, 2]


def test_absorbed_conversation_stays_empty_when_a_trigger_forbids_to_delete_it(
    story: Story,
) -> None:
    story.connection.execute(
        """
        create function public.refuse() returns trigger language plpgsql
          as $$ begin raise exception 'conversations are kept'; end; $$;
        create trigger refuse before delete on whatsapp_conversation
          for each row execute function public.refuse()
        """
    )
    phone, account = story.message(P1), story.message(L1)
    joining = story.message(L1, contact_aliases=[P1])
    assert story.threads(phone, account, joining) == [0, 0, 0]


def test_join_waits_when_somebody_holds_a_row_that_would_follow(database: str) -> None:
    """The message does not wait, and is not lost; the row follows when it is free."""
    with (
        psycopg.connect(database, autocommit=True) as connection,
        psycopg.connect(database) as holder,
    ):
        story = Story(connection, add_business(connection))
        connection.execute("create schema crm")
        connection.execute(FOLLOWING["composite"])
        phone, account = story.message(P1), story.message(L1)
        _note(story, "of the phone", story.conversation_of(phone))
        _note(story, "of the account", story.conversation_of(account))
        holder.execute("update crm.note set body = body")
        joining = story.message(L1, contact_aliases=[P1])
        ids = [phone, account, joining]
        assert len(_threads(story, ids)) == 2
        holder.rollback()
        query = "select onethread.apply_pending_evidence(%s)"
        assert scalar(connection, query, story.business_id) == 0
        assert story.threads(*ids) == [0, 0, 0]
        assert len(set(_notes(story).values())) == 1


def _threads(story: Story, ids: list[int]) -> set[Any]:
    return {story.conversation_of(each) for each in ids}
