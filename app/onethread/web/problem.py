"""Errors as the server answers them: JSON that says what is the case and what to do."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse

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


async def answer_problem(request: Request, error: Exception) -> JSONResponse:
    """The response for a Problem."""
    assert isinstance(error, Problem)  # it is registered for nothing else
    status, content, headers = describe_problem(error)
    return JSONResponse(content, status, headers)


def describe_problem(error: Problem) -> tuple[int, dict[str, Any], dict[str, str]]:
    """Status, content and headers of the answer."""
    if error.status == 503:
        log.warning("503 %s: %s", error.detail, error.__cause__ or "")
    content = {"detail": error.detail} | ({"hint": error.hint} if error.hint else {})
    headers = {"Retry-After": str(error.retry_after)} if error.retry_after else {}
    if error.status == 401:
        headers["WWW-Authenticate"] = error.challenge
    return error.status, content, headers
