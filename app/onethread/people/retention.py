"""How long a business keeps messages and unprocessed payloads; deleting what is older."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg

from onethread.database.business import check_business
from onethread.database.retry import retry_conflicts
from onethread.database.tenant import business_rows, business_transaction, rows_of_all
from onethread.people.erasure import BATCH_SIZE

Rows = list[dict[str, Any]]


def list_retention(connection: psycopg.Connection[Any], business_id: int | None = None) -> Rows:
    """Each business's days, null for ever: {business_id, name, message_days, reject_days}."""
    query = """
        select
          b.id as business_id, b.name, b.message_retention_days as message_days,
          b.reject_retention_days as reject_days
        from public.business b
        where %(business_id)s::bigint is null or b.id = %(business_id)s::bigint
        order by b.id
        """
    return rows_of_all(connection, business_id, query, {"business_id": business_id})


def set_retention(
    connection: psycopg.Connection[Any],
    business_id: int,
    message_days: int | None,
    reject_days: int | None,
) -> None:
    """Sets the days, None for ever; nothing is deleted before apply_retention()."""
    check_business(connection, business_id)
    with business_transaction(connection, business_id):
        connection.execute(
            "update public.business set message_retention_days = %s, reject_retention_days = %s "
            "where id = %s",
            [message_days, reject_days, business_id],
        )


def apply_retention(connection: psycopg.Connection[Any], business_id: int) -> dict[str, int]:
    """Deletes what is older than the business wants, in transactions of some BATCH_SIZE rows.

    Interrupted, it has done what it has done; the next call does the rest.

    Returns:
        What was deleted: {messages, events, rejects, evidence, names, conversations, unmet};
        evidence is what could not be used, names and unmet are of people with whom there was never
        a message.
    """
    check_business(connection, business_id)

    def delete_all(function: str) -> list[int]:
        """Calls it until it deletes nothing; the sums of its columns."""
        sums: list[int] = []
        while any(counts := _counts(connection, function, business_id)):
            sums = [a + b for a, b in zip(sums or [0] * len(counts), counts, strict=True)]
        return sums or [0] * len(counts)

    messages, events = delete_all("delete_expired_messages")
    [late_events] = delete_all("delete_expired_events")
    [rejects] = delete_all("delete_expired_rejects")
    [evidence] = delete_all("delete_expired_evidence")
    [names] = delete_all("delete_expired_names")
    return {
        "messages": messages,
        "events": events + late_events,
        "rejects": rejects,
        "evidence": evidence,
        "names": names,
        "conversations": _forget_all(
            connection,
            business_id,
            "select c as position, c as whom "
            "from onethread.list_silent_conversations(%s, %s, %s) as c",
            "select onethread.forget_silent_conversation(%s, %s)",
        ),
        "unmet": _forget_all(
            connection,
            business_id,
            "select evidence_id as position, key as whom "
            "from onethread.list_unmet_people(%s, %s, %s)",
            "select onethread.forget_unmet_person(%s, %s)",
        ),
    }


def _forget_all(
    connection: psycopg.Connection[Any], business_id: int, list_query: str, forget_query: str
) -> int:
    """Forgets page by page what the list gives, (position, whom); returns how many it were."""
    count = after = 0
    while page := business_rows(
        connection, business_id, list_query, [business_id, after, BATCH_SIZE]
    ):
        after = page[-1]["position"]
        for row in page:
            forget = _forgetting(connection, forget_query, business_id, row["whom"])
            count += retry_conflicts(connection, business_id, forget)
    return count


def _forgetting(
    connection: psycopg.Connection[Any], query: str, business_id: int, whom: int | str
) -> Callable[[], bool]:
    def forget() -> bool:
        [(is_forgotten,)] = connection.execute(query, [business_id, whom]).fetchall()
        return bool(is_forgotten)

    return forget


def _counts(
    connection: psycopg.Connection[Any], function: str, business_id: int
) -> tuple[int, ...]:
    def run() -> tuple[int, ...]:
        [counts] = connection.execute(
            f"select * from onethread.{function}(%s, %s)", [business_id, BATCH_SIZE]
        ).fetchall()
        return tuple(counts)

    return retry_conflicts(connection, business_id, run)
