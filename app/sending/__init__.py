"""Delivers queued messages through the providers' HTTP interfaces."""

from __future__ import annotations

from app.sending.configured import configured_senders
from app.sending.queue import SendResult, send_queued
from app.sending.sender import SendDelayed, Sender, SendRefused

__all__ = [
    "SendDelayed",
    "SendRefused",
    "SendResult",
    "Sender",
    "configured_senders",
    "send_queued",
]
