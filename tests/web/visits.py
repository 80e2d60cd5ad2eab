"""What the pages, the JSON API and the reading commands ask of the database, recorded.

And what is usually asked of the views, by psql, a BI tool or somebody's own page.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from typing import Any
from urllib.parse import urlencode

import psycopg
import pytest
from fastapi.testclient import TestClient

from onethread.cli.main import main
from onethread.messages import read
from onethread.people import conversations, identity
from onethread.web import Settings, create_app
from onethread.web.inbox import queries, question_queries

# What the server asks by itself now and then is no page's.
_SETTINGS = Settings(is_insecure=True, pool_size=1, pending_seconds=3600)


@dataclass(frozen=True)
class Statement:
    """A statement as it was issued."""

    query: str
    parameters: Any

    @property
    def text(self) -> str:
        """The query on one line."""
        return " ".join(self.query.split())


@dataclass(frozen=True)
class Inbox:
    """A business, and whom its pages are asked about."""

    business_id: int
    conversation_id: int
    """The conversation with the most messages."""
    other_id: int
    message_id: int
    merge_id: int
    joined_id: int
    """The conversation that the merge left."""
    lead_id: int
    phone: str
    """Somebody's, as people in Israel type it."""


def record_all(uri: str, inboxes: list[Inbox]) -> list[list[Statement]]:
    """What the pages of each business issue, and the views are asked: each statement once."""
    found = []
    patch = pytest.MonkeyPatch()
    patch.setenv("DATABASE_URL", uri)
    try:
        with TestClient(create_app(uri, _SETTINGS), base_url="http://127.0.0.1:8000") as client:
            for inbox in inboxes:
                with _recording() as statements:
                    _visit(uri, client, inbox)
                statements += _ask_views(inbox)
                found.append(list({(s.text, str(s.parameters)): s for s in statements}.values()))
    finally:
        patch.undo()
    return found


@contextmanager
def _recording() -> Iterator[list[Statement]]:
    statements: list[Statement] = []
    execute = psycopg.Cursor.execute

    def record(self: Any, query: Any, parameters: Any = None, **more: Any) -> Any:
        text = query.decode() if isinstance(query, bytes) else str(query)
        if "onethread." in text.replace("onethread.business_id", "") or "public" in text:
            statements.append(Statement(text, parameters))
        return execute(self, query, parameters, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(psycopg.Cursor, "execute", record)
        yield statements


def _visit(uri: str, client: TestClient, inbox: Inbox) -> None:
    """Every page of the inbox, every part, the API, and the commands that read."""
    b, c, o = inbox.business_id, inbox.conversation_id, inbox.other_id
    with psycopg.connect(uri) as connection:
        before = queries.list_lines(connection, b, None, 50)[-1]["cursor"]
        _, position = queries.list_changes(connection, b, None)
        queries.list_changes(connection, b, position)
        read.find_conversation(connection, b, inbox.phone)
        read.read_address(connection, b, inbox.phone)
        identity.read_merge(connection, b, inbox.merge_id)
        conversations.list_conversations(connection, b, search=inbox.phone, lead_id=1)
        identity.count_messages(connection, b, c)
        question_queries.find_lead(connection, b, 1)
        identity.find_suggestion(connection, b, 1)
        queries.find_file(connection, b, inbox.message_id)
        queries.find_failed(connection, b, inbox.message_id)
        queries.find_by_address(connection, b, inbox.phone)
    for page in (
        "/inbox/",
        f"/inbox/{b}",
        f"/inbox/{b}?q=message+12",
        f"/inbox/{b}?q={inbox.phone}",
        f"/inbox/{b}?q=Lead",
        f"/inbox/{b}/lines",
        f"/inbox/{b}/lines?{urlencode({'before': before})}",
        f"/inbox/{b}/lines?ids={c},{o}",
        f"/inbox/{b}/lines?show=unread",
        f"/inbox/{b}/lines?show=waiting",
        f"/inbox/{b}/counts",
        f"/inbox/{b}/conversation/{c}",
        f"/inbox/{b}/conversation/{o}/thread",
        f"/inbox/{b}/conversation/{c}/messages?size=100",
        f"/inbox/{b}/conversation/{c}/merge?other={o}",
        f"/inbox/{b}/conversation/{c}/merge?q=Dana",
        f"/inbox/{b}/merge/{inbox.merge_id}/undo",
        f"/inbox/{b}/message/{inbox.message_id}",
        f"/inbox/{b}/conversation/{c}?q=message&around={inbox.message_id}",
        f"/inbox/{b}/conflicts",
        f"/inbox/{b}/reports?days=7",
        f"/api/v1/conversations?business_id={b}",
        f"/api/v1/conversations?business_id={b}&search=Lead",
        f"/api/v1/conversations/{c}?business_id={b}",
        f"/api/v1/conversations/{o}/messages?business_id={b}",
        f"/api/v1/messages/{inbox.message_id}?business_id={b}",
        f"/api/v1/thread/{inbox.phone}?business_id={b}",
        f"/api/v1/thread/phone:{b}:%2B972{inbox.phone[1:]}?business_id={b}",
    ):
        assert client.get(page).status_code == 200, page
    for command in (
        ["inbox"],
        ["thread", f"{inbox.phone[:3]}-{inbox.phone[3:]}"],
        ["explain", str(inbox.message_id)],
        ["conflicts"],
        ["pending"],
    ):
        with redirect_stdout(StringIO()):
            assert main([*command, "--business", str(b), "--json"]) == 0, command


def _ask_views(inbox: Inbox) -> list[Statement]:
    values = {
        "business": inbox.business_id,
        "conversation": inbox.conversation_id,
        "joined": inbox.joined_id,
        "lead": inbox.lead_id,
    }
    return [Statement(question, values) for question in QUESTIONS]


QUESTIONS = (
    "select * from public.crm_conversation q "
    "where q.business_id = %(business)s and q.conversation_id = %(conversation)s",
    "select * from public.crm_conversation q "
    "where q.business_id = %(business)s and q.lead_id = %(lead)s",
    "select * from public.whatsapp_inbox q "
    "where q.business_id = %(business)s and q.conversation_id = %(conversation)s",
    "select * from public.whatsapp_thread q "
    "where q.business_id = %(business)s and q.conversation_id = %(conversation)s "
    "order by q.sent_at desc, q.id desc limit 50",
    "select * from public.whatsapp_thread q "
    "where q.business_id = %(business)s and q.conversation_id = %(conversation)s "
    "and q.sent_at > now() - interval '7 days' order by q.sent_at desc limit 50",
    "select * from public.crm_lead_timeline q "
    "where q.business_id = %(business)s and q.lead_id = %(lead)s order by q.at desc limit 50",
    "select * from public.crm_identity_change q "
    "where q.business_id = %(business)s and q.conversation_id = %(joined)s order by q.changed_at",
    "select * from public.crm_unanswered q "
    "where q.business_id = %(business)s and q.conversation_id = %(conversation)s",
    "select * from public.unlinked_message q "
    "where q.business_id = %(business)s order by q.id desc limit 50",
    "select * from public.unattributed_event q "
    "where q.business_id = %(business)s order by q.id desc limit 50",
)
