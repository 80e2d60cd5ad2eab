"""Any history, somebody erased, everything replayed: nothing of theirs is back, nothing of others
moved.

ONETHREAD_IDENTITY_EXAMPLES sets how many histories are tried (60 unless told).
"""

from __future__ import annotations

import hypothesis.strategies as st
import psycopg
from hypothesis import given, note

from tests.conftest import Connection, add_business
from tests.identity.people import (
    Event,
    apply_pending,
    as_sets,
    lives,
    read_violations,
    soups,
    write,
)
from tests.identity.test_order_independence import bounded
from tests.sql.query import rows, scalar


@bounded
@given(history=st.one_of(soups(), lives()), data=st.data())
def test_only_the_others_are_there_when_all_is_replayed(
    connection: Connection, history: list[Event], data: st.DataObject
) -> None:
    connection.execute("set statement_timeout = 10000")
    with connection.transaction() as transaction:
        business_id = add_business(connection)
        for number, event in enumerate(history):
            write(connection, business_id, event, str(number))
        apply_pending(connection, business_id)
        before = read_threads(connection, business_id)
        addresses = rows(
            connection,
            "select value, kind from whatsapp_identity where business_id = %s "
            "and valid_until is null and kind <> 'group' order by id",
            business_id,
        )
        if not addresses:
            return
        person = data.draw(st.sampled_from(addresses))
        address = person.value + ("@lid" if person.kind == "lid" else "")
        theirs = scalar(connection, "select find_conversation(%s, %s)", business_id, address)
        names = scalar(
            connection,
            "select array_agg(distinct body) from whatsapp_message where business_id = %s "
            "and conversation_id = %s",
            business_id,
            theirs,
        )

        erase(connection, business_id, address)
        erased = set(before) - set(read_threads(connection, business_id))
        note(f"{address}: {names} erased {erased}")
        assert erased >= set(names or [])
        assert read_violations(connection, business_id) == []

        for number, event in data.draw(st.permutations(list(enumerate(history)))):
            write(connection, business_id, event, str(number))
        apply_pending(connection, business_id)
        after = read_threads(connection, business_id)
        note(f"{before} -> {after}")
        assert set(after) == set(before) - erased
        kept = sorted(after)
        assert all(len(after[name]) == 1 for name in kept)
        assert as_sets(kept, [after[name] for name in kept]) == as_sets(
            kept, [before[name] for name in kept]
        )
        assert read_violations(connection, business_id) == []
        raise psycopg.Rollback(transaction)


def read_threads(connection: Connection, business_id: int) -> dict[str, tuple[int, ...]]:
    """Name of each message to the conversations that have it."""
    return {
        row.body: tuple(row.ids)
        for row in rows(
            connection,
            "select body, array_agg(distinct conversation_id) as ids from whatsapp_message "
            "where business_id = %s group by body",
            business_id,
        )
    }


def erase(connection: Connection, business_id: int, address: str) -> None:
    """Erases somebody, all in this transaction: there is no other one to wait for."""
    erasure_id = scalar(connection, "select start_erasure(%s, %s)", business_id, address)
    step = ""
    while step != "done":
        step = scalar(connection, "select continue_erasure(%s, %s)", business_id, erasure_id)
        connection.execute("update erasure set step = 'traces' where step = 'wait'")
