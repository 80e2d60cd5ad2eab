"""What joining two threads costs: each message once, also when a gateway delivered all twice."""

from __future__ import annotations

import psycopg
import pytest

from tests.backend import backend_seconds
from tests.conftest import Connection, add_business, insert
from tests.sql.query import rows, scalar

COPIES = 4000


@pytest.mark.parametrize("statistics", ["none", "of one message a business", "fresh"])
def test_cost_is_linear_when_threads_hold_thousands_of_copies(
    database: str, statistics: str
) -> None:
    """In a database of its own: statistics of a table where each business has one message make any
    index that begins with the business as good as the right one: also to PostgreSQL's own look-ups
    for a foreign key, which are most of the time then. (With joins it took half a minute.)"""
    most = 8 if statistics == "of one message a business" else 2
    with psycopg.connect(database) as connection:
        if statistics == "of one message a business":
            for number in range(3):
                other_id = add_business(connection, f"Business {number}")
                insert(connection, other_id, "inbound", from_number="+972501111111",
                       provider_message_id="A")  # fmt: skip
            connection.execute("analyze")
        join_and_part(connection, add_business(connection), statistics == "fresh", most)


def test_no_function_is_called_for_each_message_when_threads_are_joined_and_parted(
    connection: Connection, business_id: int
) -> None:
    """Neither a trigger's nor one of ours: a plain UPDATE of the rows has none either."""
    for address in ("+972501234567", "876019134910105@lid"):
        for number in range(20):
            insert(connection, business_id, "inbound", address=address,
                   provider_message_id=f"{address} {number}")  # fmt: skip
    first_id, second_id = (
        row.id
        for row in rows(
            connection,
            "select id from whatsapp_conversation where business_id = %s order by id",
            business_id,
        )
    )
    connection.execute("set local track_functions = 'all'")
    merge_id = scalar(
        connection,
        "select onethread.merge_conversations(%s, %s, %s, 'test')",
        business_id,
        first_id,
        second_id,
    )
    connection.execute("select onethread.undo_merge(%s, %s)", [business_id, merge_id])
    calls = {
        row.name: row.calls
        for row in rows(
            connection,
            "select p.proname as name, pg_stat_get_xact_function_calls(p.oid) as calls "
            "from pg_proc p where p.pronamespace = 'onethread'::regnamespace",
        )
        if row.calls
    }
    assert calls["move_to_conversation"] == 2
    for name in ("stamp_change_trigger", "relink_message_trigger", "delivery_key"):
        assert name not in calls


def join_and_part(connection: Connection, business_id: int, is_analyzed: bool, most: int) -> None:
    """Two threads of one person's copies."""
    for address in ("+972501234567", "876019134910105@lid"):
        connection.execute(
            "insert into whatsapp_message (business_id, direction, from_number, provider, "
            "provider_message_id, sent_at) select %s, 'inbound', %s, 'waha', 'A' || n, "
            "now() - n * interval '1 min' from generate_series(1, %s) n",
            [business_id, address, COPIES],
        )
    first_id, second_id = (
        row.id
        for row in rows(
            connection,
            "select id from whatsapp_conversation where business_id = %s order by id",
            business_id,
        )
    )
    if is_analyzed:
        connection.execute("analyze")
    # Rows of the same transaction have their foreign keys checked again by every UPDATE.
    connection.commit()
    before = backend_seconds(connection)
    merge_id = scalar(
        connection,
        "select onethread.merge_conversations(%s, %s, %s, 'test')",
        business_id,
        first_id,
        second_id,
    )
    assert backend_seconds(connection) - before < most
    assert _count_copies(connection, business_id) == COPIES
    before = backend_seconds(connection)
    connection.execute("select onethread.undo_merge(%s, %s)", [business_id, merge_id])
    assert backend_seconds(connection) - before < most
    assert _count_copies(connection, business_id) == 0


def _count_copies(connection: Connection, business_id: int) -> int:
    query = "select count(*) from whatsapp_message where business_id = %s and "
    return int(scalar(connection, query + "duplicate_of is not null", business_id))
