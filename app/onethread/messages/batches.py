"""Inserting rows in batches; a row that the database refuses does not keep the others out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import psycopg

from onethread.database.business import refuse_impossible, unknown_business
from onethread.database.failures import ROW_FAILURES, describe_failure
from onethread.database.steps import Parts, Steps
from onethread.messages.statements import Row, row_text

BATCH_SIZE = 1000

# A row whose JSON is longer is written without its payload, which is all that can be so long; and a
# batch has at most so much, for PostgreSQL takes 256 MB in one value.
MAX_ROW_LENGTH = 16_000_000
_MAX_BATCH_LENGTH = 4 * MAX_ROW_LENGTH


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
    without_payload: list[int] = field(default_factory=list)
    """Positions of rows whose payload is too large, or is what the database refused: they were
    written without it."""
    different: list[int] = field(default_factory=list)
    """Positions of the duplicates that say something else than the message stored under their id:
    two messages that were given one id."""


def insert_rows(
    business_id: int, query: str, rows: list[Row], batch_size: int
) -> Parts[InsertResult]:
    """Inserts rows, so many with a statement; of a batch that is refused the halves.

    A row that went in without its payload has none afterwards.
    """
    insertion = _Insertion(business_id, query, rows)
    for start, end in list_batches(insertion.texts, batch_size):
        yield from insertion.run(start, end)
    return insertion.result


def list_batches(texts: list[str], batch_size: int) -> Iterator[tuple[int, int]]:
    """(first, behind the last) of each batch of rows: so many, and no more than one value takes."""
    start = length = 0
    for position, text in enumerate(texts):
        is_full = position - start == batch_size or length + len(text) > _MAX_BATCH_LENGTH
        if is_full and position > start:
            yield start, position
            start, length = position, 0
        length += len(text)
    if texts:
        yield start, len(texts)


class _Insertion:
    """The rows of one call, and what became of them."""

    def __init__(self, business_id: int, query: str, rows: list[Row]) -> None:
        self._business_id = business_id
        self._query = query
        self._rows = rows
        self.texts = [row_text(row) for row in rows]
        self.result = InsertResult()
        for position, text in enumerate(self.texts):
            if len(text) > MAX_ROW_LENGTH:
                self._drop_payload(position)

    def run(self, start: int, end: int) -> Parts[None]:
        """Inserts these rows; where they are refused each half, down to the row that is."""
        texts = self.texts[start:end]
        try:
            rows = yield from insert_batch(self._business_id, self._query, texts)
        except ROW_FAILURES as error:
            middle = (start + end) // 2
            if middle > start:
                yield from self.run(start, middle)
                yield from self.run(middle, end)
            elif self._drop_payload(start):
                yield from self.run(start, end)
            else:
                self.result.rejected.append((start, describe_failure(error)))
                if start in self.result.without_payload:
                    self.result.without_payload.remove(start)
            return
        self.result.inserted += len(rows)
        self.result.duplicates += len(texts) - len(rows)
        self.result.unlinked += sum(row.get("conversation_id", 0) is None for row in rows)

    def _drop_payload(self, position: int) -> bool:
        """Whether the row had one."""
        row = self._rows[position]
        if row.get("payload") is None:
            return False
        row["payload"] = None
        self.texts[position] = row_text(row)
        self.result.without_payload.append(position)
        return True


def insert_batch(business_id: int, query: str, texts: list[str]) -> Parts[list[Row]]:
    """Inserts rows, each given as JSON, with one statement, in one transaction.

    Returns:
        What the statement returns of the rows that went in; those already stored are not there.

    Raises:
        UnknownBusiness: there is no such business.
        psycopg.Error: a row is refused; none went in.
    """
    refuse_impossible(business_id)
    parameters = {"business_id": business_id, "rows": json_array(texts)}

    def insert() -> Steps[list[Row]]:
        rows = yield query, parameters
        return rows

    try:
        rows: list[Row] = yield insert
    except psycopg.errors.ForeignKeyViolation as error:
        if (error.diag.constraint_name or "").endswith("_business_fkey"):
            raise unknown_business(business_id) from error
        raise
    return rows


def json_array(texts: list[str]) -> str:
    """The array of these JSON values."""
    return f"[{','.join(texts)}]"
