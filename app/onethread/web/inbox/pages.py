"""The pages of the inbox, and what each of them reads."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from onethread.sending import Template
from onethread.web.gate import Gate
from onethread.web.inbox import queries
from onethread.web.inbox.find import Values, find_conversation
from onethread.web.inbox.parts import PAGE_SIZE, MessageId, read_lines, read_thread, search
from onethread.web.inbox.provider import Providers, list_templates
from onethread.web.inbox.questions import (
    read_explanation,
    read_merge,
    read_questions,
    read_undo,
)
from onethread.web.inbox.render import render, render_businesses
from onethread.web.inbox.reports import read_reports
from onethread.web.inbox.rows import Connection


def page_router(gate: Gate) -> APIRouter:
    """The routes of the pages."""
    router = APIRouter(default_response_class=HTMLResponse)

    @router.get("/", response_model=None)
    async def show_businesses() -> Response:
        """The inboxes; where there is one only, that one."""
        async with gate.enter():
            businesses = await gate.run(queries.list_businesses)
        if len(businesses) == 1:
            return RedirectResponse(f"/inbox/{businesses[0]['id']}")
        return render_businesses(businesses)

    @router.get("/{business_id:int}")
    async def show_inbox(
        business_id: int,
        q: str = "",
        before: str | None = None,
        show: str = "",
        size: Annotated[int, Query(ge=1, le=500)] = PAGE_SIZE,
    ) -> HTMLResponse:
        """The sidebar alone."""
        return await render(gate, "inbox.html", business_id, _read_inbox, q, before, show, size)

    @router.get("/{business_id:int}/conversation/{conversation_id:int}")
    async def show_conversation(
        business_id: int,
        conversation_id: int,
        q: str = "",
        before: str | None = None,
        show: str = "",
        around: MessageId | None = None,
    ) -> HTMLResponse:
        """The sidebar and a thread; the id of a merged conversation leads on."""
        return await render(
            gate, "inbox.html", business_id, _read_inbox, q, None, show, PAGE_SIZE,
            conversation_id, before, around,
        )  # fmt: skip

    @router.get("/{business_id:int}/conversation/{conversation_id:int}/merge")
    async def show_merge(
        business_id: int, conversation_id: int, q: str = "", other: int | None = None
    ) -> HTMLResponse:
        """Whom to merge, and what that would do."""
        return await render(gate, "merge.html", business_id, _read_merge, conversation_id, q, other)

    @router.get("/{business_id:int}/conversation/{conversation_id:int}/template")
    async def show_template(business_id: int, conversation_id: int, name: str = "") -> HTMLResponse:
        """The approved templates, or one of them to be filled in."""
        templates = await list_templates(business_id)
        return await render(
            gate, "template.html", business_id, _read_template, conversation_id, templates, name
        )

    @router.get("/{business_id:int}/new")
    async def show_new(business_id: int, number: str = "", name: str = "") -> HTMLResponse:
        """A message to a number that may not have a conversation yet."""
        templates = await list_templates(business_id)
        return await render(gate, "new.html", business_id, _read_new, number, templates, name)

    @router.get("/{business_id:int}/merge/{merge_id:int}/undo")
    async def show_undo(business_id: int, merge_id: int) -> HTMLResponse:
        """What undoing a merge would do."""
        return await render(gate, "undo.html", business_id, read_undo, merge_id)

    @router.get("/{business_id:int}/message/{message_id:int}")
    async def show_explanation(business_id: int, message_id: int) -> HTMLResponse:
        """Why a message is in its conversation."""
        return await render(gate, "explain.html", business_id, read_explanation, message_id)

    @router.get("/{business_id:int}/conflicts")
    async def show_conflicts(business_id: int) -> HTMLResponse:
        """The open questions."""
        return await render(gate, "conflicts.html", business_id, read_questions)

    @router.get("/{business_id:int}/reports")
    async def show_reports(
        business_id: int, days: Annotated[int, Query(ge=1, le=366)] = 30
    ) -> HTMLResponse:
        """Activity, response times, and who waits."""
        return await render(gate, "reports.html", business_id, read_reports, days)

    return router


def _read_inbox(
    connection: Connection,
    business_id: int,
    query: str,
    before_line: str | None,
    show: str,
    size: int,
    conversation_id: int | None = None,
    before_message: str | None = None,
    around: int | None = None,
) -> Values:
    # Before what it is the position of: so nothing can fall between.
    _, position = queries.list_changes(connection, business_id, None)
    values = read_lines(connection, business_id, query, before_line, size, None, show)
    values |= {"page": "inbox", "position": position, "conversation": None}
    if conversation_id is not None:
        values |= read_thread(
            connection, business_id, conversation_id, before_message, PAGE_SIZE, around, query
        )
    return values


def _read_merge(
    connection: Connection, business_id: int, conversation_id: int, query: str, other_id: int | None
) -> Values:
    conversation = find_conversation(connection, business_id, conversation_id)
    values: Values = {
        "page": "", "conversation": conversation, "query": query, "pair": None, "lines": None
    }  # fmt: skip
    if other_id is not None:
        values |= read_merge(connection, business_id, conversation_id, other_id)
    elif query.strip():
        values |= search(connection, business_id, query)
    return values


def _read_template(
    connection: Connection,
    business_id: int,
    conversation_id: int,
    templates: list[Template],
    name: str,
) -> Values:
    conversation = find_conversation(connection, business_id, conversation_id)
    path = f"/inbox/{business_id}/conversation/{conversation['conversation_id']}"
    return _templates(templates, name) | {
        "conversation": conversation, "path": f"{path}/template", "back": path
    }  # fmt: skip


def _read_new(
    connection: Connection, business_id: int, number: str, templates: list[Template], name: str
) -> Values:
    names = Providers.of(business_id).names
    return _templates(templates, name) | {
        "number": number,
        "path": f"/inbox/{business_id}/new",
        "back": f"/inbox/{business_id}",
        "takes_free_text": names != {"meta_cloud"},
    }


def _templates(templates: list[Template], name: str) -> Values:
    """The one that was chosen, by name and language; else all."""
    chosen = [each for each in templates if f"{each.name}/{each.language}" == name]
    return {
        "page": "",
        "templates": templates,
        "template": chosen[0] if chosen else None,
        "key": secrets.token_hex(16),
    }
