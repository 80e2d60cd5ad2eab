"""/api/v1: lists of conversations, threads, answers, read marks."""

from __future__ import annotations

from typing import Annotated, Any

import psycopg
from fastapi import APIRouter, Header, Query

from onethread.database.business import check_business
from onethread.messages import read
from onethread.people import conversations
from onethread.web.api.access import Api
from onethread.web.api.models import (
    Answer,
    Conversation,
    ConversationDetail,
    ConversationPage,
    Id,
    Message,
    MessageSummary,
    Queued,
    ReadMark,
    Thread,
    Unread,
)
from onethread.web.problem import Problem, problems

Row = dict[str, Any]
_Before = Annotated[str | None, Query(description="`next` of the page before")]
_Limit = Annotated[int, Query(ge=1, le=conversations.MAX_PAGE)]


def conversation_router(api: Api) -> APIRouter:
    """The routes that programs of the business call about a conversation."""
    router = APIRouter(
        prefix="/api/v1",
        tags=["conversations"],
        dependencies=api.dependencies(),
        responses=problems(400, 401, 404, 422, 503),
    )

    @router.get("/conversations")
    async def list_conversations(
        business_id: int,
        unread: bool = False,
        waiting: bool = False,
        lead_id: Id | None = None,
        search: Annotated[str | None, Query(max_length=255)] = None,
        before: _Before = None,
        limit: _Limit = 50,
    ) -> ConversationPage:
        """Conversations, the one with the newest message first.

        unread, waiting: only those with unread messages, without an answer; a page of them may be
        short and have a next one. lead_id: only the lead's. search: by name, number or words of a
        text, the best first, one page.
        """

        def work(connection: psycopg.Connection[Any], business_id: int) -> conversations.Page:
            return conversations.list_conversations(
                connection,
                business_id,
                is_unread=unread,
                is_waiting=waiting,
                lead_id=None if lead_id is None else int(lead_id),
                search=search,
                before=before,
                page_size=limit,
            )

        page = await api.run(business_id, work)
        return ConversationPage(conversations=list(map(_line, page.rows)), next=page.next)

    @router.get("/conversations/{conversation_id}")
    async def read_conversation(conversation_id: Id, business_id: int) -> ConversationDetail:
        """One conversation; the id of one that was joined into another leads on."""
        row = await api.run(business_id, conversations.read_conversation, int(conversation_id))
        names = {"id": row["conversation_id"], "name": row["display_name"]}
        return ConversationDetail.model_validate(row | names)

    @router.get("/conversations/{conversation_id}/messages")
    async def list_messages(
        conversation_id: Id, business_id: int, before: _Before = None, limit: _Limit = 50
    ) -> Thread:
        """The messages of a conversation, newest first."""

        def work(connection: psycopg.Connection[Any], business_id: int) -> conversations.Page:
            return conversations.list_thread(
                connection, business_id, int(conversation_id), before=before, page_size=limit
            )

        page = await api.run(business_id, work)
        thread = page.rows[0]["conversation_id"] if page.rows else conversation_id
        messages = [Message.model_validate(row) for row in page.rows]
        return Thread(conversation_id=thread, messages=messages, next=page.next)

    @router.get("/thread/{address:path}")
    async def read_thread(
        address: str, business_id: int, before: _Before = None, limit: _Limit = 50
    ) -> Thread:
        """The thread of an address in any spelling, or of a canonical key, newest first.

        With the person's old messages that are in no thread. + is written %2B.
        """
        return await api.run(business_id, _read_thread, address, before, limit)

    @router.post("/conversations/{conversation_id}/answers", responses=problems(409))
    async def queue_answer(
        conversation_id: Id,
        business_id: int,
        answer: Answer,
        idempotency_key: Annotated[str, Header(min_length=8, max_length=64)],
    ) -> Queued:
        """Queues an answer, which goes to where the person last wrote from.

        The same key again is the same answer: it is queued once, however often it is posted.
        """
        if answer.send_after is not None and answer.send_after.tzinfo is None:
            raise Problem(422, "send_after needs a time zone")

        def work(connection: psycopg.Connection[Any], business_id: int) -> Row:
            return conversations.queue_answer(
                connection,
                business_id,
                int(conversation_id),
                answer.body,
                key=idempotency_key,
                source=answer.source,
                send_after=answer.send_after,
            )

        return Queued.model_validate(await api.run(business_id, work))

    @router.post("/conversations/{conversation_id}/read")
    async def mark_read(conversation_id: Id, business_id: int, mark: ReadMark) -> Unread:
        """Read up to this message. The mark only moves forward."""
        unread = await api.run(
            business_id, conversations.mark_read, int(conversation_id), int(mark.message_id)
        )
        return Unread(unread=unread)

    return router


def _line(row: Row) -> Conversation:
    message = None
    if row["message_id"] is not None:
        message = MessageSummary(
            id=row["message_id"],
            direction=row["direction"],
            source=row["source"],
            kind=row["message_kind"],
            body=row["body"],
            sent_at=row["sent_at"],
        )
    return Conversation(
        id=row["conversation_id"],
        kind=row["kind"],
        name=row["title"],
        identifiers=row["addresses"] or [],
        lead_id=row["lead_id"],
        unread=row["unread"],
        is_waiting=row["is_waiting"],
        last_message=message,
    )


def _read_thread(
    connection: psycopg.Connection[Any],
    business_id: int,
    address: str,
    before: str | None,
    limit: int,
) -> Thread:
    check_business(connection, business_id)
    conversation_id = read.find_thread(connection, business_id, address)
    rows = read.list_conversation(connection, business_id, address, before=before, page_size=limit)
    if conversation_id is None and not rows and before is None:
        raise Problem(
            404,
            f"nobody of business {business_id} has the address {address[:255]!r}",
            "Any spelling will do; + and digits must be URL-encoded (%2B). A national number is "
            "read in the business's region.",
        )
    return Thread(
        conversation_id=None if conversation_id is None else str(conversation_id),
        messages=[Message.model_validate(row) for row in rows],
        next=rows[-1]["cursor"] if len(rows) == limit else None,
    )
