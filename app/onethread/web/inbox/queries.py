"""What the inbox page shows, and what it does besides merging (see onethread.identity)."""

from __future__ import annotations

from typing import Any

from psycopg.types.json import Jsonb

from onethread.database.shards import rows_of_each_shard
from onethread.database.steps import Rows
from onethread.database.text import storable_text, storable_value
from onethread.web.inbox.rows import Connection, rows, storable


def find_business(connection: Connection, business_id: int) -> dict[str, Any] | None:
    """{id, name, time_zone} of a business."""
    found = rows(
        connection,
        "select b.id, b.name, b.time_zone from public.business b where b.id = %s::numeric",
        [business_id],
    )
    return found[0] if found else None


def list_businesses(connection: Connection) -> Rows:
    """{id, name} of each business that the server's role sees without being told which."""
    query = "select b.id, b.name from public.business b order by b.name, b.id"
    return rows_of_each_shard(connection, lambda: rows(connection, query, []))


def list_lines(
    connection: Connection,
    business_id: int,
    before: str | None,
    page_size: int,
    show: str | None = None,
) -> Rows:
    """A page of the sidebar: list_inbox() with unread.

    Args:
        show: only those that are unread, or waiting; None: all.
    """
    parameters = {"business": business_id, "before": storable(before), "size": page_size}
    if show is None:
        return rows(
            connection,
            """
            select i.*,
              onethread.count_unread(%(business)s, i.conversation_id, 100) as unread
            from onethread.list_inbox(%(business)s, %(before)s, %(size)s) with ordinality as i
            order by i.ordinality
            """,
            parameters,
        )
    return rows(
        connection,
        """
        select i.*,
          onethread.count_unread(%(business)s, i.conversation_id, 100) as unread
        from onethread.list_inbox(%(business)s, %(before)s, %(size)s, %(show)s)
          with ordinality as i
        order by i.ordinality
        """,
        parameters | {"show": show},
    )


def list_some_lines(
    connection: Connection, business_id: int, conversation_ids: list[int], show: str | None = None
) -> Rows:
    """The lines of list_lines() that these conversations have: of each the page of one line that
    begins with its newest message."""
    return rows(
        connection,
        """
        select i.*,
          onethread.count_unread(%(business)s, i.conversation_id, 100) as unread
        from onethread.list_last_messages(%(business)s, %(ids)s) as newest
        cross join lateral onethread.list_inbox(
          %(business)s, newest.sent_at || '/' || (newest.message_id + 1), 1, %(show)s) as i
        where i.conversation_id = newest.conversation_id
        order by i.sent_at desc, i.message_id desc
        """,
        {"business": business_id, "ids": conversation_ids, "show": show},
    )


def list_absorbed(
    connection: Connection, business_id: int, conversation_ids: list[int]
) -> list[int]:
    """Ids of the conversations that were joined into these."""
    found = rows(
        connection,
        """
        select distinct g.absorbed_id
        from unnest(%(ids)s::bigint[]) as asked (id)
        cross join lateral onethread.conversation_merges(%(business)s, asked.id) as g
        order by g.absorbed_id
        """,
        {"business": business_id, "ids": conversation_ids},
    )
    return [row["absorbed_id"] for row in found]


def count_inbox(connection: Connection, business_id: int) -> dict[str, int]:
    """{unread, waiting, conflicts}: how many conversations, persons and questions."""
    [row] = rows(connection, "select * from onethread.count_inbox(%s)", [business_id])
    return row


def find_first_unread(connection: Connection, business_id: int, conversation_id: int) -> int | None:
    """Id of the earliest inbound message that nobody has read; None: all are read."""
    found = rows(
        connection,
        "select u.id from onethread.first_unread(%s, %s) as u",
        [business_id, conversation_id],
    )
    return found[0]["id"] if found else None


def search_lines(connection: Connection, business_id: int, text: str, page_size: int) -> Rows:
    """Lines of the sidebar for what was searched, of {total} (1,000 at most of a kind).

    Where a message was found, found_id is its id and body its text.
    """
    return rows(
        connection,
        """
        with found as (
          select f.*, count(*) over () as total
          from (
            select distinct on (s.conversation_id) s.*
            from onethread.search_conversations(%(business)s, %(text)s, 1000)
              with ordinality as s (conversation_id, message_id, match, place)
            order by s.conversation_id, s.place
          ) f
          order by f.place
          limit %(size)s
        )
        select
          c.id as conversation_id, c.kind,
          coalesce(called.name, known.addresses[1], c.canonical_key) as title,
          known.addresses,
          coalesce(onethread.message_direction(m.direction), m.direction) as direction, m.source,
          m.kind as message_kind, m.sent_at, m.body, m.status,
          m.revoked_at is not null as is_revoked,
          onethread.count_unread(c.business_id, c.id, 100) as unread,
          found.message_id as found_id, found.total
        from found
        cross join lateral (
          select w as conversation, w.*
          from public.whatsapp_conversation w
          where w.business_id = %(business)s and w.id = found.conversation_id
          offset 0
        ) c
        cross join lateral onethread.known_name(c.conversation) as called
        cross join lateral onethread.conversation_identifiers(c.business_id, c.id)
          as known (addresses)
        cross join lateral (
          select t.direction, t.source, t.kind, onethread.message_sent_at(t) as sent_at,
            state.body, state.status, state.revoked_at
          from public.whatsapp_message t
          cross join lateral onethread.message_state(t) as state
          where t.business_id = c.business_id
            and t.conversation_id = c.id
            and (t.id = found.message_id or found.message_id is null and t.duplicate_of is null)
          order by t.sent_at desc, t.id desc
          limit 1
        ) m
        order by found.place
        """,
        {"business": business_id, "text": storable_text(text), "size": page_size},
    )


def has_text_index(connection: Connection) -> bool:
    """Whether all messages are searched, and not the newest ones only."""
    [row] = rows(connection, "select onethread.has_text_index() as is_there", [])
    return bool(row["is_there"])


def find_conversation(
    connection: Connection, business_id: int, conversation_id: int
) -> dict[str, Any] | None:
    """The row of crm_conversation, also for the id of one that was merged into it; None: unknown.

    Besides: provider, through which an answer goes; is_asked, whether they wrote from the address
    that it goes to; no_address, why there is none; is_window_open, whether the Cloud API takes free
    text now.
    """
    found = rows(
        connection,
        """
        select c.*, answer.provider, answer.is_asked,
          case when answer.address is null
            then onethread.explain_no_address(c.business_id, c.conversation_id) end as no_address,
          coalesce(c.service_window_until > now(), false) as is_window_open
        from public.crm_conversation c
        cross join lateral onethread.find_reply_address(c.business_id, c.conversation_id)
          as answer
        where c.business_id = %(business)s
          and c.conversation_id = onethread.find_conversation_by_id(%(business)s, %(id)s)
        """,
        {"business": business_id, "id": conversation_id},
    )
    return found[0] if found else None


def find_page_of(
    connection: Connection, business_id: int, conversation_id: int, message_id: int
) -> str | None:
    """Where a page of the thread begins that has this message and some later ones.

    None: on the first page, or it is not in this thread.
    """
    found = rows(
        connection,
        """
        select (later.sent_at at time zone 'UTC') || '+00/' || later.id as cursor
        from public.whatsapp_message m
        cross join lateral (
          select t.sent_at, t.id
          from public.whatsapp_message t
          where t.business_id = m.business_id
            and t.conversation_id = m.conversation_id
            and t.duplicate_of is null
            and (t.sent_at, t.id) > (m.sent_at, m.id)
          order by t.sent_at, t.id
          offset 19
          limit 1
        ) later
        where m.business_id = %s and m.id = %s and m.conversation_id = %s
        """,
        [business_id, message_id, conversation_id],
    )
    return found[0]["cursor"] if found else None


def list_messages(
    connection: Connection,
    business_id: int,
    conversation_id: int,
    before: str | None,
    page_size: int,
) -> Rows:
    """A page of a thread, newest first: the rows of list_thread(), with the quoted text."""
    return rows(
        connection,
        """
        select t.*, quoted.body as quoted_body
        from onethread.list_thread(%(business)s, %(id)s, %(before)s, %(size)s)
          with ordinality as t
        left join lateral (
          select q.body
          from public.whatsapp_message q
          where t.reply_to is not null
            and q.business_id = %(business)s
            and q.provider_message_id = t.reply_to
            and length(q.provider_message_id) <= 255
            and q.conversation_id = %(id)s
          limit 1
        ) quoted on true
        order by t.ordinality
        """,
        {
            "business": business_id,
            "id": conversation_id,
            "before": storable(before),
            "size": page_size,
        },
    )


def find_file(connection: Connection, business_id: int, message_id: int) -> dict[str, Any] | None:
    """{kind, media, provider, provider_message_id} of a message with a file, unless deleted."""
    found = rows(
        connection,
        """
        select m.kind, m.media, m.provider, m.provider_message_id
        from public.whatsapp_message m
        cross join lateral onethread.message_state(m) as state
        where m.business_id = %s
          and m.id = %s
          and m.conversation_id is not null
          and m.media is not null
          and state.revoked_at is null
        """,
        [business_id, message_id],
    )
    return found[0] if found else None


def list_notes(
    connection: Connection,
    business_id: int,
    conversation_id: int,
    before: str | None,
    following: str | None,
) -> Rows:
    """What happened to the identity of a conversation: merges, open questions, numbers passed on.

    What was answered, and a merge that was taken back, are in crm_identity_change.

    Args:
        before: where a page of its messages begins; null for the first one.
        following: where the next page begins, if there is one: what happened earlier is there.
    """
    return rows(
        connection,
        """
        select n.changed_at, n.change, n.conversation_id, n.other_conversation_id, n.identifier,
          n.reason, n.id, g.id is not null as can_undo,
          (
            select onethread.visible_name(s.name)
            from onethread.shown_name s
            where s.business_id = g.business_id and s.identity_id = any (g.identity_ids)
            order by s.told_at desc
            limit 1
          ) as name,
          (
            select onethread.written_address(i.kind, i.value)
            from public.whatsapp_identity i
            where i.business_id = g.business_id and i.id = any (g.identity_ids)
            order by onethread.identity_rank(i), i.id
            limit 1
          ) as address
        from public.crm_identity_change n
        left join onethread.whatsapp_conversation_merge g
          on g.business_id = n.business_id and g.id = n.id and n.change = 'merged'
        where n.business_id = %(business)s
          and n.change <> 'conflict settled'
          and (n.change <> 'merged' or g.undone_at is null)
          and (n.change <> 'conflict' or exists (
            select
            from onethread.whatsapp_identity_conflict k
            where k.business_id = n.business_id and k.id = n.id and k.settled_at is null
          ))
          and n.conversation_id = any (
            array(select g.absorbed_id from onethread.conversation_merges(%(business)s, %(id)s) g)
            || %(id)s::bigint)
          and n.change <> 'identifier'
          and (
            %(before)s::text is null
            or n.changed_at < (select c.sent_at from onethread.read_cursor(%(before)s) c))
          and (
            %(following)s::text is null
            or n.changed_at >= (select c.sent_at from onethread.read_cursor(%(following)s) c))
        order by n.changed_at, n.id
        """,
        {
            "business": business_id,
            "id": conversation_id,
            "before": storable(before),
            "following": following,
        },
    )


def list_identifiers(connection: Connection, business_id: int, conversation_id: int) -> Rows:
    """The identifiers of a conversation, and who said that they are this person's."""
    return rows(
        connection,
        """
        select i.kind, i.value, i.is_current and i.valid_until is null as is_current,
          case when i.valid_from > '1970-01-01 00:00+00' then i.valid_from end as valid_from,
          i.valid_until, i.created_at,
          array(
            select distinct concat_ws(
              ' ', coalesce(e.source, 'unknown source'), 'says:', e.a_key, e.relation, e.b_key,
              case when e.weight = 'claimed' then '(claimed)' end)
            from public.whatsapp_identity_evidence e
            where e.business_id = i.business_id
              and onethread.identity_key(i) in (e.a_key, e.b_key)
              and e.inert_reason is null
            order by 1
            limit 5
          ) as evidence
        from public.whatsapp_identity i
        where i.business_id = %s
          and i.conversation_id = %s
        order by onethread.identity_rank(i), i.id
        """,
        [business_id, conversation_id],
    )


def list_changes(
    connection: Connection, business_id: int, since: str | None
) -> tuple[list[int], str]:
    """Conversations that changed since a position, and the next position; see list_changes()."""
    [row] = rows(
        connection, "select * from onethread.list_changes(%s, %s)", [business_id, storable(since)]
    )
    return row["conversation_ids"], row["position"]


def mark_read(
    connection: Connection, business_id: int, conversation_id: int, message_id: int
) -> None:
    """Everything of the conversation up to this message has been read."""
    connection.execute(
        "select onethread.mark_read(%s, %s, %s)", [business_id, conversation_id, message_id]
    )


def mark_unread(connection: Connection, business_id: int, conversation_id: int) -> None:
    """The last message of the conversation has not been read, whoever opened it."""
    connection.execute("select onethread.mark_unread(%s, %s)", [business_id, conversation_id])


def reply(
    connection: Connection,
    business_id: int,
    conversation_id: int,
    body: str,
    key: str,
    template: dict[str, Any] | None = None,
) -> None:
    """Queues an agent's answer; the same key again is the same answer."""
    connection.execute(
        "select onethread.queue_message(%s, %s, %s, 'agent', %s, p_template => %s)",
        [
            business_id, conversation_id, storable_text(body), storable_text(key)[:64],
            None if template is None else Jsonb(storable_value(template)),
        ],
    )  # fmt: skip


def start(
    connection: Connection,
    business_id: int,
    address: str,
    body: str,
    key: str,
    template: dict[str, Any] | None = None,
) -> int:
    """Queues the first message to a number; returns the conversation that it is in."""
    [row] = rows(
        connection,
        "select onethread.start_conversation(%s, %s, %s, 'agent', %s, %s) as id",
        [
            business_id, storable_text(address), storable_text(body), storable_text(key)[:64],
            None if template is None else Jsonb(storable_value(template)),
        ],
    )  # fmt: skip
    return int(row["id"])


def find_by_address(connection: Connection, business_id: int, address: str) -> int | None:
    """The conversation of a number in any spelling; None: there is none yet."""
    [row] = rows(
        connection,
        "select onethread.find_conversation(%s, %s) as id",
        [business_id, storable_text(address)],
    )
    return None if row["id"] is None else int(row["id"])


def find_failed(connection: Connection, business_id: int, message_id: int) -> dict[str, Any] | None:
    """{conversation_id, body, template} of an answer that failed; None: it did not."""
    found = rows(
        connection,
        """
        select m.conversation_id, m.body, m.media -> 'template' as template
        from public.whatsapp_message m
        cross join lateral onethread.message_state(m) as state
        where m.business_id = %s
          and m.id = %s
          and m.conversation_id is not null
          and m.kind in ('text', 'template')
          and m.body <> ''
          and onethread.message_direction(m.direction) = 'outbound'
          and state.status = 'failed'
        """,
        [business_id, message_id],
    )
    return found[0] if found else None
