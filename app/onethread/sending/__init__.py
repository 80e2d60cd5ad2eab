"""Delivers queued messages through the providers' HTTP interfaces."""

from __future__ import annotations

from onethread.extras import needs_extra

with needs_extra("server"):
    from onethread.sending.configured import business_senders, configured_senders, open_client
    from onethread.sending.files import File, Template, Unavailable
    from onethread.sending.queue import SendResult, send_queued
    from onethread.sending.sender import SendDelayed, Sender, SendRefused, SendUnconfirmed

__all__ = [
    "File",
    "SendDelayed",
    "SendRefused",
    "SendResult",
    "SendUnconfirmed",
    "Sender",
    "Template",
    "Unavailable",
    "business_senders",
    "configured_senders",
    "open_client",
    "send_queued",
]
