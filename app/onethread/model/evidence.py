"""One statement about who is whom, as a provider or a human makes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """A row of whatsapp_identity_evidence; the database applies it when it is inserted.

    Addresses are written so that they are read without a region: a JID, + and digits, a BSUID.
    """

    a: str
    b: str
    relation: str = "same"
    """same; replaced (a was replaced by b); different (a human's word)."""
    source: str = "provider"
    """Who says so: the provider's name and event, as in `baileys lid-mapping.update`."""
    observed_at: datetime | None = None
    """Time zone aware, by the provider's clock; None means now."""
    weight: str = "attested"
    """attested; claimed: a stranger may have made it up, so that it is a question for a human."""
    is_undated: bool = False
    """Out of a history or an address book, which does not say when it was so."""
    is_mapping: bool = False
    """One of many that a gateway tells in bulk; claimed where business.trust_mappings is false."""

    def __post_init__(self) -> None:
        if self.observed_at is not None and self.observed_at.tzinfo is None:
            raise ValueError("observed_at needs a time zone")
