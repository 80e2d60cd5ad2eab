"""The parts of a page that the script fetches, and what they read."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, StreamingResponse

from onethread.model.media import media_detail
from onethread.web.gate import Gate
from onethread.web.inbox import queries
from onethread.web.inbox.counts import read_counts
from onethread.web.inbox.find import Values, find_business, find_conversation, has_window
from onethread.web.inbox.follow import Followers
from onethread.web.inbox.joint import Joint
from onethread.web.inbox.language import current
from onethread.web.inbox.provider import Providers, fetch_file, file_answer
from onethread.web.inbox.render import render
from onethread.web.inbox.rows import Connection
from onethread.web.problem import Problem

PAGE_SIZE = 50
_MOST_LINES = 50
FILTERS = ("unread", "waiting")
MessageId = Annotated[int, Query(ge=0, lt=2**63)]


def part_router(gate: Gate, is_stopping: Callable[[], bool]) -> APIRouter:
    """The routes of the parts."""
    router = APIRouter(default_response_class=HTMLResponse)
    followers = Followers(gate, is_stopping)
    joint = Joint()

    @router.get("/{business_id:int}/lines")
    async def show_lines(
        business_id: int,
        q: str = "",
        before: str | None = None,
        size: Annotated[int, Query(ge=1, le=500)] = PAGE_SIZE,
        open_id: int | None = None,
        show: str = "",
        ids: str = "",
    ) -> HTMLResponse:
        """A page of the sidebar; or of these conversations the lines that it would have."""
        if ids:
            named = [int(each) for each in ids.split(",") if each.isdecimal()][:_MOST_LINES]
            part = await joint.ask(
                (business_id, *named, show, current().code),
                lambda: render(gate, "_lines.html", business_id, read_some_lines, named, show),
            )
            return HTMLResponse(part.body)
        return await render(
            gate, "_lines.html", business_id, read_lines, q, before, size, open_id, show
        )

    @router.get("/{business_id:int}/conversation/{conversation_id:int}/thread")
    async def show_thread(
        business_id: int, conversation_id: int, q: str = "", around: MessageId | None = None
    ) -> HTMLResponse:
        """A thread with its head and the reply box; around: with this message, which was found."""
        return await render(
            gate, "_thread.html", business_id, read_thread, conversation_id, None, PAGE_SIZE,
            around, q,
        )  # fmt: skip

    @router.get("/{business_id:int}/conversation/{conversation_id:int}/messages")
    async def show_messages(
        business_id: int,
        conversation_id: int,
        before: str | None = None,
        size: Annotated[int, Query(ge=1, le=1000)] = PAGE_SIZE,
    ) -> HTMLResponse:
        """A page of a thread."""
        return await render(
            gate, "_messages.html", business_id, read_thread, conversation_id, before, size
        )

    @router.get("/{business_id:int}/counts", response_class=JSONResponse)
    async def show_counts(business_id: int) -> dict[str, int]:
        """How many conversations are unread, persons wait, and questions are open."""

        def work(connection: Connection, business_id: int) -> dict[str, int]:
            find_business(connection, business_id)
            return read_counts(connection, business_id, gate)

        async def count() -> dict[str, int]:
            async with gate.enter():
                return await gate.run_about(business_id, work)

        return await joint.ask(business_id, count)

    @router.get("/{business_id:int}/message/{message_id:int}/file")
    async def show_file(business_id: int, message_id: int) -> Response:
        """The photo, voice message or document of a message, from its provider."""
        async with gate.enter():
            message = await gate.run_about(business_id, _find_file, message_id)
        file = await fetch_file(business_id, message)
        return file_answer(file, media_detail(message["kind"], message["media"], None))

    @router.get("/{business_id:int}/events")
    async def send_events(
        request: Request, business_id: int, since: str | None = None
    ) -> StreamingResponse:
        """Which conversations change, as it happens."""
        await gate.run_about(business_id, find_business)
        position = request.headers.get("last-event-id") or since
        return StreamingResponse(
            followers.events(business_id, position),
            media_type="text/event-stream",
            headers={"X-Accel-Buffering": "no"},
        )

    return router


def _find_file(connection: Connection, business_id: int, message_id: int) -> Values:
    find_business(connection, business_id)
    message = queries.find_file(connection, business_id, min(message_id, 2**63 - 1))
    if message is None:
        raise Problem(404, "There is no file here")
    return message


def read_some_lines(
    connection: Connection, business_id: int, conversation_ids: list[int], show: str
) -> Values:
    """The lines of these conversations."""
    known = [each for each in conversation_ids if each < 2**63]
    show = show if show in FILTERS else ""
    return {
        "query": "",
        "show": show,
        "conversation": None,
        "next_lines": None,
        "lines": queries.list_some_lines(connection, business_id, known, show or None),
        # Their lines are to go: they are named nowhere else.
        "absorbed": queries.list_absorbed(connection, business_id, known),
    }


def read_lines(
    connection: Connection,
    business_id: int,
    query: str,
    before: str | None,
    size: int,
    open_id: int | None,
    show: str,
) -> Values:
    """A page of the sidebar, or what a search finds.

    Args:
        show: unread or waiting: only these; else all.
    """
    query = query.strip()
    show = show if show in FILTERS else ""
    values: Values = {
        "query": query,
        "show": show,
        "conversation": {"conversation_id": open_id} if open_id else None,
        "next_lines": None,
    }
    if query:
        return values | search(connection, business_id, query, size)
    lines = queries.list_lines(connection, business_id, before, size, show or None)
    if len(lines) == size:
        values["next_lines"] = lines[-1]["cursor"]
    return values | {"lines": lines}


def search(connection: Connection, business_id: int, query: str, size: int = PAGE_SIZE) -> Values:
    """The lines of the conversations that a search finds, and of how many they are the newest."""
    lines = queries.search_lines(connection, business_id, query, size)
    total = lines[0]["total"] if lines else 0
    return {
        "lines": lines,
        "total": total,
        "next_size": min(size + PAGE_SIZE, 500) if total > size else None,
        "has_text_index": queries.has_text_index(connection),
    }


def read_thread(
    connection: Connection,
    business_id: int,
    conversation_id: int,
    before: str | None,
    size: int,
    around: int | None = None,
    query: str = "",
) -> Values:
    """A page of a thread, with what its head and the reply box show.

    Args:
        around: a message that was found by the query; the page is the one that has it.
    """
    conversation = find_conversation(connection, business_id, conversation_id)
    conversation_id = conversation["conversation_id"]
    if around is not None:
        before = queries.find_page_of(connection, business_id, conversation_id, around)
    rows = queries.list_messages(connection, business_id, conversation_id, before, size)
    following = rows[-1]["cursor"] if len(rows) == size else None
    return {
        "conversation": conversation,
        "identifiers": queries.list_identifiers(connection, business_id, conversation_id),
        "messages": rows,
        "first_unread": queries.find_first_unread(connection, business_id, conversation_id),
        "notes": queries.list_notes(connection, business_id, conversation_id, before, following),
        "next_messages": following,
        "is_newest": before is None,
        "found_id": around,
        "query": query,
        "last_message_id": rows[0]["id"] if rows else 0,
        "has_window": has_window(conversation),
        "providers": Providers.of(business_id),
        "reply_key": secrets.token_hex(16),
    }
