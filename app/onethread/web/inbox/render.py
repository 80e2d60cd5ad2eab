"""The templates, and pages made of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import jinja2
import psycopg
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, PlainTextResponse, Response
from starlette.exceptions import HTTPException

from onethread.database.steps import Rows
from onethread.messages.visible import visible_text
from onethread.model.media import body_parts, is_file, media_detail
from onethread.web.gate import Gate
from onethread.web.inbox import present
from onethread.web.inbox.counts import NOTHING, read_counts
from onethread.web.inbox.find import Values, find_business, refusal
from onethread.web.inbox.language import (
    NAMES,
    current,
    gettext,
    number,
    script_words,
    shown_number_of,
    shown_words,
)
from onethread.web.inbox.marks import marked
from onethread.web.inbox.rows import Connection
from onethread.web.inbox.sentences import said, said_first
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
    return HTMLResponse(_page(template, values), status, headers)


def render_businesses(businesses: Rows) -> HTMLResponse:
    """The inboxes to choose from."""
    values = {
        "business": {"name": gettext("Inboxes")},
        "base": "",
        "businesses": businesses,
        "counts": NOTHING,
    }
    return HTMLResponse(_page("businesses.html", values))


async def answer_problem(request: Request, error: Exception) -> Response:
    """A problem as a page; for the script as words."""
    error = _as_problem(error)
    detail, hint = said_first(error.detail), said_first(error.hint)
    if request.headers.get("x-requested-with") == "fetch":
        return PlainTextResponse(f"{detail}. {hint}".strip(), error.status)
    business_id = request.path_params.get("business_id")
    is_unknown = error.detail == f"There is no business {business_id}"
    values = {
        "detail": detail,
        "hint": hint,
        "business": {"name": gettext("Inbox")},
        "counts": NOTHING,
        # Where there is no such business this leads nowhere, but to the businesses that there are.
        "base": f"/inbox/{business_id}" if business_id and not is_unknown else "/inbox/",
    }
    return HTMLResponse(_page("problem.html", values), error.status)


def _as_problem(error: Exception) -> Problem:
    if isinstance(error, Problem):
        return error
    if isinstance(error, HTTPException):
        is_lost = error.status_code == 404
        return Problem(error.status_code, "There is no page here" if is_lost else error.detail)
    assert isinstance(error, RequestValidationError)  # it is registered for nothing else
    first = error.errors()[0]
    return Problem(422, f"{'.'.join(map(str, first['loc']))}: {first['msg']}")


def _page(template: str, values: Values) -> str:
    return _TEMPLATES.get_template(template).render(values, language=current())


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
    extensions=["jinja2.ext.i18n"],
)
# Values go into the words here, and not by plain formatting: see shown_words().
_TEMPLATES.newstyle_gettext = True  # type: ignore[attr-defined]
_TEMPLATES.policies["ext.i18n.trimmed"] = True
_TEMPLATES.globals |= {
    "_": shown_words,
    "gettext": shown_words,
    "ngettext": shown_number_of,
    "languages": NAMES,
    "number": number,
    "script_words": lambda: json.dumps(script_words(current().code), ensure_ascii=False),
    "word": present.word,
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
    "said": said,
    "said_first": said_first,
    "static": _static,
    "status_text": present.status_text,
}
