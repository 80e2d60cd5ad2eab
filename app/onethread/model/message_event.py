"""What happened to a message after it was written: delivered, read, edited, ..."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, kw_only=True)
class MessageEvent:
    """A row of whatsapp_message_event. It may arrive before its message, under another name of
    the same person."""

    kind: str
    """sent, delivered, read, played, failed, edited, revoked, reaction or vote."""
    provider_message_id: str
    """The message it is about, by the provider's id."""
    address: str | None = None
    """The counterpart of the conversation, in any spelling; None when the provider names nobody.
    With actor and is_from_business it is the author of an edit, a delete or a reaction, by what the
    gateway's envelope says: what stands in the content is the sender's to write."""
    target_direction: str | None = None
    """Direction of the message it is about, inbound or outbound; None when it is not said."""
    actor: str | None = None
    """Who did it, in any spelling: the participant of a group who read or reacted; None for the
    counterpart itself."""
    is_from_business: bool = False
    """The business did it (its own reaction, edit or delete), not the counterpart."""
    body: str | None = None
    """edited: the new text; reaction: the emoji, vote: what was chosen of a poll or answered to an
    invitation, None when taken back; failed: the reason."""
    provider: str | None = None
    provider_event_id: str | None = None
    """The event's own id, where the provider gives one."""
    occurred_at: datetime | None = None
    """Time zone aware, by the provider's clock; None means now."""
    payload: Any = None
    """The provider's event as it came, JSON."""

    def __post_init__(self) -> None:
        if self.occurred_at is not None and self.occurred_at.tzinfo is None:
            raise ValueError("occurred_at needs a time zone")
