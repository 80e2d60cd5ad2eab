"""One module per provider: pure functions from a webhook payload to messages. No SQL here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from onethread.providers import (
    baileys,
    baileys_api,
    evolution,
    gowa,
    green_api,
    meta_cloud,
    onethread,
    twilio,
    ultramsg,
    waha,
    whatsmeow,
    wppconnect,
    wwebjs,
    zapi,
)
from onethread.providers.result import ProviderResult

PROVIDERS: dict[str, Callable[[Any], ProviderResult]] = {
    "baileys": baileys.read_payload,
    "baileys_api": baileys_api.read_payload,
    "evolution": evolution.read_payload,
    "gowa": gowa.read_payload,
    "green_api": green_api.read_payload,
    "meta_cloud": meta_cloud.read_payload,
    "onethread": onethread.read_payload,
    "twilio": twilio.read_payload,
    "ultramsg": ultramsg.read_payload,
    "waha": waha.read_payload,
    "whatsmeow": whatsmeow.read_payload,
    "wppconnect": wppconnect.read_payload,
    "wwebjs": wwebjs.read_payload,
    "zapi": zapi.read_payload,
}

__all__ = ["PROVIDERS", "ProviderResult"]
