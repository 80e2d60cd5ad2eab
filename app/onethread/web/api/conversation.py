"""GET /api/whatsapp/conversation/{address}: one person's thread, by any spelling."""

from __future__ import annotations

from typing import Annotated, Any

import psycopg
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from onethread.database.business import check_business
from onethread.errors import UnknownBusiness
from onethread.messages.read import find_thread, list_conversation
from onethread.web.credentials import has_secret
from onethread.web.gate import Gate
from onethread.web.problem import Problem
from onethread.web.settings import Settings


class Conversation(BaseModel):
    """A page of a thread."""

    conversation_id: str | None
    """Null: there are only old messages that are in no thread."""
    messages: list[dict[str, Any]]
    """Newest first, with the columns of list_conversation(); ids are strings."""
    next: str | None
    """`before` of the next page; null on the last one."""


def conversation_router(settings: Settings, gate: Gate) -> APIRouter:
    """The routes that programs of the business call."""
    router = APIRouter(prefix="/api/whatsapp", tags=["conversations"])
    errors: dict[int | str, dict[str, str]] = {
        400: {"description": "Invalid cursor"},
        401: {"description": "The token is missing or wrong"},
        404: {"description": "Unknown business, or nobody has this address"},
        503: {"description": "Busy, or the database cannot be reached"},
    }

    @router.get("/conversation/{address:path}", responses=errors)
    async def conversation(
        request: Request,
        address: str,
        business_id: int,
        before: str | None = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    ) -> Conversation:
        """The thread of an address in any spelling, or of a canonical key."""
        if not has_secret(settings.api_token, request.headers, settings.is_insecure):
            raise Problem(401, "Authorization: Bearer ONETHREAD_API_TOKEN is missing or wrong")
        async with gate.enter():
            try:
                return await gate.run_about(business_id, _read, address, before, limit)
            except UnknownBusiness as error:
                raise Problem(404, str(error), error.hint) from error
            except psycopg.errors.InvalidParameterValue as error:
                raise Problem(400, error.diag.message_primary or "invalid cursor") from error

    return router


def _read(
    connection: psycopg.Connection[Any],
    business_id: int,
    address: str,
    before: str | None,
    limit: int,
) -> Conversation:
    check_business(connection, business_id)
    conversation_id = find_thread(connection, business_id, address)
    rows = list_conversation(connection, business_id, address, before=before, page_size=limit)
    if conversation_id is None and not rows and before is None:
        raise Problem(
            404,
            f"nobody of business {business_id} has the address {address[:255]!r}",
            "Any spelling will do; + and digits must be URL-encoded (%2B). A national number is "
            "read in the business's region.",
        )
    return Conversation(
        conversation_id=None if conversation_id is None else str(conversation_id),
        messages=rows,
        next=rows[-1]["cursor"] if len(rows) == limit else None,
    )
