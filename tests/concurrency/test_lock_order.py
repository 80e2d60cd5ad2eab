"""Who waits for whom: each of these was a deadlock once, or a wait without an end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.concurrency.sessions import Connection, create_business, run_until_blocked
from tests.conftest import insert
from tests.sql.query import add_lead, scalar

PHONE, LID = "+972521110001", "871000000000001@lid"


class Two:
    """A business with two threads, and a session that reads and prepares."""

    def __init__(self, database: str, connection: Connection) -> None:
        self.database, self.connection = database, connection
        self.business_id = create_business(database)
        self.messages = [self.insert(connection, each) for each in (PHONE, LID)]

    def insert(self, connection: Connection, address: str, **columns: Any) -> Any:
        return insert(connection, self.business_id, "inbound", address=address, **columns)

    def merge(self) -> int:
        ids = [row.conversation_id for row in self.messages]
        query = "select onethread.merge_conversations(%s, %s, %s, 'test')"
        return int(scalar(self.connection, query, self.business_id, *ids))

    def threads(self) -> int:
        """In how many threads the messages are; all is well otherwise."""
        assert self.connection.execute("select * from thread_integrity").fetchall() == []
        query = "select count(distinct conversation_id) from whatsapp_message"
        return int(scalar(self.connection, query))

    def pending(self) -> int:
        query = "select count(*) from whatsapp_identity_evidence where applied_at is null"
        return int(scalar(self.connection, query))

    def assert_free(self, query: str) -> None:
        """Nobody holds these rows, even now."""
        with psycopg.connect(self.database) as other:
            other.execute(f"{query} for update nowait")


@pytest.fixture
def two(database: str) -> Iterator[Two]:
    with psycopg.connect(database, autocommit=True) as connection:
        yield Two(database, connection)


def test_message_holds_no_identity_when_it_waits_for_its_lead(two: Two) -> None:
    """Whoever changes the lead may want the identity next."""
    lead_id = add_lead(two.connection, two.business_id)

    def release() -> None:
        with crm:
            two.assert_free("select from whatsapp_identity")
            crm.rollback()

    with psycopg.connect(two.database) as crm:
        crm.execute("delete from lead where id = %s", [lead_id])
        errors = run_until_blocked(
            two.database,
            lambda connection: two.insert(connection, PHONE, lead_id=lead_id),
            release,
        )

    assert errors == []
    assert two.threads() == 2


def test_merge_does_without_a_lead_when_it_is_being_deleted(two: Two) -> None:
    """Only its phone ties it to the thread: the merge cannot hold it before the thread.

    The lead's session will want the thread next, to take the lead out of it.
    """
    lead_id = add_lead(two.connection, two.business_id, PHONE)
    two.connection.execute("delete from whatsapp_identity_evidence")
    two.connection.execute(
        "update whatsapp_conversation set lead_id = null, canonical_key = %s where lead_id = %s",
        [f"phone:{two.business_id}:{PHONE}", lead_id],
    )
    with psycopg.connect(two.database) as crm:
        crm.execute("select from lead where id = %s for update", [lead_id])
        two.merge()
        crm.execute("delete from lead where id = %s", [lead_id])

    assert two.threads() == 1


def test_undo_holds_no_evidence_when_it_waits_for_people(two: Two) -> None:
    """Whoever holds the people may want to record the evidence next."""
    merge_id = two.merge()

    def release() -> None:
        with writer:
            two.assert_free("select from whatsapp_identity_evidence")

    with psycopg.connect(two.database) as writer:
        two.insert(writer, LID)
        errors = run_until_blocked(
            two.database,
            lambda connection: connection.execute(
                "select onethread.undo_merge(%s, %s)", [two.business_id, merge_id]
            ),
            release,
        )

    assert errors == []
    assert two.threads() == 2


@pytest.mark.parametrize("by_message", [False, True], ids=["evidence", "a message with an alias"])
def test_join_gives_way_when_a_writer_holds_one_of_the_two(two: Two, by_message: bool) -> None:
    """The writer comes back for the other one, whom the join holds: a circle.

    The join must not rely on the detector of deadlocks, which may choose the writer.
    """

    def join(connection: Connection) -> None:
        connection.execute("set deadlock_timeout = '1min'")
        if by_message:
            two.insert(connection, LID, contact_aliases=[PHONE])
        else:
            connection.execute(
                "insert into whatsapp_identity_evidence (business_id, a, b, relation) "
                "values (%s, %s, %s, 'same')",
                [two.business_id, LID, PHONE],
            )

    def release() -> None:
        two.insert(writer, LID)

    with psycopg.connect(two.database) as writer:
        two.insert(writer, PHONE)
        errors = run_until_blocked(two.database, join, release)
        assert errors == []
        assert two.pending() == 1
        writer.commit()

    query = "select onethread.apply_pending_evidence(%s)"
    assert scalar(two.connection, query, two.business_id) == 0
    assert two.threads() == 1


def test_first_contact_waits_for_the_lead_first_when_both_are_new(two: Two) -> None:
    """A lead that is being written may be about to claim the very address."""
    address = "+972521110009"
    lead_id = add_lead(two.connection, two.business_id)

    def release() -> None:
        crm.execute("update lead set phone = %s where id = %s", [address, lead_id])
        crm.commit()

    with psycopg.connect(two.database) as crm:
        crm.execute("select from lead where id = %s for update", [lead_id])
        errors = run_until_blocked(
            two.database,
            lambda connection: two.insert(connection, address, lead_id=lead_id),
            release,
        )

    assert errors == []
    assert two.threads() == 3
