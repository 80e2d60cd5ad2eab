"""Errors as the server answers them: RFC 9457, with what to do about it."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException

MEDIA_TYPE = "application/problem+json"

_WHEN = {
    400: "The cursor is invalid",
    401: "The token is missing or wrong",
    403: "It is not allowed",
    404: "There is no such business, or nothing in it is meant by this",
    408: "The body did not arrive in time",
    409: "It cannot be done as things are",
    413: "The body is too large",
    422: "The request is not as described, or the database refuses what it says",
    503: "Busy, or the database cannot be reached: ask again after Retry-After",
}


class ProblemDetail(BaseModel):
    """Why a request was not answered (RFC 9457)."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    type: str = "about:blank"
    title: str
    """What the status means."""
    status: int
    detail: str
    hint: str | None = None
    """What to do about it."""
    errors: list[dict[str, Any]] | None = None
    """Where the request is not as described."""


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What a route answers besides; in which form stands in the description of all routes."""
    return {status: {"description": _WHEN[status]} for status in statuses}


log = logging.getLogger("uvicorn.error")


class Problem(Exception):  # noqa: N818  # an answer, not only an error
    """An answer other than 200."""

    def __init__(
        self,
        status: int,
        detail: str,
        hint: str = "",
        retry_after: int = 0,
        challenge: str = "Bearer",
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.hint = hint
        self.retry_after = retry_after
        self.challenge = challenge


def answer_with_problems(app: FastAPI) -> None:
    """Lets an application answer all errors of requests in the one form."""
    app.add_exception_handler(Problem, answer_problem)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(RequestValidationError, _answer_invalid)


async def answer_problem(request: Request, error: Exception) -> JSONResponse:
    """The response for a Problem."""
    assert isinstance(error, Problem)  # it is registered for nothing else
    status, content, headers = describe_problem(error)
    return JSONResponse(content, status, headers, media_type=MEDIA_TYPE)


def describe_problem(error: Problem) -> tuple[int, dict[str, Any], dict[str, str]]:
    """Status, content and headers of the answer."""
    if error.status == 503:
        log.warning("503 %s: %s", error.detail, error.__cause__ or "")
    headers = {"Retry-After": str(error.retry_after)} if error.retry_after else {}
    if error.status == 401:
        headers["WWW-Authenticate"] = error.challenge
    return error.status, _content(error.status, error.detail, hint=error.hint or None), headers


async def _answer_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return _response(error.status_code, str(error.detail), dict(error.headers or {}))


async def _answer_invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    # Not what was sent: it may be anything, also what is no JSON.
    errors = [
        {"where": ".".join(map(str, each["loc"])), "what": each["msg"]} for each in error.errors()
    ]
    detail = f"{errors[0]['where']}: {errors[0]['what']}"
    return _response(422, detail, {}, errors=errors)


def _response(status: int, detail: str, headers: dict[str, str], **more: Any) -> JSONResponse:
    content = _content(status, detail, **more)
    return JSONResponse(content, status, headers, media_type=MEDIA_TYPE)


def _content(status: int, detail: str, **more: Any) -> dict[str, Any]:
    title = HTTPStatus(status).phrase
    body = ProblemDetail(title=title, status=status, detail=detail, **more)
    return body.model_dump(exclude_none=True)
