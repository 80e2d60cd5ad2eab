"""Somebody is erased: nothing of them is left, nothing comes back, others keep what is theirs."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from tests.catalog import INSTALLATION_TABLES, OUR_SCHEMAS
from tests.conftest import Connection, add_business, insert
from tests.privacy.scene import (
    BSUID,
    GROUP,
    LID,
    NAME,
    OTHER,
    OTHER_LID,
    PHONE,
    SECOND,
    SECRET,
    START,
    TRACES,
    TWO_PEOPLE,
    TYPED,
    erase_person,
    find_ids,
    find_traces,
    read_rows,
    set_scene,
    write_events,
    write_evidence,
    write_message,
    write_messages,
    write_name,
    write_reject,
)
from tests.sql.query import add_lead, add_own_number, rows, scalar


@pytest.fixture
def committed(database: str) -> Iterator[Connection]:
    """An autocommit connection to a database of the test's own."""
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection


# Columns that can hold any text, but nobody's: a word of ours, a program's or the business's own.
HOLDS_NOBODY = {
    "business": {"name", "default_region", "bare_digits", "time_zone", "trust_copies"},
    "business_hour": set[str](),
    "business_lock": {"purpose"},
    "business_member": {"role_name"},
    "business_number": {"kind", "value"},
    "contact_name": {"source"},
    "erased_identifier": {"key_hash"},
    # keys, names: see test_audit_refuses_personal_data_when_finished
    "erasure": {"step", "keys", "names"},
    "erasure_secret": {"secret"},
    "shared_phone": {"key"},  # of too many to be anybody's; goes with whoever writes under it alone
    "webhook": {"provider", "secret_hash", "instance"},
    "webhook_reject": {"origin", "provider"},
    "whatsapp_backfill": set[str](),
    "whatsapp_conversation": {"kind"},
    "whatsapp_identity": {"kind", "scope"},
    "whatsapp_identity_conflict": {"kind", "reason"},
    "whatsapp_identity_evidence": {"relation", "inert_reason", "weight"},
    "whatsapp_message": {"direction"},
    "whatsapp_message_event": {"kind", "target_direction"},
}


def test_every_column_is_thought_of_when_there_are_new_ones(committed: Connection) -> None:
    """The check of the tests below: whatever can hold something of a person does so in the scene.

    A new table or column: let the scene write something of the person there, or say that it can
    hold nothing of anybody.
    """
    business_id = set_scene(committed)
    holds_nobody = {f"{table}.{name}" for table, names in HOLDS_NOBODY.items() for name in names}
    columns = rows(
        committed,
        "select c.relname || '.' || a.attname as name from pg_class c "
        "inner join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped "
        f"where c.relkind in ('r', 'p') and c.relnamespace in {OUR_SCHEMAS} "
        f"and c.relname !~ 'yoyo' and c.relname not in {INSTALLATION_TABLES} "
        "and a.atttypid <> all ('{bool,int2,int4,int8,int8[],timestamptz,time}'::regtype[])",
    )
    traces = find_traces(committed, business_id)
    assert set(traces) | holds_nobody == {row.name for row in columns}
    assert not set(traces) & holds_nobody

    ids = find_ids(committed, business_id)
    with_ids = {name.partition(".")[0] for name in find_traces(committed, business_id, ids)}
    with_text = {name.partition(".")[0] for name in traces}
    assert with_ids | with_text | HOLDS_NOBODY.keys() == read_rows(committed, business_id).keys()
    assert with_ids >= {"conversation_read", "whatsapp_identity_conflict"}


@pytest.mark.parametrize("address", [TYPED, LID, BSUID, SECOND])
def test_nothing_is_left_when_erased_by_any_address(committed: Connection, address: str) -> None:
    business_id = set_scene(committed)
    ids = find_ids(committed, business_id)
    report = erase_person(committed, business_id, address)
    assert find_traces(committed, business_id, TRACES + ids) == {}
    assert rows(committed, "select * from thread_integrity") == []
    assert {name: count for name, count in report.items() if not name.endswith("_at")} == {
        "erasure_id": report["erasure_id"],
        "messages": 7,
        "events": 4,
        "identifiers": 4,
        "evidence": 6,
        "conflicts": 1,
        "merges": 1,
        "leads": 2,
        "payloads": 2,
        "rejects": 3,
    }


def test_others_keep_what_is_theirs_when_somebody_is_erased(committed: Connection) -> None:
    business_id = set_scene(committed)
    before = read_rows(committed, business_id)
    erase_person(committed, business_id)
    after = read_rows(committed, business_id)
    left = rows(committed, "select body, payload from whatsapp_message order by sent_at, id")
    assert [(row.body, row.payload) for row in left] == [
        ("fine", None),
        ("hello", {"key": OTHER}),
        ("unreadable", None),
    ]
    assert sorted(
        row.body
        for row in rows(committed, "select body from whatsapp_message_event where body > ''")
    ) == ["y"]
    [reject] = rows(committed, "select payload, resolved_at from onethread.webhook_reject")
    assert json.loads(reject.payload) == {"messages": TWO_PEOPLE["messages"][1:]}
    for table in ("whatsapp_identity", "whatsapp_identity_evidence"):
        assert [row for row in before[table] if row in after[table]] == after[table]
        assert len(after[table]) < len(before[table])
    assert len(after["whatsapp_conversation"]) == 2


def test_other_business_is_untouched_when_it_knows_the_person(committed: Connection) -> None:
    other_id = set_scene(committed)
    business_id = set_scene(committed)
    before = read_rows(committed, other_id)
    erase_person(committed, business_id)
    assert read_rows(committed, other_id) == before
    assert write_message(committed, other_id, "M99", 9, from_number=PHONE) == 1


def test_nothing_comes_back_when_all_is_replayed(committed: Connection) -> None:
    business_id = set_scene(committed)
    erase_person(committed, business_id)
    before = read_rows(committed, business_id)
    for _ in range(2):
        assert write_messages(committed, business_id) == 0
        assert write_events(committed, business_id) == 0
        assert write_evidence(committed, business_id, START) == 0
        for at in (START, datetime.now(UTC)):
            assert write_name(committed, business_id, "phone::+972501234567", NAME, at) == 0
            assert write_name(committed, business_id, "lid::876019134910105", NAME, at) == 0
        # An address book has no times.
        assert write_evidence(committed, business_id, None) == 0
        assert write_reject(committed, business_id, {"presence": LID}, is_closed=True) == 0
    assert find_traces(committed, business_id) == {}
    assert read_rows(committed, business_id) == before


def test_old_messages_stay_away_when_person_is_back(committed: Connection) -> None:
    business_id = set_scene(committed)
    erase_person(committed, business_id)
    new = insert(committed, business_id, "inbound", address=PHONE, contact_aliases=[LID], body="hi")
    assert new.conversation_id is not None
    assert write_messages(committed, business_id) == 0
    assert write_events(committed, business_id) == 0
    assert write_evidence(committed, business_id, START) == 0
    assert write_name(committed, business_id, "phone::+972501234567", SECRET) == 0
    assert find_traces(committed, business_id, [SECRET]) == {}
    again = insert(committed, business_id, "outbound", address=LID, body="Welcome back")
    assert again.conversation_id == new.conversation_id
    assert rows(committed, "select * from thread_integrity") == []

    erase_person(committed, business_id)
    assert find_traces(committed, business_id) == {}
    assert write_message(committed, business_id, "B1", 0, from_number=PHONE) == 0


def test_person_is_known_again_when_gateway_names_them_after_they_wrote(
    committed: Connection,
) -> None:
    """What is refused while they are gone is learned when they are back."""
    business_id = set_scene(committed)
    erase_person(committed, business_id)
    by_phone = insert(committed, business_id, "inbound", address=PHONE)
    write_evidence(committed, business_id, None)
    assert insert(committed, business_id, "inbound", address=LID).conversation_id == (
        by_phone.conversation_id
    )


def test_old_messages_are_new_again_when_the_hashes_are_deleted(committed: Connection) -> None:
    """Somebody who wants to keep no hash either gets no more than a replay that works."""
    business_id = set_scene(committed)
    erase_person(committed, business_id)
    back = insert(committed, business_id, "inbound", address=PHONE, contact_aliases=[LID])
    committed.execute("delete from onethread.erased_identifier")
    committed.execute("delete from onethread.erasure_secret")
    committed.execute("set statement_timeout = '20s'")
    assert write_message(committed, business_id, "M0", 0, from_number=PHONE) == 1
    assert write_message(committed, business_id, "M1", 1, from_number=LID) == 1
    assert {row.conversation_id for row in read_messages(committed)} >= {back.conversation_id}
    assert rows(committed, "select * from thread_integrity") == []


def test_merge_cannot_be_undone_when_person_is_erased(committed: Connection) -> None:
    business_id = set_scene(committed)
    merge_id = scalar(committed, "select id from onethread.whatsapp_conversation_merge")
    erase_person(committed, business_id)
    with pytest.raises(psycopg.errors.NoDataFound, match="there is no merge") as refusal:
        committed.execute("select onethread.undo_merge(%s, %s)", [business_id, merge_id])
    assert "erased" in (refusal.value.diag.message_hint or "")


def test_audit_refuses_personal_data_when_finished(committed: Connection) -> None:
    business_id = set_scene(committed)
    report = erase_person(committed, business_id)
    assert report["finished_at"] >= report["started_at"]
    for column in ("keys", "names"):
        with pytest.raises(psycopg.errors.CheckViolation):
            committed.execute(f"update onethread.erasure set {column} = array['+972501234567']")


def test_phone_stays_with_its_new_owner_when_the_former_is_erased(committed: Connection) -> None:
    business_id = add_business(committed)
    write_message(committed, business_id, "A", 0, from_number=LID, contact_aliases=[PHONE])
    write_message(committed, business_id, "B", 1, from_number=PHONE, body="the former one's")
    write_message(committed, business_id, "C", 5, from_number=OTHER_LID, contact_aliases=[PHONE])
    write_message(committed, business_id, "D", 6, from_number=PHONE, body="the new one's")
    erase_person(committed, business_id, LID)
    assert [row.provider_message_id for row in read_messages(committed)] == ["C", "D"]

    assert write_message(committed, business_id, "B", 1, from_number=PHONE) == 0
    assert write_message(committed, business_id, "E", 7, from_number=PHONE) == 1
    assert len({row.conversation_id for row in read_messages(committed)}) == 1
    assert rows(committed, "select * from thread_integrity") == []


def test_phone_does_not_go_back_to_its_former_owner_when_the_new_one_is_erased(
    committed: Connection,
) -> None:
    business_id = add_business(committed)
    write_message(committed, business_id, "A", 0, from_number=LID, contact_aliases=[PHONE])
    write_message(committed, business_id, "C", 5, from_number=OTHER_LID, contact_aliases=[PHONE])
    erase_person(committed, business_id, OTHER_LID)
    assert [row.provider_message_id for row in read_messages(committed)] == ["A"]

    assert write_message(committed, business_id, "D", 6, from_number=PHONE) == 0
    new = insert(committed, business_id, "inbound", address=PHONE)
    former = insert(committed, business_id, "inbound", address=LID)
    assert new.conversation_id != former.conversation_id
    assert write_message(committed, business_id, "B", 1, from_number=PHONE) == 1
    assert rows(committed, "select * from thread_integrity") == []


def test_part_in_groups_is_erased_when_person_was_only_there(committed: Connection) -> None:
    business_id = add_business(committed)
    write_message(committed, business_id, "A", 0, from_number=GROUP, participant=LID, body=SECRET)
    write_message(committed, business_id, "B", 1, from_number=GROUP, participant=OTHER)
    report = erase_person(committed, business_id, LID)
    assert (report["messages"], report["identifiers"]) == (1, 0)
    assert write_message(committed, business_id, "A", 0, from_number=GROUP, participant=LID) == 0
    assert [row.provider_message_id for row in read_messages(committed)] == ["B"]
    assert scalar(committed, "select count(*) from whatsapp_identity") == 1


def test_copies_and_scheduled_messages_go_when_person_is_erased(committed: Connection) -> None:
    business_id = add_business(committed)
    first = insert(committed, business_id, "inbound", address=PHONE, provider_message_id="X")
    second = insert(committed, business_id, "inbound", address=LID, provider_message_id="X")
    insert(committed, business_id, "outbound", address=LID, send_after="2999-01-01")
    committed.execute(
        "select onethread.merge_conversations(%s, %s, %s, null)",
        [business_id, first.conversation_id, second.conversation_id],
    )
    assert scalar(committed, "select count(duplicate_of) from whatsapp_message") == 1
    assert erase_person(committed, business_id)["messages"] == 3
    assert scalar(committed, "select count(*) from whatsapp_message") == 0


def test_erasure_waits_for_what_is_being_sent_and_ends_what_is_queued(
    database: str, committed: Connection
) -> None:
    business_id = add_business(committed)
    thread = insert(committed, business_id, "inbound", address=PHONE)
    queue = "select onethread.queue_message(%s, %s, 'hi')"
    for _ in range(2):
        committed.execute(queue, [business_id, thread.conversation_id])
    claim = "select * from onethread.claim_queued_messages(%s, 10, '5 minutes')"
    [claimed] = rows(committed, claim, business_id)
    start = "select onethread.start_erasure(%s, %s)"
    with pytest.raises(psycopg.errors.LockNotAvailable, match="is being sent"):
        scalar(committed, start, business_id, PHONE)
    noted: list[Any] = []

    def note() -> None:
        time.sleep(0.5)
        with psycopg.connect(database, autocommit=True) as sender:
            query = "select onethread.note_sent_message(%s, %s, %s, 'ID')"
            noted.append(scalar(sender, query, business_id, claimed.id, claimed.send_attempts))

    sending = threading.Thread(target=note)
    sending.start()
    scalar(committed, start, business_id, PHONE)
    sending.join()
    assert noted == [True]
    assert rows(committed, claim, business_id) == []
    assert scalar(committed, "select count(*) from whatsapp_message where status = 'queued'") == 0
    erase_person(committed, business_id)
    assert scalar(committed, "select count(*) from whatsapp_message") == 0
    assert scalar(committed, "select count(*) from whatsapp_message_event") == 0


def test_dead_senders_message_is_not_sent_again_when_person_is_erased(
    committed: Connection,
) -> None:
    business_id = add_business(committed)
    insert(committed, business_id, "outbound", address=PHONE, status="queued")
    claim = "select * from onethread.claim_queued_messages(%s, 10, '1 microsecond')"
    [claimed] = rows(committed, claim, business_id)
    scalar(committed, "select onethread.start_erasure(%s, %s)", business_id, PHONE)
    assert rows(committed, claim, business_id) == []
    note = "select onethread.note_sent_message(%s, %s, %s, 'ID')"
    assert not scalar(committed, note, business_id, claimed.id, claimed.send_attempts)


def test_erasure_waits_for_no_sender_when_a_crm_calls_it_sending(committed: Connection) -> None:
    """What the person wrote has no sender, and what no sender took has no lease."""
    business_id = add_business(committed)
    insert(committed, business_id, "inbound", address=PHONE, status="sending",
           send_after="2999-01-01")  # fmt: skip
    insert(committed, business_id, "outbound", address=PHONE, status="sending")
    scalar(committed, "select onethread.start_erasure(%s, %s)", business_id, PHONE)
    erase_person(committed, business_id)
    assert scalar(committed, "select count(*) from whatsapp_message") == 0


def test_old_answer_stays_away_when_a_crm_queues_it_again(committed: Connection) -> None:
    business_id = add_business(committed)
    thread = insert(committed, business_id, "inbound", address=PHONE).conversation_id
    other = insert(committed, business_id, "inbound", address="+972501110009").conversation_id
    erase_person(committed, business_id)
    for conversation_id in (thread, other):
        [count] = rows(
            committed,
            "with stored as (insert into whatsapp_message "
            "(business_id, conversation_id, direction, to_number, body, status, sent_at) "
            "values (%s, %s, 'outbound', %s, 'x', 'queued', now() - interval '1 year') "
            "returning id) select count(*) as n from stored",
            business_id,
            conversation_id,
            PHONE,
        )
        assert count.n == 0
    assert scalar(committed, "select count(*) from whatsapp_message") == 1


def test_lead_keeps_its_number_only_when_person_is_erased(committed: Connection) -> None:
    business_id = add_business(committed)
    lead_id = add_lead(committed, business_id, TYPED, "Dana Levi")
    insert(committed, business_id, "inbound", address=PHONE)
    assert erase_person(committed, business_id)["leads"] == 1
    [lead] = rows(committed, "select * from lead")
    assert (lead.id, lead.name, lead.phone, lead.phone_match_value) == (lead_id, None, None, None)
    # The CRM's own word counts: it has this customer again.
    committed.execute("update lead set phone = %s", [TYPED])
    new = insert(committed, business_id, "inbound", address=PHONE)
    assert scalar(committed, "select lead_id from whatsapp_conversation") == lead_id
    assert new.conversation_id is not None


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("nonsense", "identifies nobody"),
        ("", "identifies nobody"),
        (GROUP, "a group is not a person"),
        ("+972 3-700-0100", "belongs to the business itself"),
    ],
)
def test_erasure_is_refused_when_address_is_no_persons(
    connection: Connection, business_id: int, address: str, reason: str
) -> None:
    add_own_number(connection, business_id, "phone", "+97237000100")
    with pytest.raises(psycopg.errors.InvalidParameterValue, match=reason):
        connection.execute("select onethread.start_erasure(%s, %s)", [business_id, address])


@pytest.mark.parametrize(
    ("payload", "rest"),
    [
        ([{"id": PHONE}, {"id": OTHER}], [{"id": OTHER}]),
        ({"a": [{"b": {"c": PHONE}}, 1]}, {"a": [1]}),
        ({"a": {"b": PHONE}, "c": [1]}, None),
        ({PHONE: 1}, None),
        ([[PHONE, OTHER], [972501234567]], [[OTHER], []]),
        # A part of a longer number is not the number.
        ({"a": "19725012345678"}, {"a": "19725012345678"}),
        ({"a": None, "b": True}, {"a": None, "b": True}),
    ],
)
def test_smallest_part_goes_when_payload_is_cut(
    connection: Connection, payload: Any, rest: Any
) -> None:
    found = scalar(
        connection,
        "select onethread.without_names(%s::jsonb, array['972501234567'])",
        json.dumps(payload),
    )
    assert found == rest


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("phone::+5511987654321", '{"from": "551187654321"}'),
        ("phone::+525512345678", "x5215512345678:12@s.whatsapp.net"),
        ("lid::876019134910105", '"lid@876019134910105"'),
        ("bsuid::IL.13491208655302741918", "[IL.13491208655302741918]"),
    ],
)
def test_name_is_found_when_spelled_otherwise(connection: Connection, key: str, text: str) -> None:
    query = "select %s in (select key from onethread.named_keys(%s, null))"
    assert scalar(connection, query, key, text)
    assert not scalar(connection, query, key, "1 2 3")


def test_link_of_known_person_asks_nothing_when_others_are_erased(
    connection: Connection, business_id: int
) -> None:
    """The promise that all this costs a known person's message nothing."""
    connection.execute("set local track_functions = 'all'")
    connection.execute("select onethread.start_erasure(%s, %s)", [business_id, TYPED])
    insert(connection, business_id, "inbound", address=OTHER)
    before = count_calls(connection)
    insert(connection, business_id, "inbound", address=OTHER)
    assert count_calls(connection) == before
    insert(connection, business_id, "inbound", address=GROUP, participant=OTHER)
    assert count_calls(connection) != before


def count_calls(connection: Connection) -> dict[str, int]:
    """Calls, in this transaction, of the functions that know of erasures."""
    return {
        row.name: row.calls
        for row in rows(
            connection,
            "select proname as name, pg_stat_get_xact_function_calls(oid) as calls from pg_proc "
            "where proname in ('is_erased', 'is_forgotten', 'after_erasure', 'is_erased_message', "
            "'bound_identity_start_trigger')",
        )
    }


def read_messages(connection: Connection) -> list[Any]:
    return rows(connection, "select * from whatsapp_message order by sent_at, id")


def test_name_of_an_address_book_is_cut_out_of_what_others_sent(committed: Connection) -> None:
    """Nobody else calls them so: it is read before it goes."""
    business_id = set_scene(committed)
    committed.execute(
        "update onethread.contact_name set name = 'Miriam Stone' "
        "where business_id = %s and key = 'phone::+972501234567'",
        [business_id],
    )
    committed.execute(
        "insert into onethread.webhook_reject (business_id, provider, payload, reason) "
        "values (%s, 'gateway', %s, 'x')",
        [business_id, '{"messages": [{"text": "Miriam Stone called"}, {"text": "fine"}]}'],
    )
    erase_person(committed, business_id, TYPED)
    left = [row.payload for row in rows(committed, "select payload from onethread.webhook_reject")]
    assert any("fine" in text for text in left)
    assert not any("Miriam Stone" in text for text in left)
