"""Erase somebody in one transaction."""

from __future__ import annotations

from tests.conftest import Connection
from tests.sql.query import scalar


def erase(connection: Connection, business_id: int, address: str) -> None:
    """Erases somebody, all in this transaction: there is no other one to wait for."""
    erasure_id = scalar(connection, "select onethread.start_erasure(%s, %s)", business_id, address)
    step = ""
    while step != "done":
        step = scalar(
            connection, "select onethread.continue_erasure(%s, %s)", business_id, erasure_id
        )
        connection.execute("update onethread.erasure set step = 'traces' where step = 'wait'")
