"""/api/v1: who is whom: suggestions, merges, and taking them back."""

from __future__ import annotations

from typing import Annotated, Any

import psycopg
from fastapi import APIRouter, Query

from onethread.database.business import check_business
from onethread.people import identity
from onethread.web.api.access import Api
from onethread.web.api.models import (
    Id,
    Merge,
    MergeOrder,
    Preview,
    Said,
    Suggestion,
    Suggestions,
)
from onethread.web.problem import problems

Connection = psycopg.Connection[Any]


def identity_router(api: Api) -> APIRouter:
    """The routes about who is whom."""
    router = APIRouter(
        prefix="/api/v1",
        tags=["who is whom"],
        dependencies=api.dependencies(),
        responses=problems(401, 404, 409, 422, 503),
    )

    @router.get("/suggestions")
    async def list_suggestions(
        business_id: int, limit: Annotated[int, Query(ge=1, le=1000)] = 200
    ) -> Suggestions:
        """The pairs of conversations that may be one person's, and await a human."""
        rows = await api.run(business_id, _list_suggestions)
        return Suggestions(suggestions=[Suggestion.model_validate(row) for row in rows[:limit]])

    @router.post("/suggestions/{suggestion_id}/accept")
    async def accept_suggestion(suggestion_id: Id, business_id: int, said: Said) -> Merge:
        """They are one person: the two conversations are joined."""
        return await api.run(business_id, _accept, int(suggestion_id), said.said_by)

    @router.post("/suggestions/{suggestion_id}/refuse", status_code=204)
    async def refuse_suggestion(suggestion_id: Id, business_id: int, said: Said) -> None:
        """They are two people: it is not suggested again, and nothing moves."""
        await api.run(
            business_id, identity.refuse_suggestion, _bounded(suggestion_id), said.said_by
        )

    @router.get("/merges/preview")
    async def preview_merge(business_id: int, survivor_id: Id, absorbed_id: Id) -> Preview:
        """What joining two conversations would do."""
        found = await api.run(business_id, _preview, _bounded(survivor_id), _bounded(absorbed_id))
        return Preview.model_validate(found)

    @router.post("/merges")
    async def merge(business_id: int, order: MergeOrder) -> Merge:
        """Joins two conversations of one person."""
        ids = _bounded(order.survivor_id), _bounded(order.absorbed_id)
        return await api.run(business_id, _merge, *ids, order.reason)

    @router.get("/merges/{merge_id}")
    async def read_merge(merge_id: Id, business_id: int) -> Merge:
        """A merge; also: what undoing it would part."""
        return await api.run(business_id, _describe, _bounded(merge_id))

    @router.post("/merges/{merge_id}/undo")
    async def undo_merge(merge_id: Id, business_id: int) -> Merge:
        """Takes a merge back: identifiers go back, and messages follow theirs."""
        return await api.run(business_id, _undo, _bounded(merge_id))

    return router


def _list_suggestions(connection: Connection, business_id: int) -> list[dict[str, Any]]:
    check_business(connection, business_id)
    return identity.list_suggestions(connection, business_id)


def _preview(
    connection: Connection, business_id: int, survivor_id: int, absorbed_id: int
) -> dict[str, Any]:
    check_business(connection, business_id)
    return identity.preview_merge(connection, business_id, survivor_id, absorbed_id)


def _accept(connection: Connection, business_id: int, suggestion_id: int, said_by: str) -> Merge:
    check_business(connection, business_id)
    merge_id = identity.accept_suggestion(connection, business_id, suggestion_id, said_by)
    return _describe(connection, business_id, merge_id)


def _merge(
    connection: Connection, business_id: int, survivor_id: int, absorbed_id: int, reason: str
) -> Merge:
    check_business(connection, business_id)
    merge_id = identity.merge(connection, business_id, survivor_id, absorbed_id, reason)
    return _describe(connection, business_id, merge_id)


def _undo(connection: Connection, business_id: int, merge_id: int) -> Merge:
    _describe(connection, business_id, merge_id)
    identity.undo_merge(connection, business_id, merge_id)
    return _describe(connection, business_id, merge_id)


def _describe(connection: Connection, business_id: int, merge_id: int) -> Merge:
    check_business(connection, business_id)
    row = identity.read_merge(connection, business_id, merge_id)
    return Merge.model_validate(row | {"id": row["merge_id"]})


def _bounded(text: str) -> int:
    """As bigint has it; nothing has the last one as its id."""
    return min(int(text), 2**63 - 1)
