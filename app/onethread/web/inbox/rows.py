"""How the pages ask the database."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg.abc import Buffer
from psycopg.rows import dict_row
from psycopg.types.datetime import TimestamptzLoader

from onethread.database.steps import Rows
from onethread.database.text import storable_text

Connection = psycopg.Connection[Any]


def storable(text: str | None) -> str | None:
    """A text that the database can hold; null stays null."""
    return None if text is None else storable_text(text)


class _BoundedTimestamptzLoader(TimestamptzLoader):
    """Times that Python cannot hold (infinity) as the first or the last that it can."""

    def load(self, data: Buffer) -> datetime:
        try:
            return super().load(data)
        except psycopg.DataError:
            bound = datetime.min if bytes(data).startswith(b"-") else datetime.max
            return bound.replace(tzinfo=UTC)


def rows(connection: Connection, query: str, parameters: Any) -> Rows:
    """What a query of the page yields, by column; times that Python cannot hold as its last."""
    with connection.cursor(row_factory=dict_row) as cursor:
        cursor.adapters.register_loader("timestamptz", _BoundedTimestamptzLoader)
        return cursor.execute(query, parameters).fetchall()
