"""What the forms of the inbox do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from onethread.errors import OnethreadError
from onethread.people import identity
from onethread.web.gate import Gate
from onethread.web.inbox import queries
from onethread.web.inbox.find import (
    Values,
    find_business,
    find_conversation,
    find_merge,
    refusals,
)
from onethread.web.inbox.guard import user_name
from onethread.web.inbox.queries import Connection
from onethread.web.problem import Problem
from onethread.web.settings import Settings


def form_router(settings: Settings, gate: Gate) -> APIRouter:
    """The routes of the forms."""
    router = APIRouter()

    async def run(business_id: int, work: Callable[..., Any], *arguments: object) -> Any:
        async with gate.enter():
            return await gate.run_about(business_id, work, *arguments)

    def leads_to(request: Request, path: str) -> Response:
        """Back to a page; the script wants no page."""
        if request.headers.get("x-requested-with") == "fetch":
            return Response(status_code=204)
        return RedirectResponse(f"{request.scope['root_path']}/{path}", 303)

    @router.post("/{business_id:int}/conversation/{conversation_id:int}/read")
    async def mark_read(
        request: Request,
        business_id: int,
        conversation_id: int,
        message_id: Annotated[int, Form(ge=0, lt=2**63)],
    ) -> Response:
        """Read up to this message."""
        await run(business_id, _act, conversation_id, queries.mark_read, message_id)
        return leads_to(request, f"{business_id}/conversation/{conversation_id}")

    @router.post("/{business_id:int}/conversation/{conversation_id:int}/reply")
    async def reply(
        request: Request,
        business_id: int,
        conversation_id: int,
        body: Annotated[str, Form(min_length=1, max_length=4096)],
        key: Annotated[str, Form(min_length=8, max_length=64)],
    ) -> Response:
        """Queues an answer."""
        if not body.strip():
            raise Problem(422, "the answer is empty")
        await run(business_id, _reply, conversation_id, body.strip(), key)
        return leads_to(request, f"{business_id}/conversation/{conversation_id}")

    @router.post("/{business_id:int}/conversation/{conversation_id:int}/merge")
    async def merge(
        request: Request,
        business_id: int,
        conversation_id: int,
        other: Annotated[int, Form(ge=0, lt=2**63)],
        reason: Annotated[str, Form(max_length=200)] = "",
    ) -> Response:
        """Merges another conversation into this one."""
        said = f"{reason.strip() or 'by hand'} ({user_name(settings, request.headers)})"
        await run(business_id, _act, conversation_id, identity.merge, other, said)
        return leads_to(request, f"{business_id}/conversation/{conversation_id}")

    @router.post("/{business_id:int}/merge/{merge_id:int}/undo")
    async def undo(request: Request, business_id: int, merge_id: int) -> Response:
        """Takes a merge back."""
        found = await run(business_id, _undo, merge_id)
        return leads_to(request, f"{business_id}/conversation/{found['survivor_id']}")

    @router.post("/{business_id:int}/conflicts/different")
    async def declare_different(
        request: Request,
        business_id: int,
        first: Annotated[int, Form(ge=0, lt=2**63)],
        second: Annotated[int, Form(ge=0, lt=2**63)],
    ) -> Response:
        """Two conversations are two people."""
        source = user_name(settings, request.headers)
        await run(business_id, _act, first, identity.declare_different, second, source)
        return leads_to(request, f"{business_id}/conflicts")

    @router.post("/{business_id:int}/conflicts/accept")
    async def accept(
        request: Request, business_id: int, suggestion: Annotated[int, Form(ge=0, lt=2**63)]
    ) -> Response:
        """The two threads of a suggestion are one person's."""
        said_by = user_name(settings, request.headers)
        [conversation_id] = await run(business_id, _accept, [suggestion], said_by)
        return leads_to(request, f"{business_id}/conversation/{conversation_id}")

    @router.post("/{business_id:int}/conflicts/accept-all")
    async def accept_all(
        request: Request, business_id: int, source: Annotated[str, Form(max_length=255)]
    ) -> Response:
        """So are those of all suggestions of a source, but where a human must choose."""
        said_by = user_name(settings, request.headers)
        for suggestion in await run(business_id, identity.acceptable, source):
            await run(business_id, _accept, [suggestion], said_by)
        return leads_to(request, f"{business_id}/conflicts")

    return router


def _accept(
    connection: Connection, business_id: int, suggestion_ids: list[int], said_by: str
) -> list[int]:
    """Joins the threads of suggestions; returns where they are now."""
    find_business(connection, business_id)
    with refusals():
        try:
            merges = [
                identity.accept(connection, business_id, each, said_by) for each in suggestion_ids
            ]
        except OnethreadError as error:
            raise Problem(404, str(error)) from error
    return [identity.describe(connection, business_id, merge)["survivor_id"] for merge in merges]


def _act(
    connection: Connection,
    business_id: int,
    conversation_id: int,
    action: Callable[..., Any],
    *arguments: object,
) -> None:
    """Does something to a conversation of the business, by its present id."""
    find_business(connection, business_id)
    found = find_conversation(connection, business_id, conversation_id)
    with refusals():
        action(connection, business_id, found["conversation_id"], *arguments)


def _reply(
    connection: Connection, business_id: int, conversation_id: int, body: str, key: str
) -> None:
    """Queues an answer, by the id that the page had: the key is that one's, also when the
    conversation was joined into another before a browser posted it again."""
    find_business(connection, business_id)
    find_conversation(connection, business_id, conversation_id)
    with refusals():
        queries.reply(connection, business_id, conversation_id, body, key)


def _undo(connection: Connection, business_id: int, merge_id: int) -> Values:
    merge = find_merge(connection, business_id, merge_id)
    with refusals():
        identity.undo(connection, business_id, merge_id)
    return merge
