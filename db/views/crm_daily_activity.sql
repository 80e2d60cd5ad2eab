create or replace view public.crm_daily_activity
with (security_invoker = true) as
select
  b.id as business_id,
  active.day,
  busy.source,
  busy.messages_in,
  busy.messages_out,
  busy.people
from public.business b
cross join lateral onethread.list_active_days(b.id, b.time_zone) as active
cross join lateral (
  select
    coalesce(nullif(lower(m.source), ''), 'unknown') as source,
    count(*) filter (where onethread.message_direction(m.direction) = 'inbound') as messages_in,
    count(*) filter (where onethread.is_sent_message(m.direction, m.status)) as messages_out,
    count(distinct m.conversation_id) as people
  from (
    select d.source, d.direction, d.status, d.conversation_id
    from public.whatsapp_message d
    where d.business_id = b.id
      and d.sent_at >= active.day::timestamp at time zone b.time_zone
      and d.sent_at < (active.day + 1)::timestamp at time zone b.time_zone
      and onethread.is_plausible_time(d.sent_at)
      and d.conversation_id is not null
      and d.duplicate_of is null
    union all
    select d.source, d.direction, d.status, d.conversation_id
    from public.whatsapp_message d
    where d.business_id = b.id
      and d.id = any (active.misdated)
  ) m
  where coalesce(m.status, '') not in ('queued', 'sending', 'failed')
  group by 1
) busy;

comment on view public.crm_daily_activity is
  'Messages and people a day and source. Give business_id; a condition on day reads those days only.';
comment on column public.crm_daily_activity.business_id is 'The tenant.';
comment on column public.crm_daily_activity.day is
  'By the business''s clock (business.time_zone), from sent_at.';
comment on column public.crm_daily_activity.source is
  'webhook, gateway, bot, agent, automation, ... as the writer says, in lower case; else unknown.';
comment on column public.crm_daily_activity.messages_in is
  'Inbound messages in a thread, each once; unlinked ones are not counted.';
comment on column public.crm_daily_activity.messages_out is
  'Outbound messages in a thread, each once; queued and failed ones are not counted.';
comment on column public.crm_daily_activity.people is
  'Conversations with a message of this source on this day. Not to be added up over sources or days.';
