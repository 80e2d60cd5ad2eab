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

__version__ = "0.1.0"

__all__ = [
    "Evidence",
    "InsertResult",
    "Message",
    "MessageEvent",
    "OnethreadError",
    "__version__",
    "connect",
    "find_conversation",
    "inbox",
    "insert_events",
    "insert_evidence",
    "insert_message",
    "insert_messages",
    "thread",
]
