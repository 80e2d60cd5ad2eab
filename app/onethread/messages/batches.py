"""Inserting rows in batches; a row that the database refuses does not keep the others out."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg.rows import dict_row

from onethread.database.business import unknown_business
from onethread.database.failures import ROW_FAILURES, describe_failure
from onethread.database.retry import retry_conflicts
from onethread.messages.statements import Row

BATCH_SIZE = 1000


@dataclass
class InsertResult:
    """What became of the rows handed to insert_messages(), insert_events(), insert_evidence()."""

    inserted: int = 0
    duplicates: int = 0
    """Deliveries of what is already stored; nothing was written for them."""
    unlinked: int = 0
    """Inserted messages whose address identifies nobody (view unlinked_message)."""
    rejected: list[tuple[int, str]] = field(default_factory=list)
    """(position in the input, reason) of rows that the database refused."""
    different: list[int] = field(default_factory=list)
    """Positions of the duplicates that say something else than the message stored under their id:
    two messages that were given one id."""


def insert_rows(
    connection: psycopg.Connection[Any],
    business_id: int,
    query: str,
    rows: list[Row],
    batch_size: int,
) -> InsertResult:
    """Inserts rows, so many with a statement; of a batch that is refused the halves."""
    result = InsertResult()
    for start in range(0, len(rows), batch_size):
        batch = rows[start : start + batch_size]
        _insert_or_halve(connection, business_id, query, batch, start, result)
    return result


def _insert_or_halve(
    connection: psycopg.Connection[Any],
    business_id: int,
    query: str,
    batch: list[Row],
    position: int,
    result: InsertResult,
) -> None:
    try:
        rows = insert_batch(connection, business_id, query, batch)
    except ROW_FAILURES as error:
        if len(batch) == 1:
            result.rejected.append((position, describe_failure(error)))
            return
        half = len(batch) // 2
        _insert_or_halve(connection, business_id, query, batch[:half], position, result)
        _insert_or_halve(connection, business_id, query, batch[half:], position + half, result)
        return
    result.inserted += len(rows)
    result.duplicates += len(batch) - len(rows)
    result.unlinked += sum(row.get("conversation_id", 0) is None for row in rows)


def insert_batch(
    connection: psycopg.Connection[Any], business_id: int, query: str, batch: list[Row]
) -> list[Row]:
    """Inserts rows with one statement, in one transaction.

    Returns:
        What the statement returns of the rows that went in; those already stored are not there.

    Raises:
        UnknownBusiness: there is no such business.
        psycopg.Error: a row is refused; none went in.
    """
    if not -(2**63) <= business_id < 2**63:
        raise unknown_business(business_id)
    parameters = {"business_id": business_id, "rows": json.dumps(batch)}

    def run() -> list[Row]:
        with connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(query, parameters).fetchall()

    try:
        return retry_conflicts(connection, business_id, run)
    except psycopg.errors.ForeignKeyViolation as error:
        if (error.diag.constraint_name or "").endswith("_business_fkey"):
            raise unknown_business(business_id) from error
        raise
