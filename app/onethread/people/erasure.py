"""A person is forgotten, or gets all that is known about them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import IO, Any

import psycopg

from onethread.database.business import check_business
from onethread.database.retry import retry_conflicts
from onethread.database.tenant import business_rows, business_transaction, rows_of_all
from onethread.database.text import storable_text
from onethread.errors import OnethreadError

BATCH_SIZE = 1000

# How long an erasure waits for transactions that were open before it.
_PATIENCE_SECONDS = 60

_AUDIT = """
select
  e.id as erasure_id, e.messages, e.events, e.identifiers, e.evidence, e.conflicts, e.merges,
  e.leads, e.payloads, e.rejects, e.started_at, e.finished_at
from onethread.erasure e
where e.business_id = %s and e.id = %s
"""


def preview(connection: psycopg.Connection[Any], business_id: int, address: str) -> dict[str, Any]:
    """Whom erase() would erase: {addresses, messages, leads}.

    Raises:
        UnknownBusiness: there is no such business.
        psycopg.errors.InvalidParameterValue: the address is no person's.
    """
    check_business(connection, business_id)
    return _row(
        connection,
        business_id,
        "select * from onethread.preview_erasure(%s, %s)",
        [business_id, storable_text(address)],
    )


def erase(
    connection: psycopg.Connection[Any],
    business_id: int,
    address: str,
    on_progress: Callable[[str], None] = lambda step: None,
) -> dict[str, Any]:
    """Erases a person, in transactions of some BATCH_SIZE rows; returns the audit row.

    From the first of them on nobody can find the person. When it is interrupted, the same call
    (or finish()) goes on where it was.

    Args:
        on_progress: called with the step after each transaction.

    Raises:
        UnknownBusiness, psycopg.errors.InvalidParameterValue: as preview().
        OnethreadError: a transaction of another session, older than this, does not end.
    """
    check_business(connection, business_id)
    row = _row(
        connection,
        business_id,
        "select onethread.start_erasure(%s, %s) as id",
        [business_id, storable_text(address)],
    )
    return finish(connection, business_id, row["id"], on_progress)


def finish(
    connection: psycopg.Connection[Any],
    business_id: int,
    erasure_id: int,
    on_progress: Callable[[str], None] = lambda step: None,
) -> dict[str, Any]:
    """Goes on with an erasure to its end; returns the audit row. Raises as erase()."""

    def next_batch() -> dict[str, Any]:
        return _row(
            connection,
            business_id,
            "select onethread.continue_erasure(%s, %s, %s) as step",
            [business_id, erasure_id, BATCH_SIZE],
        )

    give_up_at = time.monotonic() + _PATIENCE_SECONDS
    while (step := retry_conflicts(connection, business_id, next_batch)["step"]) != "done":
        on_progress(step)
        if step != "wait":
            give_up_at = time.monotonic() + _PATIENCE_SECONDS
        elif time.monotonic() > give_up_at:
            raise OnethreadError(
                f"erasure {erasure_id} waits for a transaction that was open before it",
                "Nobody can find the person any more. End that transaction (the oldest xact_start "
                "in pg_stat_activity) and run the command again: it goes on where it was.",
            )
        else:
            time.sleep(0.05)
    return _row(connection, business_id, _AUDIT, [business_id, erasure_id])


def unfinished(
    connection: psycopg.Connection[Any], business_id: int | None = None
) -> list[tuple[int, int]]:
    """(business, erasure) of what was begun and not finished, of one business or of all."""
    query = """
        select e.business_id, e.id
        from onethread.erasure e
        where e.finished_at is null
          and (%(business_id)s::bigint is null or e.business_id = %(business_id)s::bigint)
        order by e.business_id, e.id
        """
    rows = rows_of_all(connection, business_id, query, {"business_id": business_id})
    return [(row["business_id"], row["id"]) for row in rows]


def export(
    connection: psycopg.Connection[Any], business_id: int, address: str, file: IO[str]
) -> int:
    """Writes all that is kept about a person as one JSON object; returns the number of rows.

    Row by row, so that memory stays flat. Ids are strings.

    Raises:
        UnknownBusiness, psycopg.errors.InvalidParameterValue: as preview().
    """
    check_business(connection, business_id)
    count = 0
    section = None
    with business_transaction(connection, business_id), connection.cursor() as cursor:
        rows = cursor.stream(
            "select section, item from onethread.export_person(%s, %s)",
            [business_id, storable_text(address)],
        )
        file.write("{")
        item: dict[str, Any]
        for name, item in rows:
            if name == section:
                file.write(",\n")
            else:
                file.write(f"{'],' if section else ''}\n{json.dumps(name)}: [\n")
                section = name
            file.write(json.dumps(_with_text_ids(item), ensure_ascii=False))
            count += 1
        file.write("\n]}\n" if section else "}\n")
    return count


def _with_text_ids(item: dict[str, Any]) -> dict[str, Any]:
    """A row with its ids, too long for JavaScript's numbers, as strings."""
    row: dict[str, Any] = {}
    for name, value in item.items():
        if value is not None and (name == "id" or name.endswith("_id")):
            row[name] = str(value)
        elif value is not None and name.endswith("_ids"):
            row[name] = list(map(str, value))
        else:
            row[name] = value
    if row.get("events"):
        row["events"] = [_with_text_ids(event) for event in row["events"]]
    return row


def _row(
    connection: psycopg.Connection[Any], business_id: int, query: str, parameters: list[Any]
) -> dict[str, Any]:
    [row] = business_rows(connection, business_id, query, parameters)
    return row
