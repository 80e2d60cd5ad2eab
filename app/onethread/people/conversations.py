"""One person's conversation: found in a list, read, answered, marked as read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from onethread.database.business import check_business, refuse_impossible
from onethread.database.steps import Rows, Steps, call
from onethread.database.text import storable_text
from onethread.errors import UnknownConversation, UnknownMessage, UsedKey

MAX_PAGE = 200
"""Conversations, or messages, of one page."""

# How many conversations are looked at for one page of those that a filter leaves: the page says
# where the next one goes on.
_CHUNK = 200
_MAX_CHUNKS = 5

# A line is the newest message of a conversation, and what waits in it.
_NEWEST = """
select line.*,
  onethread.count_unread(%(business)s, line.conversation_id, 100) as unread,
  exists (
    select
    from public.crm_unanswered u
    where u.business_id = %(business)s and u.conversation_id = line.conversation_id
  ) as is_waiting
from onethread.list_inbox(%(business)s, %(before)s, %(size)s) with ordinality as line
order by line.ordinality
"""

_FOUND = """
with found as (
  select distinct on (f.id) f.id, f.place
  from unnest(%(ids)s::bigint[]) with ordinality as f (id, place)
  order by f.id, f.place
),
line as (
  select c.conversation_id, c.kind, c.display_name as title, c.identifiers as addresses,
    c.lead_id, t.id as message_id, t.direction, t.source, t.kind as message_kind, t.body,
    t.sent_at, t.cursor, found.place
  from found
  cross join lateral (
    select w.*
    from public.crm_conversation w
    where w.business_id = %(business)s and w.conversation_id = found.id
    offset 0
  ) c
  left join lateral onethread.list_thread(%(business)s, found.id, null, 1) as t on true
)
select line.*,
  onethread.count_unread(%(business)s, line.conversation_id, 100) as unread,
  exists (
    select
    from public.crm_unanswered u
    where u.business_id = %(business)s and u.conversation_id = line.conversation_id
  ) as is_waiting
from line
order by line.place
"""


@dataclass(frozen=True)
class Page:
    """A page of rows."""

    rows: Rows
    next: str | None
    """`before` of the next page; None: there is none."""


@call
def list_conversations(
    business_id: int,
    *,
    is_unread: bool = False,
    is_waiting: bool = False,
    lead_id: int | None = None,
    search: str | None = None,
    before: str | None = None,
    page_size: int = 50,
) -> Steps[Page]:
    """A page of conversations, the one with the newest message first; of a search the best first.

    Rows of {conversation_id, kind, title, addresses, lead_id, message_id, direction, source,
    message_kind, body, sent_at, cursor, unread, is_waiting}: the newest message of each; unread is
    counted up to 100; is_waiting: the person wrote last and has no answer.

    Args:
        is_unread, is_waiting: only those. A page may then be short, or empty, and have a next one:
            so many conversations are looked at, and no more.
        lead_id: only the lead's.
        search: only those that a name, a number or words in a text find; one page.
        before: `next` of the page before; None for the first one.
        page_size: 1 to 200.

    Raises:
        UnknownBusiness: there is no such business.
    """
    refuse_impossible(business_id)
    size = min(max(page_size, 1), MAX_PAGE)
    ids: list[int] | None = None
    if search is not None and search.strip():
        ids = yield from _search(business_id, search, size)
    if lead_id is not None:
        of_lead = yield from _list_of_lead(business_id, lead_id)
        ids = of_lead if ids is None else [each for each in ids if each in of_lead]

    def pick(rows: Rows) -> Rows:
        return [
            row
            for row in rows
            if (row["unread"] or not is_unread) and (row["is_waiting"] or not is_waiting)
        ]

    if ids is not None:
        rows = yield _FOUND, {"business": business_id, "ids": ids}
        page = Page(pick(rows)[:size], None)
    else:
        chunk = _CHUNK if is_unread or is_waiting else size
        page = yield from _walk(business_id, before, size, chunk, pick)
    if not page.rows:
        yield from check_business.steps(business_id)
    return page


@call
def read_conversation(business_id: int, conversation_id: int) -> Steps[dict[str, Any]]:
    """The row of crm_conversation, also for the id of one that was joined into it.

    Raises:
        UnknownBusiness, UnknownConversation: there is none.
    """
    refuse_impossible(business_id)
    rows = yield (
        """
        select c.*,
          case when c.reply_address is null
            then onethread.explain_no_address(c.business_id, c.conversation_id) end as no_address
        from public.crm_conversation c
        where c.business_id = %(business)s
          and c.conversation_id = onethread.find_conversation_by_id(%(business)s, %(id)s)
        """,
        {"business": business_id, "id": _bounded(conversation_id)},
    )
    if not rows:
        yield from check_business.steps(business_id)
        raise unknown_conversation(business_id, conversation_id)
    return rows[0]


@call
def list_thread(
    business_id: int, conversation_id: int, *, before: str | None = None, page_size: int = 50
) -> Steps[Page]:
    """A page of a conversation, newest message first; the id of a joined one leads on.

    Args:
        before: `next` of the page before; None for the first one.
        page_size: 1 to 200.

    Raises:
        UnknownBusiness, UnknownConversation: there is none.
    """
    refuse_impossible(business_id)
    size = min(max(page_size, 1), MAX_PAGE)
    rows = yield (
        """
        select f.id as conversation_id, t.*
        from onethread.find_conversation_by_id(%(business)s, %(id)s) as f (id)
        left join lateral onethread.list_thread(%(business)s, f.id, %(before)s, %(size)s)
          with ordinality as t on true
        where f.id is not null
        order by t.ordinality
        """,
        {
            "business": business_id,
            "id": _bounded(conversation_id),
            "before": _storable(before),
            "size": size + 1,
        },
    )
    if not rows:
        yield from check_business.steps(business_id)
        raise unknown_conversation(business_id, conversation_id)
    return _page([row for row in rows if row["id"] is not None], size)


@call
def read_message(business_id: int, message_id: int) -> Steps[dict[str, Any]]:
    """A message as it is now, and why it is in its conversation.

    The columns of list_thread(), conversation_id (None: it is in no thread), and explanation: rows
    of {step, detail, source, at}.

    Raises:
        UnknownMessage: there is none.
    """
    refuse_impossible(business_id)
    rows = yield (
        """
        select m.conversation_id, m.id, coalesce(onethread.message_direction(m.direction),
            m.direction) as direction, m.source, m.kind, state.body,
          case when state.revoked_at is null then m.media end as media,
          onethread.visible_name(m.sender_name::text) as sender_name, m.participant,
          m.from_number, m.to_number, m.provider, m.provider_message_id, m.reply_to,
          onethread.message_sent_at(m) as sent_at, state.original_body, state.edited_at,
          state.revoked_at, state.deleted_at, state.deleted_by, state.status, state.status_at,
          state.reactions, onethread.storable_time(m.send_after::timestamptz) as send_after,
          onethread.delivery_note(m, state.status) as delivery_note
        from public.whatsapp_message m
        cross join lateral onethread.message_state(m) as state
        where m.business_id = %s and m.id = %s
        """,
        [business_id, _bounded(message_id)],
    )
    if not rows:
        yield from check_business.steps(business_id)
        raise UnknownMessage(
            f"there is no message {message_id} in business {business_id}",
            "Its id is in the thread of its conversation.",
        )
    rows[0]["explanation"] = yield (
        "select * from onethread.explain_message(%s, %s)",
        [business_id, message_id],
    )
    return rows[0]


@call
def queue_answer(
    business_id: int,
    conversation_id: int,
    body: str,
    *,
    key: str,
    source: str = "agent",
    send_after: datetime | None = None,
) -> Steps[dict[str, Any]]:
    """Queues an answer, which `onethread send-queued` delivers; {id, is_duplicate}.

    Args:
        key: the same key again is the same answer; up to 255 characters.
        source: who answers: agent, automation, ...
        send_after: not before; time zone aware.

    Raises:
        UsedKey: this conversation was given another answer with the key.
        psycopg.errors.NoDataFound: there is no such conversation.
        psycopg.errors.ObjectNotInPrerequisiteState: no address of it can be written to.
    """
    refuse_impossible(business_id)
    text, key = storable_text(body), storable_text(key)
    answer = {"business": business_id, "id": _bounded(conversation_id), "key": key}
    [row] = yield (
        "select onethread.queue_message(%(business)s, %(id)s, %(body)s, %(source)s, %(key)s, "
        "%(after)s) as id",
        answer | {"body": text, "source": storable_text(source), "after": send_after},
    )
    if row["id"] is not None:
        return {"id": row["id"], "is_duplicate": False}
    [row] = yield (
        """
        select k.message_id as id, m.body
        from onethread.answer_key k
        left join public.whatsapp_message m
          on m.business_id = k.business_id and m.id = k.message_id
        where k.business_id = %(business)s and k.conversation_id = %(id)s and k.key = %(key)s
        """,
        answer,
    )
    if row["body"] not in (None, text):
        raise UsedKey(
            f"conversation {conversation_id} was given another answer with this key",
            "A key names one answer: make a new one for each.",
        )
    return {"id": row["id"], "is_duplicate": True}


@call
def mark_read(business_id: int, conversation_id: int, message_id: int) -> Steps[int]:
    """Everything of the conversation up to this message of it has been read; returns how many
    inbound messages have not, counted up to 100. The mark only moves forward.

    Raises:
        UnknownConversation: there is none.
    """
    refuse_impossible(business_id)
    # In two statements: the second sees what the first wrote.
    rows = yield (
        """
        select f.id, onethread.mark_read(%(business)s, f.id, %(message)s)
        from onethread.find_conversation_by_id(%(business)s, %(id)s) as f (id)
        where f.id is not null
        """,
        {
            "business": business_id,
            "id": _bounded(conversation_id),
            "message": _bounded(message_id),
        },
    )
    if not rows:
        yield from check_business.steps(business_id)
        raise unknown_conversation(business_id, conversation_id)
    [row] = yield (
        "select onethread.count_unread(%s, %s, 100) as unread",
        [business_id, rows[0]["id"]],
    )
    return int(row["unread"])


def unknown_conversation(business_id: int, conversation_id: int) -> UnknownConversation:
    """The error for the id of a conversation that does not exist."""
    return UnknownConversation(
        f"there is no conversation {conversation_id} in business {business_id}",
        "See `onethread inbox` for those it has.",
    )


def _walk(
    business_id: int, before: str | None, size: int, chunk: int, pick: Callable[[Rows], Rows]
) -> Steps[Page]:
    """The conversations from a place on, as far as a page may look."""
    found: Rows = []
    place = _storable(before)
    for _ in range(_MAX_CHUNKS):
        rows = yield _NEWEST, {"business": business_id, "before": place, "size": chunk}
        found += pick(rows)
        if len(found) > size:
            return _page(found, size)
        if len(rows) < chunk:
            return Page(found, None)
        place = rows[-1]["cursor"]
        if len(found) == size:
            break
    return Page(found, place)


def _search(business_id: int, text: str, size: int) -> Steps[list[int]]:
    rows = yield (
        "select s.conversation_id as id "
        "from onethread.search_conversations(%s, %s, %s) with ordinality as s "
        "order by s.ordinality",
        [business_id, storable_text(text), size],
    )
    return list(dict.fromkeys(row["id"] for row in rows))


def _list_of_lead(business_id: int, lead_id: int) -> Steps[list[int]]:
    rows = yield (
        "select c.id from public.whatsapp_conversation c "
        "where c.business_id = %s and c.lead_id = %s order by c.id desc limit 50",
        [business_id, _bounded(lead_id)],
    )
    return [row["id"] for row in rows]


def _page(rows: Rows, size: int) -> Page:
    """Of rows of which one more than a page were asked for."""
    return Page(rows[:size], rows[size - 1]["cursor"] if len(rows) > size else None)


def _bounded(number: int) -> int:
    """As bigint has it; nothing has the last one as its id."""
    return number if -(2**63) <= number < 2**63 else 2**63 - 1


def _storable(text: str | None) -> str | None:
    return None if text is None else storable_text(text)
