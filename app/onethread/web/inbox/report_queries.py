"""What the reports show, out of the views for reports."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from onethread.database.steps import Rows
from onethread.web.inbox.rows import Connection, rows


def list_activity(connection: Connection, business_id: int, since: date) -> Rows:
    """crm_daily_activity from a day on, oldest first."""
    return rows(
        connection,
        """
        select a.day, a.source, a.messages_in, a.messages_out, a.people
        from public.crm_daily_activity a
        where a.business_id = %s and a.day >= %s
        order by a.day, a.source
        """,
        [business_id, since],
    )


def list_response_times(connection: Connection, business_id: int, since: date) -> Rows:
    """How long people and bots took to answer: median and slowest tenth, in open hours.

    By day and in all (day is None), by who: people or bots. Times that were taken, none between
    two; and not by `within group`, which a router cannot read.
    """
    return rows(
        connection,
        """
        select r.day, r.who, count(*) as answers,
          (array_agg(r.seconds order by r.seconds))[ceil(0.5 * count(*))::integer]
            as median_seconds,
          (array_agg(r.seconds order by r.seconds))[ceil(0.9 * count(*))::integer]
            as p90_seconds
        from (
          select t.day, case t.source when 'bot' then 'bots' else 'people' end as who,
            extract(epoch from t.response_open_time) as seconds
          from public.business b
          cross join lateral onethread.list_response_times(
            b.id, %(since)s::date::timestamp at time zone b.time_zone, 'infinity') t
          where b.id = %(business)s
        ) r
        group by grouping sets ((r.day, r.who), (r.who))
        order by r.day, r.who
        """,
        {"business": business_id, "since": since},
    )


def list_hours(connection: Connection, business_id: int, since: date) -> Rows:
    """{hour, received}: when people write, on the business's clock."""
    return rows(
        connection,
        """
        select r.hour, count(*) as received
        from public.business b
        cross join lateral (
          select extract(hour from m.sent_at at time zone b.time_zone)::int as hour
          from public.whatsapp_message m
          where m.business_id = b.id
            and m.sent_at >= %(since)s::date::timestamp at time zone b.time_zone
            and m.sent_at < now() + interval '1 day'
            and onethread.message_direction(m.direction) = 'inbound'
            and m.conversation_id is not null
            and m.duplicate_of is null
          -- From the first day on, by whatsapp_message_inbox_idx.
          offset 0
        ) r
        where b.id = %(business)s
        group by r.hour
        order by r.hour
        """,
        {"business": business_id, "since": since},
    )


def list_unanswered(connection: Connection, business_id: int) -> Rows:
    """Who waits for an answer: since less than a day, the longest first; then all others.

    Not all of them: each row tells how many people there are, and how many wait since less than a
    day (today). Names are asked for the rows shown only.
    """
    return rows(
        connection,
        """
        select u.conversation_id, u.display_name, known.addresses as identifiers, u.waiting_since,
          extract(epoch from u.waiting_open_time) as waiting_seconds, shown.people, shown.today
        from (
          select w.conversation_id, count(*) over () as people,
            count(*) filter (where w.waiting_since > now() - interval '24 hours') over () as today
          from public.crm_unanswered w
          where w.business_id = %(business)s
          order by w.waiting_since <= now() - interval '24 hours',
            case when w.waiting_since > now() - interval '24 hours' then w.waiting_since end,
            w.waiting_since desc
          limit 20
        ) shown
        inner join public.crm_unanswered u
          on u.business_id = %(business)s and u.conversation_id = shown.conversation_id
        cross join lateral onethread.conversation_identifiers(u.business_id, u.conversation_id)
          as known (addresses)
        order by u.waiting_since <= now() - interval '24 hours',
          case when u.waiting_since > now() - interval '24 hours' then u.waiting_since end,
          u.waiting_since desc
        """,
        {"business": business_id},
    )


def today(connection: Connection, business_id: int) -> date:
    """The day on the business's clock."""
    [row] = rows(
        connection,
        "select (now() at time zone b.time_zone)::date as day "
        "from public.business b where b.id = %s",
        [business_id],
    )
    day: date = row["day"]
    return day


def count_received(
    connection: Connection, business_id: int, since: date, until: date
) -> dict[str, Any]:
    """{messages, conversations, new}: what came on these days, from how many people and groups, and
    how many of them had never written before."""
    [row] = rows(
        connection,
        """
        select coalesce(sum(r.messages), 0)::bigint as messages, count(*) as conversations,
          count(*) filter (where not exists (
            select
            from public.whatsapp_message i
            where i.business_id = %(business)s
              and i.conversation_id = r.conversation_id
              and lower(i.direction) in ('in', 'inbound', 'incoming', 'received')
              and i.duplicate_of is null
              and i.sent_at < r.starts_at
            offset 0
          )) as new
        from (
          select m.conversation_id, d.starts_at, count(*) as messages
          from (
            select %(since)s::date::timestamp at time zone b.time_zone as starts_at,
              %(end)s::date::timestamp at time zone b.time_zone as ends_at
            from public.business b
            where b.id = %(business)s
          ) d
          cross join lateral (
            select i.conversation_id
            from public.whatsapp_message i
            where i.business_id = %(business)s
              and i.sent_at >= d.starts_at
              and i.sent_at < d.ends_at
              and onethread.message_direction(i.direction) = 'inbound'
              and i.conversation_id is not null
              and i.duplicate_of is null
            -- These days only, as list_hours().
            offset 0
          ) m
          group by m.conversation_id, d.starts_at
        ) r
        """,
        {"business": business_id, "since": since, "end": until + timedelta(days=1)},
    )
    return row


def count_failed(connection: Connection, business_id: int, since: date) -> int:
    """How many messages of the business, from a day on, were not delivered in the end."""
    [row] = rows(
        connection,
        """
        select count(*) as failed
        from public.business b
        cross join lateral (
          select m
          from public.whatsapp_message m
          where m.business_id = b.id
            and m.sent_at >= %(since)s::date::timestamp at time zone b.time_zone
            and m.sent_at < now() + interval '1 day'
            and onethread.message_direction(m.direction) = 'outbound'
            and m.duplicate_of is null
            -- Of most messages nobody ever said so: they are not asked about.
            and (m.status = 'failed' or m.provider_message_id in (
              select e.provider_message_id
              from public.whatsapp_message_event e
              where e.business_id = %(business)s and e.kind = 'failed'
            ))
          -- From the first day on, as list_hours().
          offset 0
        ) sent
        cross join lateral onethread.message_state(sent.m) as s
        where b.id = %(business)s and s.status = 'failed'
        """,
        {"business": business_id, "since": since},
    )
    failed: int = row["failed"]
    return failed
