"""POST /api/messages: a program of the business writes one message."""

from __future__ import annotations

from typing import Any

import psycopg
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from onethread.errors import PayloadError, UnknownBusiness
from onethread.intake.credentials import without_credentials
from onethread.intake.nesting import is_too_deep, parse_json
from onethread.messages.write import insert_message
from onethread.model.message import Message
from onethread.providers.onethread import read_record, schema
from onethread.web.body import BodyReader
from onethread.web.claim import Proven
from onethread.web.credentials import has_secret
from onethread.web.gate import Gate
from onethread.web.problem import Problem
from onethread.web.settings import Settings

_SCHEMA = "/schemas/onethread.json"
_BODY = {
    "requestBody": {
        "description": f"One of the messages of {_SCHEMA}",
        "required": True,
        "content": {"application/json": {"schema": {"type": "object"}}},
    }
}


class Written(BaseModel):
    """What became of a message."""

    id: str | None
    """Null: it is stored already."""
    conversation_id: str | None
    """Null: its address identifies nobody, or it is stored already."""
    is_duplicate: bool


def message_router(settings: Settings, gate: Gate, bodies: BodyReader) -> APIRouter:
    """The routes of the neutral format."""
    router = APIRouter(tags=["messages"])
    errors: dict[int | str, dict[str, str]] = {
        401: {"description": "The token is missing or wrong"},
        404: {"description": "Unknown business"},
        413: {"description": "The body is too large"},
        422: {"description": "It is no message, or the database refuses it"},
        503: {"description": "Busy, or the database cannot be reached: send it again"},
    }

    @router.post("/api/messages", responses=errors, openapi_extra=_BODY)
    async def write(request: Request, business_id: int) -> Written:
        """Writes one message, as an INSERT would; with provider_message_id it is stored once."""
        if not has_secret(settings.api_token, request.headers, settings.is_insecure):
            raise Problem(401, "Authorization: Bearer ONETHREAD_API_TOKEN is missing or wrong")
        claim = Proven(is_shared=False)
        async with bodies.read(request, settings.body_limit("onethread"), claim) as body:
            message = _read(body.content)
            async with gate.enter():
                try:
                    return await gate.run(_write, business_id, message)
                except UnknownBusiness as error:
                    raise Problem(404, str(error), error.hint) from error
                except (psycopg.IntegrityError, psycopg.DataError) as error:
                    raise Problem(422, error.diag.message_primary or "it is refused") from error

    @router.get(_SCHEMA, include_in_schema=False)
    async def describe() -> JSONResponse:
        """The JSON Schema; it has no secret, and is in the documentation too."""
        return JSONResponse(schema())

    return router


def _read(content: bytes) -> Message:
    document = parse_json(without_credentials(content.decode("utf-8", "replace")))
    if document is None or is_too_deep(document[0]):
        raise Problem(422, "not valid JSON, or nested too deeply")
    try:
        return read_record(Message, document[0])
    except PayloadError as error:
        raise Problem(422, str(error), f"GET {_SCHEMA} says what a message may have.") from error


def _write(connection: psycopg.Connection[Any], business_id: int, message: Message) -> Written:
    row = insert_message(connection, business_id, message)
    if row is None:
        return Written(id=None, conversation_id=None, is_duplicate=True)
    thread = row["conversation_id"]
    return Written(
        id=str(row["id"]),
        conversation_id=None if thread is None else str(thread),
        is_duplicate=False,
    )
