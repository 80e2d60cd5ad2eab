"""/api/v1/messages: a program of the business writes one message, or asks about one."""

from __future__ import annotations

from typing import Any

import psycopg
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from onethread.errors import PayloadError
from onethread.intake.credentials import without_credentials
from onethread.intake.nesting import is_too_deep, parse_json
from onethread.messages.write import insert_message
from onethread.model.message import Message
from onethread.people import conversations
from onethread.providers.onethread import read_record, row_schema, schema
from onethread.web.api.access import Api
from onethread.web.api.models import Id, MessageDetail, Written
from onethread.web.body import BodyReader
from onethread.web.claim import Proven
from onethread.web.problem import Problem, problems
from onethread.web.settings import Settings

_SCHEMA = "/schemas/onethread.json"
_BODY = {
    "requestBody": {
        "description": f"One of the messages of {_SCHEMA}",
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/NewMessage"}}},
    }
}


def new_message_schema() -> dict[str, Any]:
    """What the description calls NewMessage."""
    return {"title": "NewMessage", "description": "One message to be stored"} | row_schema(Message)


def message_router(settings: Settings, api: Api, bodies: BodyReader) -> APIRouter:
    """The routes of single messages, and of the neutral format."""
    router = APIRouter(tags=["messages"])
    of_api = APIRouter(
        prefix="/api/v1/messages",
        dependencies=api.dependencies(),
        responses=problems(401, 404, 422, 503),
    )

    @of_api.post("", responses=problems(413), openapi_extra=_BODY)
    async def write_message(request: Request, business_id: int) -> Written:
        """Writes one message, as an INSERT would; with provider_message_id it is stored once."""
        claim = Proven(is_shared=False)
        async with bodies.read(request, settings.body_limit("onethread"), claim) as body:
            message = _read(body.content)
            return await api.run(business_id, _write, message)

    @of_api.get("/{message_id}")
    async def read_message(message_id: Id, business_id: int) -> MessageDetail:
        """A message as it is now, and step by step why it is in its conversation."""
        row = await api.run(business_id, conversations.read_message, int(message_id))
        return MessageDetail.model_validate(row)

    @router.get(_SCHEMA, include_in_schema=False)
    async def describe() -> JSONResponse:
        """The JSON Schema; it has no secret, and is in the documentation too."""
        return JSONResponse(schema())

    router.include_router(of_api)
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
    return Written(id=row["id"], conversation_id=row["conversation_id"], is_duplicate=False)
