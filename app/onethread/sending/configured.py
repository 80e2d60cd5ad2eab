"""Which senders the environment describes, and for which business."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import httpx
import psycopg

from onethread.database.business import list_businesses
from onethread.database.tenant import business_rows
from onethread.errors import OnethreadError
from onethread.sending.evolution import EvolutionSender
from onethread.sending.meta_cloud import DEFAULT_URL, MetaCloudSender
from onethread.sending.sender import Sender

_PATIENCE = 30

# Which business has some of these for itself has a sender of its own.
_SETTINGS = (
    "EVOLUTION_API_KEY",
    "EVOLUTION_INSTANCE",
    "EVOLUTION_OWN_NUMBER",
    "EVOLUTION_URL",
    "META_ACCESS_TOKEN",
    "META_BUSINESS_ACCOUNT_ID",
    "META_OWN_NUMBER",
    "META_PHONE_NUMBER_ID",
    "META_URL",
)


def open_client() -> httpx.Client:
    """The HTTP client that senders share.

    A connection is used once: one that the provider closes while it is idle would break when the
    next request has just left, and nobody knew what became of that.
    """
    return httpx.Client(timeout=_PATIENCE, limits=httpx.Limits(max_keepalive_connections=0))


def configured_senders(
    client: httpx.Client,
    environment: Mapping[str, str] = os.environ,
    business_id: int | None = None,
) -> dict[str, Sender]:
    """The senders by provider name, as whatsapp_message.provider has it.

    Args:
        business_id: the business's own settings, where it has some, else those without a business.

    Raises:
        OnethreadError: none is described, or one only in part.
    """
    prefix = "ONETHREAD_"
    if business_id is not None and _has_own_settings(environment, business_id):
        prefix = _own_prefix(business_id)

    def read(name: str) -> str:
        return environment.get(prefix + name, "").strip()

    def all_or_none(*names: str) -> list[str] | None:
        values = {name: read(name) for name in names}
        missing = [f"{prefix}{name}" for name, value in values.items() if not value]
        if missing and len(missing) < len(names):
            raise OnethreadError(
                f"{', '.join(missing)} is not set", "docs/inbox.md lists what a provider needs."
            )
        return None if missing else list(values.values())

    senders: dict[str, Sender] = {}
    if meta := all_or_none("META_PHONE_NUMBER_ID", "META_ACCESS_TOKEN"):
        url = (read("META_URL") or DEFAULT_URL).rstrip("/")
        number = read("META_OWN_NUMBER") or None
        account = read("META_BUSINESS_ACCOUNT_ID") or None
        senders["meta_cloud"] = MetaCloudSender(client, url, meta[0], meta[1], number, account)
    if gateway := all_or_none("EVOLUTION_URL", "EVOLUTION_INSTANCE", "EVOLUTION_API_KEY"):
        number = read("EVOLUTION_OWN_NUMBER") or None
        url, instance, key = gateway
        senders["evolution"] = EvolutionSender(client, url.rstrip("/"), instance, key, number)
    if not senders:
        raise OnethreadError(
            "no provider is configured to send through",
            f"Set {prefix}META_PHONE_NUMBER_ID and {prefix}META_ACCESS_TOKEN, or "
            f"{prefix}EVOLUTION_URL, _INSTANCE and _API_KEY.",
        )
    return senders


def business_senders(
    connection: psycopg.Connection[Any],
    client: httpx.Client,
    business_id: int | None,
    environment: Mapping[str, str] = os.environ,
) -> dict[int, dict[str, Sender]]:
    """Who sends for whom: by business, then by provider.

    Args:
        business_id: only this one; None: all there are.

    Raises:
        OnethreadError: a business would send from a number that is another's, or nobody's.
    """
    ids = [business_id] if business_id is not None else _list_ids(connection, environment)
    senders = {each: configured_senders(client, environment, each) for each in ids}
    owners: dict[tuple[str, str], int] = {}
    for each, by_provider in senders.items():
        is_own = _has_own_settings(environment, each)
        for provider, sender in by_provider.items():
            _check_own_number(connection, each, provider, sender.own_number, is_required=is_own)
            owner = owners.setdefault((provider, sender.own_number or ""), each)
            if owner != each:
                raise OnethreadError(
                    f"businesses {owner} and {each} both send from {sender.own_number}",
                    "A number belongs to one business: see `onethread business list`.",
                )
    return senders


def _list_ids(connection: psycopg.Connection[Any], environment: Mapping[str, str]) -> list[int]:
    """All businesses; with several each needs a sender of its own, or one would send from the
    number of another."""
    ids = [int(row["id"]) for row in list_businesses(connection)]
    without = [each for each in ids if not _has_own_settings(environment, each)]
    if len(ids) > 1 and without:
        raise OnethreadError(
            "there is more than one business",
            "Say which with --business, or give each one its own settings: "
            f"{_own_prefix(without[0])}META_ACCESS_TOKEN, ... (docs/inbox.md).",
        )
    return ids


def _check_own_number(
    connection: psycopg.Connection[Any],
    business_id: int,
    provider: str,
    number: str | None,
    *,
    is_required: bool,
) -> None:
    name = f"{provider.removesuffix('_cloud').upper()}_OWN_NUMBER"
    if number is None:
        if is_required:
            raise OnethreadError(
                f"{_own_prefix(business_id)}{name} is not set",
                "It says from which number of the business this sender writes.",
            )
        return
    [row] = business_rows(
        connection,
        business_id,
        "select onethread.is_own_address(%s, onethread.read_address(%s, null)) as is_own",
        [business_id, number],
    )
    if not row["is_own"]:
        raise OnethreadError(
            f"{number} ({name}) is no number of business {business_id}",
            "Write it with + and country code, as `onethread business list` shows it.",
        )


def _has_own_settings(environment: Mapping[str, str], business_id: int) -> bool:
    prefix = _own_prefix(business_id)
    return any(environment.get(prefix + name, "").strip() for name in _SETTINGS)


def _own_prefix(business_id: int) -> str:
    return f"ONETHREAD_BUSINESS_{business_id}_"
