"""Payloads that could not be processed: kept with the reason, listed, replayed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg.rows import dict_row

from onethread.database.tenant import business_transaction
from onethread.messages.write import storable_text

_PAGE = 100

ANOTHER_MESSAGE = "another message has this id"
"""What is not read of a payload whose message is a second one under the id of a stored one."""


@dataclass
class ReplayResult:
    """What became of the rejects that were tried again."""

    resolved: list[int] = field(default_factory=list)
    still_rejected: list[int] = field(default_factory=list)


def keep_reject(
    connection: psycopg.Connection[Any],
    business_id: int,
    provider: str,
    payload: str,
    reason: str,
    *,
    origin: str = "webhook",
    is_resolved: bool = False,
) -> None:
    """Keeps a payload with the reason; the same payload once.

    Args:
        is_resolved: it is kept for the record only, and not listed.
    """
    with business_transaction(connection, business_id):
        connection.execute(
            """
            insert into onethread.webhook_reject as r (
              business_id, provider, payload, reason, origin, resolved_at
            )
            values (%s, %s, %s, %s, %s, case when %s then now() end)
            on conflict (business_id, provider, md5(payload)) do update
            set reason = excluded.reason, resolved_at = excluded.resolved_at
            where r.reason <> excluded.reason
              or (r.resolved_at is null) <> (excluded.resolved_at is null)
            """,
            [
                business_id,
                provider,
                storable_text(payload),
                storable_text(reason),
                storable_text(origin),
                is_resolved,
            ],
        )


def keep_unread(
    connection: psycopg.Connection[Any],
    business_id: int,
    provider: str,
    payload: str,
    unread: Counter[str],
    *,
    origin: str = "webhook",
) -> None:
    """Keeps a payload, closed, of which something made no row though it may matter."""
    reason = f"not read: {', '.join(sorted(+unread))}"
    keep_reject(connection, business_id, provider, payload, reason, origin=origin, is_resolved=True)


def list_rejects(
    connection: psycopg.Connection[Any],
    business_id: int | None = None,
    ids: list[int] | None = None,
    after: int = 0,
    page_size: int = _PAGE,
) -> list[dict[str, Any]]:
    """Open rejects by id, of one business or of all; only these ids when they are given."""
    with (
        business_transaction(connection, business_id),
        connection.cursor(row_factory=dict_row) as cursor,
    ):
        return cursor.execute(
            """
            select r.business_id, r.id, r.provider, r.reason, r.origin, r.received_at, r.payload
            from onethread.webhook_reject r
            where r.resolved_at is null
              and (%(business_id)s::bigint is null or r.business_id = %(business_id)s::bigint)
              and (%(ids)s::bigint[] is null or r.id = any (%(ids)s::bigint[]))
              and r.id > %(after)s
            order by r.id
            limit %(page_size)s
            """,
            {"business_id": business_id, "ids": ids, "after": after, "page_size": page_size},
        ).fetchall()


def mark_reject(
    connection: psycopg.Connection[Any], business_id: int, reject_id: int, reason: str | None
) -> None:
    """Closes a reject, or, with a reason, leaves it open for that reason."""
    with business_transaction(connection, business_id):
        connection.execute(
            """
            update onethread.webhook_reject
            set reason = coalesce(%(reason)s, reason),
                resolved_at = case when %(reason)s::text is null then now() end
            where business_id = %(business_id)s and id = %(id)s
            """,
            {
                "business_id": business_id,
                "id": reject_id,
                "reason": None if reason is None else storable_text(reason),
            },
        )
