"""Whose a webhook is: a business's own secrets, and the names by which shared ones speak of it."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg

from onethread.database.business import check_business
from onethread.database.shards import ask_each_shard
from onethread.database.tenant import business_transaction, rows_of_all
from onethread.errors import OnethreadError
from onethread.intake.payload import PROVIDER_NAMES

_RANDOM_BYTES = 32


@dataclass(frozen=True)
class WebhookSecrets:
    """What the database knows of secrets."""

    hashes: Mapping[tuple[int, str], frozenset[bytes]] = field(default_factory=dict)
    """By business and provider."""
    has_several_businesses: bool = True
    is_complete: bool = True
    """Who is not in it has no secret: no shard of a cluster was silent, and it is not from before
    the database was away."""


def hash_secret(secret: str) -> bytes:
    """What is stored of a secret; it is random and long, so that this is enough."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()


def list_secrets(connection: psycopg.Connection[Any]) -> WebhookSecrets:
    """The secrets of all businesses; in a cluster of those whose shard answers."""

    def ask() -> tuple[list[Any], bool]:
        rows = connection.execute(
            "select s.business_id, s.provider, s.secret_hash "
            "from onethread.list_webhook_secrets() as s"
        ).fetchall()
        [(several,)] = connection.execute("select onethread.has_several_businesses()").fetchall()
        return rows, several

    missing: list[str] = []
    answers = [answer for _, answer in ask_each_shard(connection, ask, missing)]
    hashes: dict[tuple[int, str], frozenset[bytes]] = {}
    for rows, _ in answers:
        for business_id, provider, digest in rows:
            key = (business_id, provider)
            hashes[key] = hashes.get(key, frozenset()) | {digest}
    # A server that is silent has businesses too.
    has_several = len(answers) + len(missing) != 1 or answers[0][1]
    return WebhookSecrets(hashes, has_several, is_complete=not missing)


def add_secret(connection: psycopg.Connection[Any], business_id: int, provider: str) -> str:
    """Makes a secret for a webhook of the business; it is nowhere but in what this returns.

    Raises:
        OnethreadError: unknown business or provider, or a provider that sends no secret.
    """
    _check(connection, business_id, provider)
    if provider == "meta_cloud":
        raise OnethreadError(
            "Meta sends no secret: it signs with the secret of its app",
            f"Set ONETHREAD_BUSINESS_{business_id}_META_APP_SECRET (docs/webhooks.md).",
        )
    secret = secrets.token_urlsafe(_RANDOM_BYTES)
    _insert(connection, business_id, provider, hash_secret(secret), None)
    return secret


def add_instance(
    connection: psycopg.Connection[Any], business_id: int, provider: str, instance: str
) -> None:
    """Says that what a secret of several businesses brings of this instance is the business's.

    Raises:
        OnethreadError: unknown business or provider.
    """
    _check(connection, business_id, provider)
    _insert(connection, business_id, provider, None, instance)


def list_webhooks(
    connection: psycopg.Connection[Any], business_id: int | None, provider: str | None = None
) -> list[dict[str, Any]]:
    """The webhooks of a business, or of all; no secret is among them."""
    query = """
        select w.business_id, w.id, w.provider, w.instance, w.created_at
        from onethread.webhook w
        where (%(business_id)s::bigint is null or w.business_id = %(business_id)s::bigint)
          and (%(provider)s::text is null or w.provider = %(provider)s::text)
        order by w.business_id, w.provider, w.id
        """
    parameters = {"business_id": business_id, "provider": provider}
    return rows_of_all(connection, business_id, query, parameters)


def remove_webhooks(
    connection: psycopg.Connection[Any], business_id: int, provider: str, ids: list[int]
) -> int:
    """Removes webhooks of the business; returns how many.

    Args:
        ids: which; none: the only one of the provider.

    Raises:
        OnethreadError: there is none, or, without ids, more than one.
    """
    there = [row["id"] for row in list_webhooks(connection, business_id, provider)]
    missing = [each for each in ids if each not in there]
    if missing or not there:
        raise OnethreadError(
            f"business {business_id} has no webhook {', '.join(map(str, missing))} of {provider}"
            if missing
            else f"business {business_id} has no webhook of {provider}",
            "`onethread webhook list` shows what there is.",
        )
    if not ids and len(there) > 1:
        raise OnethreadError(
            f"business {business_id} has {len(there)} webhooks of {provider}",
            f"Say which: {', '.join(map(str, there))}.",
        )
    with business_transaction(connection, business_id):
        [(count,)] = connection.execute(
            "select onethread.delete_webhooks(%s, %s)", [business_id, ids or there]
        ).fetchall()
        return int(count)


def _check(connection: psycopg.Connection[Any], business_id: int, provider: str) -> None:
    if provider not in PROVIDER_NAMES:
        raise OnethreadError(
            f"unknown provider {provider!r}", f"One of: {', '.join(PROVIDER_NAMES)}."
        )
    check_business(connection, business_id)


def _insert(
    connection: psycopg.Connection[Any],
    business_id: int,
    provider: str,
    digest: bytes | None,
    instance: str | None,
) -> None:
    with business_transaction(connection, business_id):
        connection.execute(
            """
            insert into onethread.webhook (business_id, provider, secret_hash, instance)
            values (%s, %s, %s, %s)
            on conflict do nothing
            """,
            [business_id, provider, digest, instance],
        )


# Those of the names that are numbers of the business, by their match keys, and those of the
# instances that are its own.
LIST_REGISTERED = """
select n.name, null as instance
from unnest(%(names)s::text[]) as n (name)
where onethread.is_own_address(
  %(business_id)s,
  onethread.read_business_address(%(business_id)s, %(provider)s, n.name))
union
select null, w.instance
from onethread.webhook w
where w.business_id = %(business_id)s
  and w.provider = %(provider)s
  and w.instance = any (%(instances)s::text[])
"""
