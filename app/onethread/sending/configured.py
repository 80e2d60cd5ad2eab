"""Which senders the environment describes."""

from __future__ import annotations

import os
from collections.abc import Mapping

import httpx

from onethread.errors import OnethreadError
from onethread.sending.evolution import EvolutionSender
from onethread.sending.meta_cloud import DEFAULT_URL, MetaCloudSender
from onethread.sending.sender import Sender

_PATIENCE = 30


def open_client() -> httpx.Client:
    """The HTTP client that senders share."""
    return httpx.Client(timeout=_PATIENCE)


def configured_senders(
    client: httpx.Client, environment: Mapping[str, str] = os.environ
) -> dict[str, Sender]:
    """The senders by provider name, as whatsapp_message.provider has it.

    Raises:
        OnethreadError: none is described, or one only in part.
    """

    def read(name: str) -> str:
        return environment.get(f"ONETHREAD_{name}", "").strip()

    def all_or_none(*names: str) -> list[str] | None:
        values = {name: read(name) for name in names}
        missing = [f"ONETHREAD_{name}" for name, value in values.items() if not value]
        if missing and len(missing) < len(names):
            raise OnethreadError(
                f"{', '.join(missing)} is not set", "docs/inbox.md lists what a provider needs."
            )
        return None if missing else list(values.values())

    senders: dict[str, Sender] = {}
    if meta := all_or_none("META_PHONE_NUMBER_ID", "META_ACCESS_TOKEN"):
        url = (read("META_URL") or DEFAULT_URL).rstrip("/")
        senders["meta_cloud"] = MetaCloudSender(client, url, *meta)
    if gateway := all_or_none("EVOLUTION_URL", "EVOLUTION_INSTANCE", "EVOLUTION_API_KEY"):
        senders["evolution"] = EvolutionSender(client, gateway[0].rstrip("/"), *gateway[1:])
    if not senders:
        raise OnethreadError(
            "no provider is configured to send through",
            "Set ONETHREAD_META_PHONE_NUMBER_ID and ONETHREAD_META_ACCESS_TOKEN, or "
            "ONETHREAD_EVOLUTION_URL, _INSTANCE and _API_KEY.",
        )
    return senders
