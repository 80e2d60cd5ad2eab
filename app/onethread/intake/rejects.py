"""Payloads that could not be processed, or not in full: kept with the reason, and listed."""

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
    is_unread: bool = False,
) -> psycopg.Cursor[Any]:
    """Keeps a payload with the reason, in a transaction about the business; the same payload once.

    Args:
        is_unread: it is stored but for what this version does not know.
    """
    if payload.reject_id is not None:
        return connection.execute(
            """
            update onethread.webhook_reject
            set reason = %s, is_unread = %s, resolved_at = null
            where business_id = %s and id = %s
            """,
            [storable_text(reason), is_unread, business_id, payload.reject_id],
        )
    return connection.execute(
        """
        insert into onethread.webhook_reject (
          business_id, provider, payload, reason, origin, is_unread
        )
        values (%s, %s, %s, %s, %s, %s)
        on conflict (business_id, provider, md5(payload)) do update
        set reason = excluded.reason, is_unread = excluded.is_unread, resolved_at = null
        where webhook_reject.reason <> excluded.reason
          or webhook_reject.is_unread <> excluded.is_unread
          or webhook_reject.resolved_at is not null
        """,
        [
            business_id,
            payload.provider,
            storable_text(payload.text),
            storable_text(reason),
            storable_text(payload.origin),
            is_unread,
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
    *,
    is_unread: bool = False,
) -> list[dict[str, Any]]:
    """Open rejects by id, of one business or of all; or these, closed ones too.

    Args:
        is_unread: instead of those that could not be processed, those that are not read.
    """
    with (
        business_transaction(connection, business_id),
        connection.cursor(row_factory=dict_row) as cursor,
    ):
        return cursor.execute(
            """
            select r.business_id, r.id, r.provider, r.reason, r.origin, r.received_at, r.payload
            from onethread.webhook_reject r
            where (%(ids)s::bigint[] is not null or r.resolved_at is null)
              and (%(ids)s::bigint[] is not null or r.is_unread = %(is_unread)s)
              and (%(business_id)s::bigint is null or r.business_id = %(business_id)s::bigint)
              and (%(ids)s::bigint[] is null or r.id = any (%(ids)s::bigint[]))
              and r.id > %(after)s
            order by r.id
            limit %(page_size)s
            """,
            {
                "business_id": business_id,
                "ids": ids,
                "after": after,
                "page_size": page_size,
                "is_unread": is_unread,
            },
        ).fetchall()
