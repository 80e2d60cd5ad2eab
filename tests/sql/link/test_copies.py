"""One message that a gateway delivers twice, under the phone and under the LID of its sender."""

from __future__ import annotations

import itertools
from typing import Any

import psycopg
import pytest

from tests.conftest import Connection, add_business, insert
from tests.sql.query import rows, scalar

LID, PHONE = "876019134910105@lid", "972501234567@c.us"
ID = "3EB0A1B2C3D4E5F60001"
COPY = {
    "provider": "waha",
    "provider_message_id": ID,
    "body": "hello",
    "sent_at": "2026-05-01 12:00+00",
}


def deliver(connection: Connection, business_id: int, *copies: dict[str, Any]) -> list[Any]:
    """Inserts the copies and lets the database learn from them; returns their rows as they are."""
    inserted = [
        insert(connection, business_id, **({"direction": "inbound"} | COPY | copy))
        for copy in copies
    ]
    learn(connection, business_id, *(row.provider_message_id for row in inserted))
    query = "select * from whatsapp_message where id = any (%s) order by id"
    return rows(connection, query, [row.id for row in inserted])


def learn(connection: Connection, business_id: int, *ids: str | None) -> int:
    query = "select onethread.learn_from_copies(%s, %s)"
    return int(scalar(connection, query, business_id, list(filter(None, ids))))


def threads(messages: list[Any]) -> int:
    return len({message.conversation_id for message in messages})


def trust(connection: Connection, business_id: int, *providers: str) -> None:
    """This gateway delivers every message twice."""
    connection.execute(
        "update business set trust_copies = %s where id = %s", [list(providers), business_id]
    )


@pytest.mark.parametrize("direction", ["inbound", "outbound"])
@pytest.mark.parametrize("is_phone_first", [True, False])
@pytest.mark.parametrize("known", [None, LID, PHONE])
@pytest.mark.parametrize("message_id", [ID, "ABC123", "AC385FB34F6F59CCB5581269BFC55754"])
def test_copies_are_one_message_when_the_gateway_tells_both_names(
    connection: Connection,
    business_id: int,
    direction: str,
    is_phone_first: bool,
    known: str | None,
    message_id: str,
) -> None:
    if known:
        insert(connection, business_id, direction, address=known, sent_at="2026-04-01 12:00+00")
    order = (PHONE, LID) if is_phone_first else (LID, PHONE)
    copies = [
        {"address": address, "direction": direction, "provider_message_id": message_id}
        for address in order
    ]
    # What came in is attested where the gateway is trusted, what we sent when it answers a send.
    trust(connection, business_id, "waha")
    if direction == "outbound":
        copies[is_phone_first]["source"] = "send_response"
    first, second = deliver(connection, business_id, *copies)
    assert first.conversation_id == second.conversation_id
    assert (first.duplicate_of, second.duplicate_of) == (None, first.id)
    [evidence] = rows(
        connection, "select source, observed_at, weight from whatsapp_identity_evidence"
    )
    assert evidence.weight == "attested"
    assert evidence.source == "waha copies of one message"
    assert evidence.observed_at == first.sent_at
    # From now on the second delivery is refused as any other is.
    assert insert_again(connection, business_id, copies[1]) is None


def insert_again(connection: Connection, business_id: int, copy: dict[str, Any]) -> Any:
    columns = {**COPY, **copy, "body": "hello", "business_id": business_id}
    side = "from_number" if columns["direction"] == "inbound" else "to_number"
    columns[side] = columns.pop("address")
    names = ", ".join(columns)
    values = ", ".join(["%s"] * len(columns))
    query = f"insert into whatsapp_message ({names}) values ({values})"
    return connection.execute(
        f"{query} on conflict do nothing returning id", list(columns.values())
    ).fetchone()


@pytest.mark.parametrize(
    ("name", "first", "second"),
    [
        ("another text", {}, {"body": "hello!"}),
        ("another time", {}, {"sent_at": "2026-05-01 12:00:03+00"}),
        ("another kind", {}, {"kind": "image"}),
        ("another provider", {}, {"provider": "baileys"}),
        ("another id", {}, {"provider_message_id": "3EB0A1B2C3D4E5F60002"}),
        ("the other side", {}, {"direction": "outbound"}),
        ("two phones", {"address": "972501234568@c.us"}, {}),
        ("two accounts", {}, {"address": "876019134910106@lid"}),
        ("a group", {}, {"address": "120363000000000001@g.us", "participant": PHONE}),
        ("of a history", {"source": "history"}, {"source": "history"}),
        ("one of a history", {"source": "history"}, {}),
        ("through a list", {"list_address": "1@broadcast"}, {}),
        ("a counter", {"provider_message_id": "1234567890123456789012"}, None),
        ("a short id", {"provider_message_id": "A1"}, None),
        ("small letters", {"provider_message_id": "3eb0a1b2c3d4e5f60001"}, None),
        ("a word", {"provider_message_id": "FACADE"}, None),
        ("an id of the Cloud API", {"provider_message_id": "wamid.HBgLMTY1MDM4"}, None),
        ("a short id without words", {"provider_message_id": "ABC123", "body": None}, None),
        ("another name of the second", {}, {"contact_aliases": ["876019134910109@lid"]}),
    ],
)
def test_copies_stay_two_messages_when_they_may_be_two(
    connection: Connection,
    business_id: int,
    name: str,
    first: dict[str, Any],
    second: dict[str, Any] | None,
) -> None:
    if second is None:
        second = first
    trust(connection, business_id, "waha")
    copies = [{"address": LID} | first, {"address": PHONE} | second]
    messages = deliver(connection, business_id, *copies)
    assert threads(messages) == 2, name
    assert [message.duplicate_of for message in messages] == [None, None]
    assert rows(connection, "select * from onethread.whatsapp_identity_conflict") == []


@pytest.mark.parametrize("known", [None, LID, PHONE])
@pytest.mark.parametrize("trusted", [[], ["baileys", "evolution"]])
def test_copies_that_came_in_are_two_threads_and_one_suggestion(
    connection: Connection, business_id: int, known: str | None, trusted: list[str]
) -> None:
    """Any receiver of a broadcast list can send the message once more, under its id."""
    trust(connection, business_id, *trusted)
    if known:
        insert(connection, business_id, "inbound", address=known, sent_at="2026-04-01 12:00+00")
    messages = deliver(connection, business_id, {"address": LID}, {"address": PHONE})
    assert threads(messages) == 2
    assert [message.duplicate_of for message in messages] == [None, None]
    [suggestion] = rows(
        connection, "select * from onethread.whatsapp_identity_conflict where settled_at is null"
    )
    assert suggestion.kind == "suggestion"
    assert {suggestion.first_conversation_id, suggestion.second_conversation_id} == {
        message.conversation_id for message in messages
    }


@pytest.mark.parametrize("is_trusted", [True, False])
def test_copies_that_went_out_are_a_suggestion_when_they_answer_no_send(
    connection: Connection, business_id: int, is_trusted: bool
) -> None:
    """They may have gone to a list, from the business's own phone."""
    if is_trusted:
        trust(connection, business_id, "waha")
    copies = [{"address": address, "direction": "outbound"} for address in (LID, PHONE)]
    assert threads(deliver(connection, business_id, *copies)) == 2
    assert scalar(connection, "select weight from whatsapp_identity_evidence") == "claimed"


def test_copy_of_a_message_that_was_queued_here_is_attested(
    connection: Connection, business_id: int
) -> None:
    copies = [{"address": address, "direction": "outbound"} for address in (LID, PHONE)]
    copies[0]["send_attempts"] = 1
    assert threads(deliver(connection, business_id, *copies)) == 1


def test_long_id_is_enough_when_there_are_no_words(
    connection: Connection, business_id: int
) -> None:
    trust(connection, business_id, "waha")
    copy = {"body": None, "kind": "image"}
    copies = [{"address": LID} | copy, {"address": PHONE} | copy]
    assert threads(deliver(connection, business_id, *copies)) == 1


def test_people_stay_apart_when_a_human_said_so(connection: Connection, business_id: int) -> None:
    connection.execute(
        "insert into whatsapp_identity_evidence (business_id, a, b, relation) "
        "values (%s, %s, %s, 'different')",
        [business_id, LID, PHONE],
    )
    assert threads(deliver(connection, business_id, {"address": LID}, {"address": PHONE})) == 2


def test_copies_of_another_business_are_nothing_when_ids_are_equal(
    connection: Connection, business_id: int
) -> None:
    other = add_business(connection, "Other")
    [here] = deliver(connection, business_id, {"address": LID})
    [there] = deliver(connection, other, {"address": PHONE})
    assert learn(connection, business_id, ID) == learn(connection, other, ID) == 0
    assert here.conversation_id != there.conversation_id


def test_each_pair_is_learned_once_when_many_messages_have_copies(
    connection: Connection, business_id: int
) -> None:
    trust(connection, business_id, "waha")
    ids = [f"3EB0A1B2C3D4E5F6{number:04X}" for number in range(20)]
    copies = [
        {"address": address, "provider_message_id": message_id, "body": message_id}
        for message_id, address in itertools.product(ids, (LID, PHONE))
    ]
    messages = deliver(connection, business_id, *copies)
    assert threads(messages) == 1
    assert sum(message.duplicate_of is None for message in messages) == len(ids)
    assert learn(connection, business_id, *ids) == 0


def test_messages_are_read_once_when_statistics_know_nothing_of_so_many(database: str) -> None:
    """As in the first import into a new database: never all of the business for each."""
    with psycopg.connect(database) as connection:
        business_id = add_business(connection)
        connection.execute(
            "insert into whatsapp_message (business_id, direction, provider, provider_message_id, "
            "from_number) select %s, 'inbound', 'waha', '3EB0' || 1000 + i, "
            "'+9725011' || 10000 + i %% 100 from generate_series(1, 300) as i",
            [business_id],
        )
        before = _blocks(connection)
        assert learn(connection, business_id, *(f"3EB0{1000 + i}" for i in range(1, 301))) == 0
        assert _blocks(connection) - before < 2000


def _blocks(connection: Connection) -> int:
    """Blocks of messages, people and their indexes that this transaction has read."""
    return int(
        scalar(
            connection,
            "select sum(pg_stat_get_xact_blocks_fetched(c.oid)) from pg_class c "
            "left join pg_index i on i.indexrelid = c.oid where coalesce(i.indrelid, c.oid) "
            "in ('whatsapp_message'::regclass, 'whatsapp_identity'::regclass)",
        )
    )


def test_copies_are_found_when_two_sessions_insert_them_at_once(database: str) -> None:
    """Neither sees the other's copy while it inserts; the one that commits last does."""
    with (
        psycopg.connect(database, autocommit=True) as one,
        psycopg.connect(database, autocommit=True) as other,
    ):
        business_id = add_business(one)
        with one.transaction():
            insert(one, business_id, "inbound", address=LID, **COPY)
            with other.transaction():
                insert(other, business_id, "inbound", address=PHONE, **COPY)
            assert learn(other, business_id, ID) == 0
        assert learn(one, business_id, ID) == 1
        assert scalar(one, "select count(*) from onethread.whatsapp_identity_conflict") == 1
