"""One WhatsApp message as a writer hands it to the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

PLACEHOLDER = "placeholder"
"""The kind of a message of which nothing is known yet but that it exists. The first one with the
same id that says more fills the row (insert_messages)."""

UNSUPPORTED = "unsupported"
"""The kind of a message that the provider says it cannot show. It is filled, too."""


@dataclass(frozen=True, kw_only=True)
class Message:
    """The columns of whatsapp_message that a writer fills; the database links it.

    Only the direction and an address are needed. Addresses are kept as they come, in any spelling.
    """

    direction: str
    from_number: str | None = None
    to_number: str | None = None
    contact_aliases: list[str] | None = None
    """Other identifiers of the counterpart (in a group: of the participant) that the provider
    attests."""
    participant: str | None = None
    list_address: str | None = None
    """The sender's broadcast list through which an inbound message came: others have received it
    under the same id."""
    sender_name: str | None = None
    lead_id: int | None = None
    source: str | None = None
    kind: str = "text"
    body: str | None = None
    media: dict[str, Any] | None = None
    provider: str | None = None
    provider_message_id: str | None = None
    reply_to: str | None = None
    sent_at: datetime | None = None
    """Time zone aware; None means now."""
    send_after: datetime | None = None
    payload: Any = None
    """The provider's event as it came, JSON."""

    def __post_init__(self) -> None:
        if self.sent_at is not None and self.sent_at.tzinfo is None:
            raise ValueError("sent_at needs a time zone")

    @property
    def address(self) -> str:
        """The counterpart's address: what the message is linked by."""
        inbound = self.direction.lower() in ("inbound", "in", "incoming", "received")
        return (self.from_number if inbound else None) or self.to_number or ""
