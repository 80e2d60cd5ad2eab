"""Which senders the environment describes, and for which business."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
import psycopg

from onethread.database.business import list_businesses
from onethread.database.tenant import business_rows
from onethread.environment import Environment, OfBusiness, variable_name
from onethread.errors import OnethreadError
from onethread.sending.evolution import EvolutionSender
from onethread.sending.meta_cloud import DEFAULT_URL, MetaCloudSender
from onethread.sending.sender import Sender

_PATIENCE = 30

# Which business has some of these for itself has a sender of its own.
_SETTINGS = (
    "evolution_api_key",
    "evolution_instance",
    "evolution_own_number",
    "evolution_url",
    "meta_access_token",
    "meta_business_account_id",
    "meta_own_number",
    "meta_phone_number_id",
    "meta_url",
)


def open_client() -> httpx.Client:
    """The HTTP client that senders share.

    A connection is used once: one that the provider closes while it is idle would break when the
    next request has just left, and nobody knew what became of that.
    """
    return httpx.Client(timeout=_PATIENCE, limits=httpx.Limits(max_keepalive_connections=0))


def configured_senders(
    client: httpx.Client,
    environment: Mapping[str, str] | None = None,
    business_id: int | None = None,
) -> dict[str, Sender]:
    """The senders by provider name, as whatsapp_message.provider has it.

    Args:
        business_id: the business's own settings, where it has some, else those without a business.

    Raises:
        OnethreadError: none is described, or one only in part.
    """
    given = Environment.read(environment)
    own = _own_settings(given, business_id)
    settings: OfBusiness = own or given

    def name(field: str) -> str:
        return variable_name("businesses", business_id, field) if own else variable_name(field)

    def has(*fields: str) -> bool:
        missing = [name(field) for field in fields if not getattr(settings, field)]
        if missing and len(missing) < len(fields):
            raise OnethreadError(
                f"{', '.join(missing)} is not set", "docs/inbox.md lists what a provider needs."
            )
        return not missing

    senders: dict[str, Sender] = {}
    if has("meta_phone_number_id", "meta_access_token"):
        senders["meta_cloud"] = MetaCloudSender(
            client,
            (settings.meta_url or DEFAULT_URL).rstrip("/"),
            settings.meta_phone_number_id,
            settings.meta_access_token,
            settings.meta_own_number or None,
            settings.meta_business_account_id or None,
        )
    if has("evolution_url", "evolution_instance", "evolution_api_key"):
        senders["evolution"] = EvolutionSender(
            client,
            settings.evolution_url.rstrip("/"),
            settings.evolution_instance,
            settings.evolution_api_key,
            settings.evolution_own_number or None,
        )
    if not senders:
        raise OnethreadError(
            "no provider is configured to send through",
            f"Set {name('meta_phone_number_id')} and {name('meta_access_token')}, or "
            f"{name('evolution_url')}, _INSTANCE and _API_KEY.",
        )
    return senders


def business_senders(
    connection: psycopg.Connection[Any],
    client: httpx.Client,
    business_id: int | None,
) -> dict[int, dict[str, Sender]]:
    """Who sends for whom: by business, then by provider.

    Args:
        business_id: only this one; None: all there are.

    Raises:
        OnethreadError: a business would send from a number that is another's, or nobody's.
    """
    given = Environment.read()
    ids = [business_id] if business_id is not None else _list_ids(connection, given)
    senders = {each: configured_senders(client, business_id=each) for each in ids}
    owners: dict[tuple[str, str], int] = {}
    for each, by_provider in senders.items():
        is_own = _own_settings(given, each) is not None
        for provider, sender in by_provider.items():
            _check_own_number(connection, each, provider, sender.own_number, is_required=is_own)
            owner = owners.setdefault((provider, sender.own_number or ""), each)
            if owner != each:
                raise OnethreadError(
                    f"businesses {owner} and {each} both send from {sender.own_number}",
                    "A number belongs to one business: see `onethread business list`.",
                )
    return senders


def _list_ids(connection: psycopg.Connection[Any], given: Environment) -> list[int]:
    """All businesses; with several each needs a sender of its own, or one would send from the
    number of another."""
    ids = [int(row["id"]) for row in list_businesses(connection)]
    without = [each for each in ids if not _own_settings(given, each)]
    if len(ids) > 1 and without:
        raise OnethreadError(
            "there is more than one business",
            "Say which with --business, or give each one its own settings: "
            f"{variable_name('businesses', without[0], 'meta_access_token')}, ... (docs/inbox.md).",
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
    field = f"{provider.removesuffix('_cloud')}_own_number"
    if number is None:
        if is_required:
            raise OnethreadError(
                f"{variable_name('businesses', business_id, field)} is not set",
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
            f"{number} ({field.upper()}) is no number of business {business_id}",
            "Write it with + and country code, as `onethread business list` shows it.",
        )


def _own_settings(given: Environment, business_id: int | None) -> OfBusiness | None:
    settings = given.businesses.get(business_id) if business_id is not None else None
    return settings if settings and any(getattr(settings, name) for name in _SETTINGS) else None
