"""The inbox at /inbox/{business_id}: pages, the parts that the script fetches, and forms."""

from __future__ import annotations

import hashlib
import secrets
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import jinja2
import psycopg
from fastapi import APIRouter, FastAPI, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from fastapi.staticfiles import StaticFiles

from onethread.people import identity
from onethread.web.gate import Gate
from onethread.web.inbox import present
from onethread.web.inbox import queries as inbox_page
from onethread.web.inbox.charts import day_chart
from onethread.web.inbox.follow import follow
from onethread.web.inbox.guard import Guard, user_name
from onethread.web.inbox.queries import Connection
from onethread.web.problem import Problem
from onethread.web.settings import Settings

_FOLDER = Path(__file__).parent
_PAGE = 50
_RANGES = (7, 30, 90)

Values = dict[str, Any]


def inbox_app(settings: Settings, gate: Gate, is_stopping: Callable[[], bool]) -> FastAPI:
    """The application that is mounted at /inbox."""
    app = FastAPI(openapi_url=None)
    app.add_middleware(Guard, settings=settings)
    app.add_exception_handler(Problem, _answer_problem)
    app.mount("/static", StaticFiles(directory=_FOLDER / "static"))
    for router in (_pages(gate), _parts(gate, is_stopping), _forms(settings, gate)):
        app.include_router(router)
    return app


def _pages(gate: Gate) -> APIRouter:
    router = APIRouter(default_response_class=HTMLResponse)

    @router.get("/{business_id:int}")
    async def show_inbox(business_id: int, q: str = "", before: str | None = None) -> HTMLResponse:
        """The sidebar alone."""
        return await _render(gate, "inbox.html", business_id, _read_inbox, q, before)

    @router.get("/{business_id:int}/conversation/{conversation_id:int}")
    async def show_conversation(
        business_id: int, conversation_id: int, q: str = "", before: str | None = None
    ) -> HTMLResponse:
        """The sidebar and a thread; the id of a merged conversation leads on."""
        return await _render(
            gate, "inbox.html", business_id, _read_inbox, q, None, conversation_id, before
        )

    @router.get("/{business_id:int}/conversation/{conversation_id:int}/merge")
    async def show_merge(
        business_id: int, conversation_id: int, q: str = "", other: int | None = None
    ) -> HTMLResponse:
        """Whom to merge, and what that would do."""
        return await _render(
            gate, "merge.html", business_id, _read_merge, conversation_id, q, other
        )

    @router.get("/{business_id:int}/merge/{merge_id:int}/undo")
    async def show_undo(business_id: int, merge_id: int) -> HTMLResponse:
        """What undoing a merge would do."""
        return await _render(gate, "undo.html", business_id, _read_undo, merge_id)

    @router.get("/{business_id:int}/message/{message_id:int}")
    async def show_explanation(business_id: int, message_id: int) -> HTMLResponse:
        """Why a message is in its conversation."""
        return await _render(gate, "explain.html", business_id, _read_explanation, message_id)

    @router.get("/{business_id:int}/conflicts")
    async def show_conflicts(business_id: int) -> HTMLResponse:
        """The open questions."""
        return await _render(gate, "conflicts.html", business_id, _read_conflicts)

    @router.get("/{business_id:int}/reports")
    async def show_reports(
        business_id: int, days: Annotated[int, Query(ge=1, le=366)] = 30
    ) -> HTMLResponse:
        """Activity, response times, and who waits."""
        return await _render(gate, "reports.html", business_id, _read_reports, days)

    return router


def _parts(gate: Gate, is_stopping: Callable[[], bool]) -> APIRouter:
    router = APIRouter(default_response_class=HTMLResponse)

    @router.get("/{business_id:int}/lines")
    async def show_lines(
        business_id: int,
        q: str = "",
        before: str | None = None,
        size: Annotated[int, Query(ge=1, le=500)] = _PAGE,
        open_id: int | None = None,
    ) -> HTMLResponse:
        """A page of the sidebar."""
        return await _render(
            gate, "_lines.html", business_id, _read_lines, q, before, size, open_id
        )

    @router.get("/{business_id:int}/conversation/{conversation_id:int}/thread")
    async def show_thread(business_id: int, conversation_id: int) -> HTMLResponse:
        """A thread with its head and the reply box."""
        return await _render(
            gate, "_thread.html", business_id, _read_thread, conversation_id, None, _PAGE
        )

    @router.get("/{business_id:int}/conversation/{conversation_id:int}/messages")
    async def show_messages(
        business_id: int,
        conversation_id: int,
        before: str | None = None,
        size: Annotated[int, Query(ge=1, le=1000)] = _PAGE,
    ) -> HTMLResponse:
        """A page of a thread."""
        return await _render(
            gate, "_messages.html", business_id, _read_thread, conversation_id, before, size
        )

    @router.get("/{business_id:int}/events")
    async def send_events(
        request: Request, business_id: int, since: str | None = None
    ) -> StreamingResponse:
        """Which conversations change, as it happens."""
        await gate.run_about(business_id, _find_business)
        position = request.headers.get("last-event-id") or since
        return StreamingResponse(
            follow(gate, business_id, position, is_stopping),
            media_type="text/event-stream",
            headers={"X-Accel-Buffering": "no"},
        )

    return router


def _forms(settings: Settings, gate: Gate) -> APIRouter:
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
        await run(business_id, _act, conversation_id, inbox_page.mark_read, message_id)
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
        await run(business_id, _act, conversation_id, inbox_page.reply, body.strip(), key)
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
        await run(business_id, _act, first, inbox_page.declare_different, second, source)
        return leads_to(request, f"{business_id}/conflicts")

    return router


def _act(
    connection: Connection,
    business_id: int,
    conversation_id: int,
    action: Callable[..., Any],
    *arguments: object,
) -> None:
    """Does something to a conversation of the business, by its present id."""
    _find_business(connection, business_id)
    found = _find_conversation(connection, business_id, conversation_id)
    with _refusals():
        action(connection, business_id, found["conversation_id"], *arguments)


def _undo(connection: Connection, business_id: int, merge_id: int) -> Values:
    merge = _find_merge(connection, business_id, merge_id)
    with _refusals():
        identity.undo(connection, business_id, merge_id)
    return merge


@contextmanager
def _refusals() -> Iterator[None]:
    """What the database refuses to do, as the answer that says so."""
    try:
        yield
    except psycopg.errors.NoDataFound as error:
        raise _refusal(404, error) from error
    except (
        psycopg.errors.LockNotAvailable,
        psycopg.errors.ObjectNotInPrerequisiteState,
    ) as error:
        raise _refusal(409, error) from error


def _refusal(status: int, error: psycopg.Error) -> Problem:
    return Problem(status, error.diag.message_primary or "refused", error.diag.message_hint or "")


def _find_business(connection: Connection, business_id: int) -> Values:
    business = inbox_page.find_business(connection, business_id)
    if business is None:
        raise Problem(404, f"There is no business {business_id}")
    return business


def _find_conversation(connection: Connection, business_id: int, conversation_id: int) -> Values:
    found = (
        inbox_page.find_conversation(connection, business_id, conversation_id)
        if conversation_id < 2**63
        else None
    )
    if found is None:
        raise Problem(404, f"There is no conversation {conversation_id} here")
    return found


def _find_merge(connection: Connection, business_id: int, merge_id: int) -> Values:
    merge = inbox_page.find_merge(connection, business_id, merge_id) if merge_id < 2**63 else None
    if merge is None:
        raise Problem(404, f"There is no merge {merge_id} here")
    return merge


def _read_inbox(
    connection: Connection,
    business_id: int,
    query: str,
    before_line: str | None,
    conversation_id: int | None = None,
    before_message: str | None = None,
) -> Values:
    # Before what it is the position of: so nothing can fall between.
    _, position = inbox_page.list_changes(connection, business_id, None)
    values = _read_lines(connection, business_id, query, before_line, _PAGE, None)
    values |= {"page": "inbox", "query": query, "position": position, "conversation": None}
    if conversation_id is not None:
        values |= _read_thread(connection, business_id, conversation_id, before_message, _PAGE)
    return values


def _read_lines(
    connection: Connection,
    business_id: int,
    query: str,
    before: str | None,
    size: int,
    open_id: int | None,
) -> Values:
    conversation = {"conversation_id": open_id} if open_id else None
    values: Values = {"query": query, "conversation": conversation, "next_lines": None}
    if query.strip():
        return values | _search(connection, business_id, query)
    lines = inbox_page.list_lines(connection, business_id, before, size)
    if len(lines) == size:
        values["next_lines"] = lines[-1]["cursor"]
    return values | {"lines": lines}


def _search(connection: Connection, business_id: int, query: str) -> Values:
    return {
        "lines": inbox_page.search_lines(connection, business_id, query),
        "has_text_index": inbox_page.has_text_index(connection),
    }


def _read_thread(
    connection: Connection, business_id: int, conversation_id: int, before: str | None, size: int
) -> Values:
    conversation = _find_conversation(connection, business_id, conversation_id)
    conversation_id = conversation["conversation_id"]
    rows = inbox_page.list_messages(connection, business_id, conversation_id, before, size)
    return {
        "conversation": conversation,
        "identifiers": inbox_page.list_identifiers(connection, business_id, conversation_id),
        "messages": rows,
        "notes": inbox_page.list_notes(connection, business_id, conversation_id),
        "is_first_page": before is None,
        "next_messages": rows[-1]["cursor"] if len(rows) == size else None,
        "last_message_id": rows[0]["id"] if rows else 0,
        "reply_key": secrets.token_hex(16),
    }


def _read_merge(
    connection: Connection, business_id: int, conversation_id: int, query: str, other_id: int | None
) -> Values:
    conversation = _find_conversation(connection, business_id, conversation_id)
    values: Values = {
        "page": "", "conversation": conversation, "query": query, "preview": None, "lines": None
    }  # fmt: skip
    if other_id is not None:
        other = _find_conversation(connection, business_id, other_id)
        values |= {
            "other": other,
            "preview": identity.preview(
                connection, business_id, conversation["conversation_id"], other["conversation_id"]
            ),
        }
    elif query.strip():
        values |= _search(connection, business_id, query)
    return values


def _read_undo(connection: Connection, business_id: int, merge_id: int) -> Values:
    return {"page": "", "merge": _find_merge(connection, business_id, merge_id)}


def _read_explanation(connection: Connection, business_id: int, message_id: int) -> Values:
    message_id = min(message_id, 2**63 - 1)
    return {
        "page": "",
        "steps": identity.explain(connection, business_id, message_id),
        "conversation_id": inbox_page.find_conversation_of(connection, business_id, message_id),
    }


def _read_conflicts(connection: Connection, business_id: int) -> Values:
    conflicts = identity.conflicts(connection, business_id)
    for conflict in conflicts:
        for side in ("first", "second"):
            conversation_id = conflict[f"{side}_conversation_id"]
            conflict[side] = conversation_id and inbox_page.find_conversation(
                connection, business_id, conversation_id
            )
    return {"page": "conflicts", "conflicts": conflicts}


def _read_reports(connection: Connection, business_id: int, days: int) -> Values:
    until = inbox_page.today(connection, business_id)
    since = until - timedelta(days=days - 1)
    activity = inbox_page.list_activity(connection, business_id, since)
    times = inbox_page.list_response_times(connection, business_id, since)
    activity = [row for row in activity if row["day"] <= until]
    by_side: dict[tuple[Any, str], float] = defaultdict(float)
    by_source: dict[tuple[Any, str], float] = defaultdict(float)
    for row in activity:
        by_side[row["day"], "received"] += row["messages_in"]
        by_side[row["day"], "sent"] += row["messages_out"]
        by_source[row["day"], row["source"]] += row["messages_in"] + row["messages_out"]
    size, unit = present.unit_of(max((float(row["median_seconds"]) for row in times), default=0))
    medians = {(row["day"], row["source"]): float(row["median_seconds"]) / size for row in times}

    def whole(value: float) -> str:
        return f"{value:g}"

    def in_unit(value: float) -> str:
        return f"{value:.3g} {unit}"

    def names(values: dict[tuple[Any, str], float]) -> list[str]:
        return sorted({name for _, name in values})

    return {
        "page": "reports",
        "ranges": _RANGES,
        "range_days": days,
        "totals": {
            "messages_in": sum(row["messages_in"] for row in activity),
            "messages_out": sum(row["messages_out"] for row in activity),
            "answers": sum(row["answers"] for row in times),
        },
        "charts": [
            day_chart("Messages a day", by_side, ["received", "sent"], since, until, whole),
            day_chart("By source", by_source, names(by_source), since, until, whole),
            day_chart(
                "Median response time in open hours", medians, names(medians), since, until,
                in_unit, is_stacked=False,
            ),
        ],
        "unanswered": inbox_page.list_unanswered(connection, business_id),
    }  # fmt: skip


async def _render(
    gate: Gate, template: str, business_id: int, read: Callable[..., Values], *arguments: object
) -> HTMLResponse:
    """A template with what `read` finds in the business."""

    def work(connection: Connection, business_id: int) -> Values:
        business = _find_business(connection, business_id)
        return {"business": business} | read(connection, business_id, *arguments)

    async with gate.enter():
        try:
            values = await gate.run_about(business_id, work)
        except psycopg.errors.InvalidParameterValue as error:
            raise _refusal(400, error) from error
        except psycopg.errors.NoDataFound as error:
            raise _refusal(404, error) from error
    values["base"] = f"/inbox/{business_id}"
    values["clock"] = clock = present.Clock.of(values["business"]["time_zone"])
    if "messages" in values:
        values["items"] = present.thread_items(
            values.pop("messages"),
            values.pop("notes"),
            clock,
            is_first_page=values.pop("is_first_page"),
            is_last_page=values["next_messages"] is None,
        )
    return HTMLResponse(_TEMPLATES.get_template(template).render(values))


async def _answer_problem(request: Request, error: Exception) -> HTMLResponse:
    assert isinstance(error, Problem)  # it is registered for nothing else
    business_id = request.path_params.get("business_id")
    values = {
        "detail": error.detail[:1].upper() + error.detail[1:],
        "hint": error.hint,
        "business": {"name": "Inbox"},
        "base": f"/inbox/{business_id}" if business_id and error.status != 404 else "",
    }
    page = _TEMPLATES.get_template("problem.html").render(values)
    return HTMLResponse(page, error.status)


def _static(name: str) -> str:
    """Address of a static file; it changes with the content, so that a browser may keep it."""
    return f"/inbox/static/{name}?{_VERSIONS[name]}"


_VERSIONS = {
    path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    for path in (_FOLDER / "static").iterdir()
}
_TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(_FOLDER / "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.globals |= {
    "badge": present.badge,
    "duration": present.duration,
    "hue": present.hue,
    "initials": present.initials,
    "is_machine": present.is_machine,
    "media_detail": present.media_detail,
    "media_text": present.media_text,
    "note_text": present.note_text,
    "plain_keys": present.plain_keys,
    "static": _static,
    "status_text": present.status_text,
}
