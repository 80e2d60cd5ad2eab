"""Onethread: every WhatsApp message in one conversation per person, decided inside PostgreSQL.

The Python side is thin. Insert rows (from here or from any other program), read by conversation:

    import onethread

    with onethread.connect() as connection:
        onethread.insert_message(
            connection, 1, onethread.Message(direction="inbound", from_number="0501234567")
        )
        onethread.thread(connection, 1, "+972 50-123-4567")
"""

from onethread.database.connection import connect
from onethread.errors import OnethreadError
from onethread.messages.batches import InsertResult
from onethread.messages.read import find_conversation, inbox, thread
from onethread.messages.write import (
    insert_events,
    insert_evidence,
    insert_message,
    insert_messages,
)
from onethread.model.evidence import Evidence
from onethread.model.message import Message
from onethread.model.message_event import MessageEvent
from onethread.people.conversations import (
    Page,
    list_conversations,
    list_thread,
    mark_read,
    queue_answer,
    read_conversation,
    read_message,
)
from onethread.people.identity import (
    accept_suggestion,
    explain,
    list_suggestions,
    merge,
    preview_merge,
    read_merge,
    refuse_suggestion,
    undo_merge,
)

__version__ = "0.2.0"

__all__ = [
    "Evidence",
    "InsertResult",
    "Message",
    "MessageEvent",
    "OnethreadError",
    "Page",
    "__version__",
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
