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

from onethread.database import connection as connections
from onethread.messages import read, write
from onethread.people import conversations, identity

accept_suggestion = identity.accept.awaited
explain = identity.explain.awaited
find_conversation = read.find_conversation.awaited
inbox = read.inbox.awaited
insert_events = write.insert_events.awaited
insert_evidence = write.insert_evidence.awaited
insert_message = write.insert_message.awaited
insert_messages = write.insert_messages.awaited
list_conversations = conversations.list_conversations.awaited
list_suggestions = identity.conflicts.awaited
list_thread = conversations.list_thread.awaited
mark_read = conversations.mark_read.awaited
merge = identity.merge.awaited
preview_merge = identity.preview.awaited
queue_answer = conversations.queue_answer.awaited
read_conversation = conversations.read_conversation.awaited
read_merge = identity.describe.awaited
read_message = conversations.read_message.awaited
refuse_suggestion = identity.refuse.awaited
thread = read.thread.awaited
undo_merge = identity.undo.awaited


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


__all__ = [
    "accept_suggestion",
    "connect",
    "explain",
    "find_conversation",
    "inbox",
    "insert_events",
    "insert_evidence",
    "insert_message",
    "insert_messages",
    "list_conversations",
    "list_suggestions",
    "list_thread",
    "mark_read",
    "merge",
    "preview_merge",
    "queue_answer",
    "read_conversation",
    "read_merge",
    "read_message",
    "refuse_suggestion",
    "thread",
    "undo_merge",
]
