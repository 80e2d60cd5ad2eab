"""The verbs of `onethread` for asynchronous programs, on psycopg's AsyncConnection:

    import onethread.aio

    async with await onethread.aio.connect() as connection:
        await onethread.aio.insert_message(
            connection, 1, onethread.Message(direction="inbound", from_number="0501234567")
        )
        await onethread.aio.thread(connection, 1, "+972 50-123-4567")

A connection of a psycopg_pool.AsyncConnectionPool will do as well. What they ask of the database is
what the verbs of `onethread` ask.
"""

from __future__ import annotations

import asyncio
from typing import Any

import psycopg

import onethread
from onethread.database import connection as connections

accept_suggestion = onethread.accept_suggestion.awaited
explain = onethread.explain.awaited
find_conversation = onethread.find_conversation.awaited
inbox = onethread.inbox.awaited
insert_events = onethread.insert_events.awaited
insert_evidence = onethread.insert_evidence.awaited
insert_message = onethread.insert_message.awaited
insert_messages = onethread.insert_messages.awaited
list_conversations = onethread.list_conversations.awaited
list_suggestions = onethread.list_suggestions.awaited
list_thread = onethread.list_thread.awaited
mark_read = onethread.mark_read.awaited
merge = onethread.merge.awaited
preview_merge = onethread.preview_merge.awaited
queue_answer = onethread.queue_answer.awaited
read_conversation = onethread.read_conversation.awaited
read_merge = onethread.read_merge.awaited
read_message = onethread.read_message.awaited
refuse_suggestion = onethread.refuse_suggestion.awaited
thread = onethread.thread.awaited
undo_merge = onethread.undo_merge.awaited


async def connect(url: str | None = None) -> psycopg.AsyncConnection[Any]:
    """An autocommit connection to a migrated database; that it is one is asked once a process.

    Args:
        url: URI, as libpq or SQLAlchemy write it; None means DATABASE_URL.

    Raises:
        ServerUnreachable, NotMigrated, SchemaTooNew: each says what to do.
    """
    uri = connections.resolve_url() if url is None else url
    await asyncio.to_thread(connections.check_url, uri)
    return await connections.await_connection(uri)
