"""Any history, somebody erased, everything replayed: nothing of theirs is back, nothing of others
moved.

ONETHREAD_IDENTITY_EXAMPLES sets how many histories are tried (60 unless told).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import hypothesis.strategies as st
import psycopg
from hypothesis import given, note

from tests.conftest import Connection, add_business, insert
from tests.privacy.erasing import erase
from tests.sql.people import (
    Event,
    apply_pending,
    as_sets,
    lives,
    read_violations,
    soups,
    write,
)
from tests.sql.query import rows, scalar
from tests.sql.rule.test_order_independence import bounded

Threads = dict[str, tuple[int, ...]]


@bounded
@given(history=st.one_of(soups(), lives()), data=st.data())
def test_only_the_others_are_there_when_all_is_replayed(
    connection: Connection, history: list[Event], data: st.DataObject
) -> None:
    with connection.transaction() as transaction:
        business_id = add_business(connection)
        for number, event in enumerate(history):
            write(connection, business_id, event, str(number))
        apply_pending(connection, business_id)
        before = read_threads(connection, business_id)
        addresses = list_addresses(connection, business_id)
        if not addresses:
            return
        address = data.draw(st.sampled_from(addresses))
        theirs = list_addresses(connection, business_id, address)
        thread = scalar(
            connection, "select onethread.find_conversation(%s, %s)", business_id, address
        )

        erase(connection, business_id, address)
        erased = set(before) - set(read_threads(connection, business_id))
        note(f"{address} erased {erased}")
        assert erased >= {name for name, ids in before.items() if thread in ids}
        assert read_violations(connection, business_id) == []

        back = data.draw(st.lists(st.sampled_from(theirs), unique=True))
        for number, new in enumerate(back):
            insert(
                connection,
                business_id,
                "inbound",
                address=new,
                body=f"new {number}",
                sent_at=datetime.now(UTC) + timedelta(minutes=1),
            )
        for number, event in data.draw(st.permutations(list(enumerate(history)))):
            write(connection, business_id, event, str(number))
        apply_pending(connection, business_id)
        after = read_threads(connection, business_id)
        note(f"{before} -> {after}")
        new_ids = {after.pop(f"new {number}") for number in range(len(back))}
        assert set(after) == set(before) - erased
        assert_same_threads(before, after)
        assert not {ids[0] for ids in new_ids} & {ids[0] for ids in after.values()}
        assert read_violations(connection, business_id) == []
        raise psycopg.Rollback(transaction)


def list_addresses(
    connection: Connection, business_id: int, address: str | None = None
) -> list[str]:
    """Addresses of today, of everybody or of one person."""
    source = (
        "whatsapp_identity"
        if address is None
        else "unnest((onethread.find_person(%s, onethread.person_key(%s, %s))).identities)"
    )
    parameters = [] if address is None else [business_id, business_id, address]
    return [
        row.value + ("@lid" if row.kind == "lid" else "")
        for row in rows(
            connection,
            f"select i.kind, i.value from {source} i where i.business_id = %s "
            "and i.valid_until is null and i.kind <> 'group' order by i.id",
            *parameters,
            business_id,
        )
    ]


def read_threads(connection: Connection, business_id: int) -> Threads:
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


def assert_same_threads(before: Threads, after: Threads) -> None:
    """What is still there is in one thread each, with the same others."""
    names = sorted(after)
    assert all(len(after[name]) == 1 for name in names)
    assert as_sets(names, [after[name] for name in names]) == as_sets(
        names, [before[name] for name in names]
    )
