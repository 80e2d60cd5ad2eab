"""Who ended up in which thread."""

from __future__ import annotations

import psycopg

from tests.adoption.crm import Crm


def partition(url: str) -> set[frozenset[int]]:
    """The threads, each as the ids of its messages."""
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "select array_agg(id) from whatsapp_message where conversation_id is not null "
            "group by business_id, conversation_id"
        ).fetchall()
    return {frozenset(row[0]) for row in rows}


def assert_one_thread_each(crm: Crm) -> None:
    """Every person has one conversation, nobody shares one, and nothing contradicts the rule."""
    threads = crm.rows(
        "select body, array_agg(distinct conversation_id) from whatsapp_message "
        "where body like 'person %%' group by body"
    )
    split = {body: ids for body, ids in threads if len(ids) != 1 or None in ids}
    assert not split
    assert len({ids[0] for _, ids in threads}) == len(threads)
    assert crm.rows("select * from thread_integrity") == []


def feed_fresh_database(crm: Crm, url: str) -> None:
    """Inserts leads and messages, as they came, into a database that had Onethread first."""
    with psycopg.connect(url, autocommit=True) as connection:
        for table, columns in (
            ("business", "id, name"),
            ("lead", "id, business_id, name, phone"),
            (
                "whatsapp_message",
                "id, business_id, to_number, lead_id, direction, body, created_at",
            ),
        ):
            rows = crm.rows(f"select {columns} from {table} order by id")
            extra = {"business": ", default_region", "whatsapp_message": ", sent_at"}.get(table, "")
            for row in rows:
                values = [*row, *{"business": ["IL"], "whatsapp_message": row[-1:]}.get(table, [])]
                connection.execute(
                    f"insert into {table} ({columns}{extra}) "
                    f"values ({', '.join(['%s'] * len(values))})",
                    values,
                )
