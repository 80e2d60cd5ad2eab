"""What a person or a group is called, told by itself and not on a message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

BOOK = "book"
"""The business's own address book."""
PROFILE = "profile"
"""The person's own choice."""
USERNAME = "username"
"""The same; shown with @, and no identifier."""
SUBJECT = "subject"
"""A group's."""


@dataclass(frozen=True, kw_only=True)
class ContactName:
    """A row of contact_name: the last name that a source gives an identifier. For display only."""

    address: str
    """In any spelling."""
    source: str
    """BOOK, PROFILE, USERNAME or SUBJECT."""
    name: str
    """Empty: it is taken back."""
    provider: str | None = None
    told_at: datetime | None = None
    """Time zone aware; None means now."""
