"""How every route of the API is entered, and what it answers when the database refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import psycopg
from fastapi import Depends, Request, Security
from fastapi.security import HTTPBasic, HTTPBearer

from onethread.errors import (
    OnethreadError,
    UnknownAddress,
    UnknownBusiness,
    UnknownConversation,
    UnknownMerge,
    UnknownMessage,
    UnknownSuggestion,
    UsedKey,
)
from onethread.web.credentials import has_secret
from onethread.web.gate import Gate
from onethread.web.problem import Problem
from onethread.web.settings import Settings

_Result = TypeVar("_Result")

_BEARER = HTTPBearer(
    scheme_name="apiToken", description="ONETHREAD_API_TOKEN of the server", auto_error=False
)
_BASIC = HTTPBasic(
    scheme_name="apiTokenAsPassword",
    description="The same as a password, with any name: for a browser",
    auto_error=False,
)

_UNKNOWN = (
    UnknownAddress,
    UnknownBusiness,
    UnknownConversation,
    UnknownMerge,
    UnknownMessage,
    UnknownSuggestion,
)


class Api:
    """What the routes of the API share: the token, and a part of the gate."""

    def __init__(self, settings: Settings, gate: Gate) -> None:
        self._settings = settings
        self._gate = gate
        self._inside = 0

    def dependencies(self) -> list[Any]:
        """Of a router whose routes want the token."""
        return [Depends(self._check)]

    async def run(
        self, business_id: int, work: Callable[..., _Result], *arguments: object
    ) -> _Result:
        """work(connection, business_id, *arguments) in a transaction about the business.

        A program that asks without end leaves room for the webhooks: it is answered 503, and told
        when to come again.

        Raises:
            Problem: what was asked for is not there, is refused, or cannot be done now.
        """
        if self._inside >= self._settings.max_api_requests:
            raise Problem(503, "busy: too many requests of the API are in progress", retry_after=1)
        self._inside += 1
        try:
            async with self._gate.enter():
                return await self._gate.run_about(business_id, _told(work), *arguments)
        finally:
            self._inside -= 1

    async def _check(
        self,
        request: Request,
        bearer: Annotated[Any, Security(_BEARER)],
        basic: Annotated[Any, Security(_BASIC)],
    ) -> None:
        if not has_secret(self._settings.api_token, request.headers, self._settings.is_insecure):
            raise Problem(401, "Authorization: Bearer ONETHREAD_API_TOKEN is missing or wrong")


def _told(work: Callable[..., _Result]) -> Callable[..., _Result]:
    """The work, whose refusals are problems: before the gate takes them for the server's."""

    def run(*arguments: object) -> _Result:
        try:
            return work(*arguments)
        except (OnethreadError, psycopg.Error) as error:
            raise _problem(error) from error

    return run


def _problem(error: OnethreadError | psycopg.Error) -> Problem:
    if isinstance(error, OnethreadError):
        if isinstance(error, _UNKNOWN):
            return Problem(404, str(error), error.hint)
        return Problem(422 if isinstance(error, UsedKey) else 400, str(error), error.hint)
    said = error.diag.message_primary or "the database refuses it"
    hint = error.diag.message_hint or ""
    match error:
        case psycopg.errors.NoDataFound():
            return Problem(404, said, hint)
        case psycopg.errors.ObjectNotInPrerequisiteState():
            return Problem(409, said, hint)
        case psycopg.errors.LockNotAvailable():
            return Problem(409, said, hint, retry_after=1)
        case psycopg.errors.InvalidParameterValue():
            return Problem(400, said, hint)
        case psycopg.IntegrityError() | psycopg.DataError():
            return Problem(422, said, hint)
    raise error
