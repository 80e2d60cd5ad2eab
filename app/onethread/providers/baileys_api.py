"""baileys-api (fazer-ai): Baileys' events over HTTP, as {event, data, webhookVerifyToken, ...}."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from onethread.errors import PayloadError
from onethread.providers.baileys import read_baileys
from onethread.providers.result import ProviderResult


def read_payload(payload: Any) -> ProviderResult:
    """Reads one webhook POST body.

    Raises:
        PayloadError: it is no event of baileys-api.
    """
    if not isinstance(payload, Mapping) or not isinstance(payload.get("event"), str):
        raise PayloadError("not a baileys-api event: there is no text 'event'")
    return read_baileys(payload, "baileys_api")
