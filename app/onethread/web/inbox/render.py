"""The templates, and pages made of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import jinja2
import psycopg
from fastapi import Request
from fastapi.responses import HTMLResponse, PlainTextResponse, Response

from onethread.database.steps import Rows
from onethread.messages.visible import visible_text
from onethread.model.media import body_parts, is_file, media_detail
from onethread.web.gate import Gate
from onethread.web.inbox import present
from onethread.web.inbox.counts import NOTHING, read_counts
from onethread.web.inbox.find import Values, find_business, refusal
from onethread.web.inbox.marks import marked
from onethread.web.inbox.rows import Connection
from onethread.web.problem import Problem

_FOLDER = Path(__file__).parent
STATIC = _FOLDER / "static"


async def render(
    gate: Gate,
    template: str,
    business_id: int,
    read: Callable[..., Values],
    *arguments: object,
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> HTMLResponse:
    """A template with what `read` finds in the business."""

    def work(connection: Connection, business_id: int) -> Values:
        values = {"business": find_business(connection, business_id)}
        if not template.startswith("_"):  # a whole page, with the navigation
            values["counts"] = read_counts(connection, business_id, gate)
        return values | read(connection, business_id, *arguments)

    async with gate.enter():
        try:
            values = await gate.run_about(business_id, work)
        except psycopg.errors.InvalidParameterValue as error:
            raise refusal(400, error) from error
        except psycopg.errors.NoDataFound as error:
            raise refusal(404, error) from error
    values["base"] = f"/inbox/{business_id}"
    values["clock"] = clock = present.Clock.of(values["business"]["time_zone"])
    if "messages" in values:
        values["items"] = present.thread_items(
            values.pop("messages"), values.pop("notes"), values["first_unread"], clock
        )
    page = _TEMPLATES.get_template(template).render(values)
    return HTMLResponse(page, status, headers)


def render_businesses(businesses: Rows) -> HTMLResponse:
    """The inboxes to choose from."""
    values = {
        "business": {"name": "Inboxes"},
        "base": "",
        "businesses": businesses,
        "counts": NOTHING,
    }
    return HTMLResponse(_TEMPLATES.get_template("businesses.html").render(values))


async def answer_problem(request: Request, error: Exception) -> Response:
    """A problem as a page; for the script as words."""
    assert isinstance(error, Problem)  # it is registered for nothing else
    if request.headers.get("x-requested-with") == "fetch":
        words = f"{error.detail[:1].upper()}{error.detail[1:]}. {error.hint}".strip()
        return PlainTextResponse(words, error.status)
    business_id = request.path_params.get("business_id")
    values = {
        "detail": error.detail[:1].upper() + error.detail[1:],
        "hint": error.hint,
        "business": {"name": "Inbox"},
        "counts": NOTHING,
        "base": f"/inbox/{business_id}" if business_id and error.status != 404 else "",
    }
    page = _TEMPLATES.get_template("problem.html").render(values)
    return HTMLResponse(page, error.status)


def _static(name: str) -> str:
    """Address of a static file; it changes with the content, so that a browser may keep it."""
    return f"/inbox/static/{name}?{_VERSIONS[name]}"


_VERSIONS = {
    path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:12] for path in STATIC.iterdir()
}
_TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(_FOLDER / "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    # All that is shown, whoever wrote it.
    finalize=lambda value: visible_text(value) if type(value) is str else value,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.globals |= {
    "badge": present.badge,
    "body_parts": body_parts,
    "failure_text": present.failure_text,
    "hue": present.hue,
    "initials": present.initials,
    "is_file": is_file,
    "is_machine": present.is_machine,
    "kind_text": present.kind_text,
    "marked": marked,
    "media_detail": media_detail,
    "key_text": present.key_text,
    "note_text": present.note_text,
    "open_hours": present.open_hours,
    "plain_keys": present.plain_keys,
    "reaction_groups": present.reaction_groups,
    "static": _static,
    "status_text": present.status_text,
}
