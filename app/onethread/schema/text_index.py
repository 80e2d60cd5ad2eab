"""The full text index of messages, which is made on request: it costs every insert."""

from __future__ import annotations

from typing import Any

import psycopg

from onethread.database import config

_DROP = "drop index concurrently if exists public.whatsapp_message_text_idx"


def create_text_index(connection: psycopg.Connection[Any]) -> bool:
    """Makes the index while writers go on; returns False when it is there already.

    It waits for the transactions that are open. What an interrupted call left is made anew.
    """
    [(is_there,)] = connection.execute("select onethread.has_text_index()").fetchall()
    if not is_there:
        connection.execute(_DROP)
        connection.execute(index_statement())
    return not is_there


def drop_text_index(connection: psycopg.Connection[Any]) -> None:
    """Drops it while writers go on; from then on the newest messages are searched."""
    connection.execute(_DROP)


def index_statement() -> str:
    """The statement that makes the index."""
    return (config.DB_DIR / "text_index.sql").read_text("utf-8")
