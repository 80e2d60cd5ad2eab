"""Payloads that could not be processed: kept with the reason, and listed."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.rows import dict_row

from onethread.database.tenant import business_transaction
from onethread.database.text import storable_text
from onethread.intake.payload import Payload

_PAGE = 100


def keep_payload(
    connection: psycopg.Connection[Any],
    business_id: int,
    payload: Payload,
    reason: str,
    *,
    is_resolved: bool = False,
) -> None:
    """Keeps a payload with the reason, in a transaction about the business; the same payload once.

    Args:
        is_resolved: it is kept for the record only, and not listed.
    """
    if payload.reject_id is not None:
        connection.execute(
            """
            update onethread.webhook_reject
            set reason = %s, resolved_at = case when %s then now() end
            where business_id = %s and id = %s
            """,
            [storable_text(reason), is_resolved, business_id, payload.reject_id],
        )
        return
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
            payload.provider,
            storable_text(payload.text),
            storable_text(reason),
            storable_text(payload.origin),
            is_resolved,
        ],
    )


def close_reject(connection: psycopg.Connection[Any], business_id: int, reject_id: int) -> None:
    """Closes a reject of which all went in, in a transaction about the business."""
    connection.execute(
        """
        update onethread.webhook_reject
        set resolved_at = now()
        where business_id = %s and id = %s
        """,
        [business_id, reject_id],
    )


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
