"""What the pages about identities show: questions, their sides, joins."""

from __future__ import annotations

from typing import Any

from onethread.database.steps import Rows
from onethread.web.inbox.rows import Connection, rows


def find_message(connection: Connection, business_id: int, message_id: int) -> dict[str, Any]:
    """{conversation_id, direction, sent_at, address, key}: where a message is, and whose address.

    Key is the identifier_key() of who the message is to or from; None: nobody's.
    """
    [row] = rows(
        connection,
        """
        select m.conversation_id, onethread.message_sent_at(m) as sent_at,
          coalesce(onethread.message_direction(m.direction), m.direction) as direction,
          onethread.message_counterpart(m.direction, m.from_number, m.to_number) as address,
          onethread.identity_key(i) as key
        from public.whatsapp_message m
        left join public.whatsapp_identity i
          on i.business_id = m.business_id and i.id = m.identity_id
        where m.business_id = %s and m.id = %s
        """,
        [business_id, message_id],
    )
    return row


def find_lead(connection: Connection, business_id: int, lead_id: int) -> dict[str, Any] | None:
    """{id, name} of a customer record."""
    found = rows(
        connection,
        "select l.id, onethread.visible_name(l.name::text) as name from public.lead l "
        "where l.business_id = %s and l.id = %s",
        [business_id, lead_id],
    )
    return found[0] if found else None


def list_questions(connection: Connection, business_id: int, page_size: int) -> Rows:
    """The open questions, oldest first: conflicts and suggestions, with the evidence."""
    return rows(
        connection,
        """
        select k.id, k.kind, k.reason, e.a_key, e.relation, e.b_key, e.source, e.observed_at,
          onethread.find_conversation_by_id(k.business_id, k.first_conversation_id) as first_id,
          onethread.find_conversation_by_id(k.business_id, k.second_conversation_id) as second_id
        from onethread.whatsapp_identity_conflict k
        inner join public.whatsapp_identity_evidence e
          on e.business_id = k.business_id and e.id = k.evidence_id
        where k.business_id = %s
          and k.settled_at is null
        order by k.id
        limit %s
        """,
        [business_id, page_size],
    )


def list_answers(connection: Connection, business_id: int) -> Rows:
    """The latest questions that somebody has answered with "two people"."""
    return rows(
        connection,
        """
        select distinct on (settled.settled_at, said.id) said.source, said.observed_at,
          settled.first_id, settled.second_id
        from (
          select k.settled_at,
            onethread.find_conversation_by_id(k.business_id, k.first_conversation_id) as first_id,
            onethread.find_conversation_by_id(k.business_id, k.second_conversation_id) as second_id
          from onethread.whatsapp_identity_conflict k
          where k.business_id = %(business)s
            and k.settled_at is not null
          order by k.settled_at desc
          limit 5
        ) settled
        cross join lateral (
          select
            onethread.conversation_keys(%(business)s, settled.first_id) as first,
            onethread.conversation_keys(%(business)s, settled.second_id) as second
        ) keys
        cross join lateral (
          select e.id, e.source, e.observed_at
          from public.whatsapp_identity_evidence e
          where e.business_id = %(business)s
            and e.a_key = any (keys.first || keys.second)
            and e.b_key = any (keys.first || keys.second)
            and e.relation = 'different'
            and e.a_at is not null
          order by e.id desc
          limit 1
        ) said
        where settled.first_id <> settled.second_id
        order by settled.settled_at desc, said.id
        """,
        {"business": business_id},
    )


def list_sides(connection: Connection, business_id: int, conversation_ids: list[int]) -> Rows:
    """{conversation_id, kind, title, addresses, lead_id} of some conversations."""
    return rows(
        connection,
        """
        select c.id as conversation_id, c.kind,
          coalesce(called.name, known.addresses[1], c.canonical_key) as title,
          known.addresses, c.lead_id
        from public.whatsapp_conversation c
        cross join lateral onethread.known_name(c) as called
        cross join lateral onethread.conversation_identifiers(c.business_id, c.id)
          as known (addresses)
        where c.business_id = %s and c.id = any (%s)
        """,
        [business_id, conversation_ids],
    )


def list_last_messages(
    connection: Connection, business_id: int, conversation_ids: list[int], most: int
) -> Rows:
    """The last messages of each of some conversations, newest first."""
    return rows(
        connection,
        """
        select c.id as conversation_id, t.direction, t.source, t.kind as message_kind, t.body,
          t.sent_at, t.revoked_at is not null as is_revoked
        from unnest(%(ids)s::bigint[]) as c (id)
        cross join lateral onethread.list_thread(%(business)s, c.id, null, %(most)s)
          with ordinality as t
        order by c.id, t.ordinality
        """,
        {"business": business_id, "ids": conversation_ids, "most": most},
    )


def find_merge(connection: Connection, business_id: int, merge_id: int) -> dict[str, Any] | None:
    """What undoing a merge would part: {id, survivor_id, absorbed_id, ..., messages}."""
    found = rows(
        connection,
        """
        select g.id, onethread.find_conversation_by_id(g.business_id, g.survivor_id) as survivor_id,
          g.absorbed_id, g.reason, g.merged_at, g.undone_at,
          array(
            select onethread.written_address(i.kind, i.value)
            from public.whatsapp_identity i
            where i.business_id = g.business_id and i.id = any (g.identity_ids)
            order by onethread.identity_rank(i), i.id
          ) as identifiers,
          (
            select onethread.visible_name(s.name)
            from onethread.shown_name s
            where s.business_id = g.business_id and s.identity_id = any (g.identity_ids)
            order by s.told_at desc
            limit 1
          ) as name,
          (
            select count(*)
            from public.whatsapp_message m
            where m.business_id = g.business_id and m.identity_id = any (g.identity_ids)
          ) + cardinality(g.message_ids) as messages
        from onethread.whatsapp_conversation_merge g
        where g.business_id = %s and g.id = %s
        """,
        [business_id, merge_id],
    )
    return found[0] if found else None
