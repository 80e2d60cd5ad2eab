"""One module per provider: pure functions from a webhook payload to messages. No SQL here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.providers import baileys, meta_cloud
from app.providers.result import ProviderResult

PROVIDERS: dict[str, Callable[[Any], ProviderResult]] = {
    "baileys": baileys.read_payload,
    "meta_cloud": meta_cloud.read_payload,
}

__all__ = ["PROVIDERS", "ProviderResult"]
