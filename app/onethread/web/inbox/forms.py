"""What the forms of the inbox do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData

from onethread.errors import OnethreadError
from onethread.people import identity
from onethread.web.gate import Gate
from onethread.web.inbox import queries
from onethread.web.inbox.counts import forget_counts
from onethread.web.inbox.find import (
    Values,
    find_business,
    find_conversation,
    find_merge,
    has_window,
    refusals,
)
from onethread.web.inbox.guard import user_name
from onethread.web.inbox.provider import Providers, list_templates
from onethread.web.inbox.render import render
from onethread.web.inbox.rows import Connection
from onethread.web.problem import Problem
from onethread.web.settings import Settings


def form_router(settings: Settings, gate: Gate) -> APIRouter:
    """The routes of the forms."""
    router = APIRouter()

    async def run(business_id: int, work: Callable[..., Any], *arguments: object) -> Any:
        async with gate.enter():
            try:
                return await gate.run_about(business_id, work, *arguments)
            finally:
                forget_counts(business_id, gate)

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

    @router.post("/{business_id:int}/conversation/{conversation_id:int}/unread")
    async def mark_unread(request: Request, business_id: int, conversation_id: int) -> Response:
        """The last message has not been read; back to the list, since here it would be read."""
        await run(business_id, _act, conversation_id, queries.mark_unread)
        return leads_to(request, f"{business_id}")

    @router.post("/{business_id:int}/conversation/{conversation_id:int}/reply")
    async def reply(
        request: Request,
        business_id: int,
        conversation_id: int,
        body: Annotated[str, Form(min_length=1, max_length=4096)],
        key: Annotated[str, Form(min_length=8, max_length=64)],
        anyway: Annotated[bool, Form()] = False,
    ) -> Response:
        """Queues an answer; where WhatsApp would refuse it, asks first."""
        if not body.strip():
            raise Problem(422, "the answer is empty")
        if not anyway and not await run(business_id, _takes_free_text, conversation_id):
            return await render(
                gate, "closed.html", business_id, _read_closed, conversation_id, body, key,
                status=409, headers={"X-Onethread-Window": "closed"},
            )  # fmt: skip
        await run(business_id, _reply, conversation_id, body.strip(), key)
        return leads_to(request, f"{business_id}/conversation/{conversation_id}")

    @router.post("/{business_id:int}/message/{message_id:int}/again")
    async def send_again(request: Request, business_id: int, message_id: int) -> Response:
        """Queues once more what was not delivered: once, however often it is asked for."""
        failed = await run(business_id, _find_failed, message_id)
        conversation_id, key = failed["conversation_id"], f"again-message-{message_id}"
        template = failed["template"]
        if template is None and not await run(business_id, _takes_free_text, conversation_id):
            return await render(
                gate, "closed.html", business_id, _read_closed, conversation_id,
                failed["body"], key, status=409,
            )  # fmt: skip
        await run(business_id, _reply, conversation_id, failed["body"], key, template)
        return leads_to(request, f"{business_id}/conversation/{conversation_id}")

    @router.post("/{business_id:int}/conversation/{conversation_id:int}/template")
    async def send_template(request: Request, business_id: int, conversation_id: int) -> Response:
        """Queues an approved template."""
        form = await request.form()
        body, template = await _fill(business_id, form)
        await run(business_id, _reply, conversation_id, body, str(form.get("key")), template)
        return leads_to(request, f"{business_id}/conversation/{conversation_id}")

    @router.post("/{business_id:int}/new")
    async def start(
        request: Request,
        business_id: int,
        number: Annotated[str, Form(min_length=1, max_length=100)],
        key: Annotated[str, Form(min_length=8, max_length=64)],
        body: Annotated[str, Form(max_length=4096)] = "",
        name: Annotated[str, Form(max_length=600)] = "",
    ) -> Response:
        """Queues the first message to a number; to whoever has a conversation it goes there."""
        template = None
        if name:
            body, template = await _fill(business_id, await request.form())
        elif not body.strip():
            raise Problem(422, "the message is empty")
        found = await run(business_id, _find_by_address, number)
        if found and template is None and not await run(business_id, _takes_free_text, found):
            return await render(
                gate, "closed.html", business_id, _read_closed, found, body, key, status=409
            )
        conversation_id = await run(business_id, _start, number, body.strip(), key, template)
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
        return leads_to(request, f"{business_id}/conflicts#answers")

    @router.post("/{business_id:int}/conflicts/ask-again")
    async def ask_again(
        request: Request,
        business_id: int,
        first: Annotated[int, Form(ge=0, lt=2**63)],
        second: Annotated[int, Form(ge=0, lt=2**63)],
    ) -> Response:
        """Takes "two people" back."""
        await run(business_id, _act, first, identity.withdraw_different, second)
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
                identity.accept_suggestion(connection, business_id, each, said_by)
                for each in suggestion_ids
            ]
        except OnethreadError as error:
            raise Problem(404, str(error)) from error
    return [identity.read_merge(connection, business_id, merge)["survivor_id"] for merge in merges]


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


def _takes_free_text(connection: Connection, business_id: int, conversation_id: int) -> bool:
    find_business(connection, business_id)
    conversation = find_conversation(connection, business_id, conversation_id)
    return bool(conversation["is_window_open"] or not has_window(conversation))


def _read_closed(
    connection: Connection, business_id: int, conversation_id: int, body: str, key: str
) -> Values:
    conversation = find_conversation(connection, business_id, conversation_id)
    return {
        "page": "", "conversation": conversation, "body": body, "key": key,
        "providers": Providers.of(business_id),
    }  # fmt: skip


async def _fill(business_id: int, form: FormData) -> tuple[str, dict[str, Any]]:
    """What an approved template says with the values of a form, and what is queued for it.

    Raises:
        Problem: 404 there is no such template, 422 a value is missing, 502 nobody can say.
    """
    key, name = str(form.get("key", "")), form.get("name")
    templates = await list_templates(business_id)
    found = [each for each in templates if f"{each.name}/{each.language}" == name]
    if not found:
        raise Problem(404, "There is no such template any more")
    values = {place: str(form.get(f"value-{place}", "")).strip() for place in found[0].places}
    if not all(values.values()) or not 8 <= len(key) <= 64 or len("".join(values.values())) > 4096:
        raise Problem(422, "every place of the template wants a word")
    return found[0].fill(values), found[0].order(values)


def _find_failed(connection: Connection, business_id: int, message_id: int) -> Values:
    find_business(connection, business_id)
    failed = queries.find_failed(connection, business_id, min(message_id, 2**63 - 1))
    if failed is None:
        raise Problem(404, "There is no answer here that failed")
    return failed


def _find_by_address(connection: Connection, business_id: int, address: str) -> int | None:
    find_business(connection, business_id)
    return queries.find_by_address(connection, business_id, address)


def _start(
    connection: Connection,
    business_id: int,
    address: str,
    body: str,
    key: str,
    template: dict[str, Any] | None,
) -> int:
    with refusals():
        return queries.start(connection, business_id, address, body, key, template)


def _reply(
    connection: Connection,
    business_id: int,
    conversation_id: int,
    body: str,
    key: str,
    template: dict[str, Any] | None = None,
) -> None:
    """Queues an answer, by the id that the page had: the key is that one's, also when the
    conversation was joined into another before a browser posted it again."""
    find_business(connection, business_id)
    find_conversation(connection, business_id, conversation_id)
    with refusals():
        queries.reply(connection, business_id, conversation_id, body, key, template)


def _undo(connection: Connection, business_id: int, merge_id: int) -> Values:
    merge = find_merge(connection, business_id, merge_id)
    with refusals():
        identity.undo_merge(connection, business_id, merge_id)
    return merge
