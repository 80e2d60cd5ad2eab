"""Old messages are linked in batches: beside writers, after kills, whatever fails."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest

from onethread.messages.read import thread
from onethread.schema import migrate
from onethread.schema.adoption.audit import audit
from onethread.schema.adoption.backfill import backfill
from tests.adoption.crm import Crm
from tests.adoption.people import assert_one_thread_each, feed_fresh_database, partition
from tests.concurrency.sessions import run_together


def run_backfill(crm: Crm) -> None:
    with crm.connect() as connection:
        backfill(connection)


def onethread(crm: Crm, *arguments: str) -> subprocess.Popen[bytes]:
    """The command as a process of its own."""
    command = shutil.which("onethread", path=str(Path(sys.executable).parent))
    if command is None:
        pytest.skip("onethread is not installed beside this Python")
    return subprocess.Popen(
        [command, *arguments], env=os.environ | {"DATABASE_URL": crm.url}, stdout=subprocess.DEVNULL
    )


def test_threads_are_those_of_a_fresh_database_when_backfilled(adopted: Crm, database: str) -> None:
    run_backfill(adopted)

    assert_one_thread_each(adopted)
    feed_fresh_database(adopted, database)
    assert partition(adopted.url) == partition(database)
    with adopted.connect() as connection:
        found = audit(connection)
    assert (found.split_people, found.to_link) == (0, 0)


def test_evidence_reads_as_its_key_when_backfilled(adopted: Crm) -> None:
    """A LID without @lid would be a phone to whoever reads the statement, or writes it again."""
    run_backfill(adopted)
    statements = (
        "from whatsapp_identity_evidence where b_key like 'lid:%%' and a_key like 'lead:%%'"
    )
    assert adopted.value(f"select count(*) {statements}") > 0
    assert (
        adopted.rows(
            "select a, a_key, b, b_key from whatsapp_identity_evidence e "
            "where (onethread.evidence_key(business_id, a), "
            "onethread.evidence_key(business_id, b)) is distinct from (a_key, b_key)"
        )
        == []
    )


def test_message_keeps_its_time_when_backfilled(adopted: Crm) -> None:
    assert adopted.value("select count(*) from whatsapp_message where not is_backfill_pending") == 0
    run_backfill(adopted)
    assert adopted.value(
        "select count(*) from whatsapp_message "
        "where sent_at is distinct from created_at or is_backfill_pending"
    ) == 0  # fmt: skip


def test_epoch_zero_is_no_mark_when_backfilled(adopted: Crm) -> None:
    """Written now it is its arrival's; as it was stored it stays, and follows its address."""
    with adopted.connect() as connection:
        insert = (
            "insert into whatsapp_message (business_id, to_number, direction, sent_at) "
            "values (1, %s, 'in', 'epoch') returning id, sent_at = created_at"
        )
        [(linked, is_arrival)] = connection.execute(insert, ["0541112223"]).fetchall()
        [(unlinked, is_other_arrival)] = connection.execute(insert, ["nobody"]).fetchall()
        assert (is_arrival, is_other_arrival) == (True, True)
        ids = [linked, unlinked]
        with connection.transaction():
            connection.execute("set local session_replication_role = replica")
            connection.execute(
                "update whatsapp_message set sent_at = 'epoch' where id = any (%s)", [ids]
            )
        connection.execute(
            "update whatsapp_message set to_number = '0541112224' where id = %s", [linked]
        )
        assert connection.execute(
            "select conversation_id = onethread.find_conversation(1, '0541112224') "
            "from whatsapp_message where id = %s",
            [linked],
        ).fetchone() == (True,)
    run_backfill(adopted)
    assert adopted.rows(
        "select m.sent_at = 'epoch', onethread.message_sent_at(m) = m.created_at, "
        "m.conversation_id is null from whatsapp_message m where id = any (%s) order by id",
        ids,
    ) == [(True, True, False), (True, True, True)]


def test_time_of_the_writer_is_kept_when_it_comes_before_the_backfill(adopted: Crm) -> None:
    """A program that says when its old messages were sent knows better than created_at."""
    with adopted.connect() as connection:
        connection.execute(
            "update whatsapp_message set sent_at = '2024-02-02 10:00+00' where id = 1"
        )
    run_backfill(adopted)
    assert adopted.value(
        "select sent_at = '2024-02-02 10:00+00' from whatsapp_message where id = 1"
    )  # fmt: skip


def test_thread_is_right_when_the_crm_had_times_that_cannot_be(legacy: Crm) -> None:
    """In a column sent_at of its own: the backfill ends, and replaces them."""
    with legacy.connect() as connection:
        connection.execute("alter table whatsapp_message add sent_at timestamptz")
        connection.execute(
            "update whatsapp_message set sent_at = (array['-infinity', 'infinity', '0001-01-01', "
            "'55874-01-01', null, '2025-01-01']::timestamptz[])[1 + id % 6]"
        )
    migrate.migrate(legacy.url, "IL")
    run_backfill(legacy)
    assert_one_thread_each(legacy)
    assert legacy.rows(
        "select bool_and(sent_at = '2025-01-01') filter (where id % 6 = 5), "
        "bool_and(sent_at = created_at) filter (where id % 6 < 4) from whatsapp_message "
        "where conversation_id is not null"
    ) == [(True, True)]


def test_reason_is_told_when_message_stays_unlinked(adopted: Crm) -> None:
    with adopted.connect() as connection:
        result = backfill(connection)
    assert {row["reason"] for row in result.unlinked} == {
        "address identifies nobody",
        "no address",
        "address is over 255 characters",
    }
    assert result.linked == adopted.value(
        "select count(*) from whatsapp_message where body <> 'nobody'"
    )


def test_next_run_finishes_when_killed_ten_times(adopted: Crm) -> None:
    rng = random.Random(7)
    for _ in range(10):
        process = onethread(adopted, "backfill", "--throttle", "2000")
        before = adopted.value("select count(conversation_id) from whatsapp_message")
        goal = before + rng.randint(1, 120)
        while process.poll() is None:
            linked = adopted.value("select count(conversation_id) from whatsapp_message")
            if linked >= goal:
                process.send_signal(signal.SIGKILL)
                break
            time.sleep(0.01)
        process.wait()

    assert onethread(adopted, "backfill").wait() == 0
    assert_one_thread_each(adopted)


def test_two_share_the_work_when_run_at_once(adopted: Crm) -> None:
    linked: list[int] = []

    def work(connection: psycopg.Connection[Any], number: int) -> None:
        linked.append(backfill(connection).linked)

    assert run_together(adopted.url, [work] * 2) == []
    assert sum(linked) == adopted.value(
        "select count(*) from whatsapp_message where body <> 'nobody'"
    )
    assert_one_thread_each(adopted)


def test_live_writers_go_on_when_backfilled(adopted: Crm) -> None:
    """Every insert succeeds, waits for no lock a second, and joins the old messages."""
    insert = (
        "insert into whatsapp_message (business_id, to_number, lead_id, direction, body) "
        "values (%s, %s, %s, 'in', %s)"
    )
    stopped = threading.Event()
    errors: list[psycopg.Error] = []
    written = [0, 0]

    def write(number: int) -> None:
        rng = random.Random(number)
        with adopted.connect(options="-c lock_timeout=1s") as connection:
            while not stopped.is_set() or written[number] < 20:
                person = rng.choice(adopted.people)
                address = rng.choice(person.spellings)
                lead_id = (person.lead_ids or (None,))[0]
                try:
                    connection.execute(insert, [person.business_id, address, lead_id, person.name])
                    written[number] += 1
                except psycopg.Error as error:
                    errors.append(error)
                    return

    threads = [threading.Thread(target=write, args=[number], daemon=True) for number in range(2)]
    for each in threads:
        each.start()
    try:
        run_backfill(adopted)
    finally:
        stopped.set()
    for each in threads:
        each.join(60)

    assert errors == []
    assert min(written) >= 20
    run_backfill(adopted)
    assert_one_thread_each(adopted)


def test_thread_shows_old_messages_when_not_backfilled_yet(adopted: Crm) -> None:
    person = next(p for p in adopted.people if p.spellings[0].startswith("05"))
    with adopted.connect() as connection:
        rows = thread(connection, person.business_id, person.spellings[1], page_size=1000)
    old = adopted.value(
        "select count(*) from whatsapp_message where body = %s and to_number not like '%%:12@%%'",
        person.name,
    )
    assert {row["body"] for row in rows} == {person.name}
    assert len(rows) == old > 3
    assert [row["sent_at"] for row in rows] == sorted(
        (row["sent_at"] for row in rows), reverse=True
    )
    assert rows[0]["sent_at"].year == 2025


def test_failure_is_noted_when_one_message_cannot_be_updated(adopted: Crm) -> None:
    victim = adopted.value("select min(id) + 40 from whatsapp_message where body like 'person %%'")
    with adopted.connect() as connection:
        connection.execute(
            f"""
            create function refuse() returns trigger language plpgsql as
            $$ begin raise exception 'not this one'; end $$;
            create trigger refuse before update on whatsapp_message
            for each row when (old.id = {victim}) execute function refuse();
            """
        )
        result = backfill(connection)
        assert result.failed == 1
        [failure] = result.failures
        assert (failure["message_id"], failure["error"]) == (victim, "not this one")
        assert adopted.rows(
            "select id, reason from unlinked_message where reason like 'not%%'"
        ) == [(victim, "not this one")]

        connection.execute("drop trigger refuse on whatsapp_message")
        assert backfill(connection).failed == 0
    assert_one_thread_each(adopted)


def test_message_is_linked_in_the_next_round_when_somebody_holds_it(adopted: Crm) -> None:
    held = adopted.value("select min(id) from whatsapp_message where body like 'person %%'")
    with psycopg.connect(adopted.url) as holder:
        holder.execute("update whatsapp_message set status = 'read' where id = %s", [held])
        run_backfill(adopted)
        unlinked = adopted.rows(
            "select id from whatsapp_message where conversation_id is null and body <> 'nobody'"
        )
        assert unlinked == [(held,)]
    run_backfill(adopted)
    assert_one_thread_each(adopted)


def test_function_says_zero_when_all_is_seen(adopted: Crm) -> None:
    """What pg_cron calls: a batch a call, anew from the beginning after the end."""
    expected = adopted.value("select count(*) from whatsapp_message where business_id = 1")
    with adopted.connect() as connection:

        def call() -> int:
            row = connection.execute("select onethread.link_unlinked_messages(1, 100)").fetchone()
            assert row is not None
            return int(row[0])

        seen = 0
        while batch := call():
            assert batch <= 100
            seen += batch
        assert seen == expected
        assert connection.execute(
            "select seen, finished_at is not null from onethread.whatsapp_backfill "
            "where business_id = 1"
        ).fetchall() == [(expected, True)]
        # The next round meets only what identifies nobody.
        assert call() == min(
            100,
            adopted.value(
                "select count(*) from whatsapp_message where business_id = 1 and body = 'nobody'"
            ),
        )


def test_backfill_is_refused_when_not_read_committed(adopted: Crm) -> None:
    with (
        adopted.connect() as connection,
        pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState),
    ):
        connection.execute("begin isolation level repeatable read")
        connection.execute("select onethread.link_unlinked_messages(1)")


def test_copies_are_marked_when_they_come_together(adopted: Crm) -> None:
    """One message that two programs stored under two spellings, with the provider's id."""
    person = next(p for p in adopted.people if p.spellings[0].startswith("05"))
    with adopted.connect() as connection:
        connection.execute("set session_replication_role = replica")  # stored without the trigger
        for address in (person.spellings[0], person.spellings[1], person.spellings[5]):
            connection.execute(
                "insert into whatsapp_message (business_id, to_number, direction, body, "
                "provider_message_id) values (%s, %s, 'in', %s, 'wamid.1')",
                [person.business_id, address, person.name],
            )
    run_backfill(adopted)
    copies = adopted.rows(
        "select id, duplicate_of from whatsapp_message where provider_message_id = 'wamid.1' "
        "order by id"
    )
    first = copies[0][0]
    assert [row[1] for row in copies] == [None, first, first]
    assert_one_thread_each(adopted)
