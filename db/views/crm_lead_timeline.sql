create or replace view public.crm_lead_timeline
with (security_invoker = true) as
select
  l.business_id,
  l.id as lead_id,
  l.name as lead_name,
  tied.conversation_id,
  entry.at,
  entry.entry,
  entry.message_id,
  entry.direction,
  entry.source,
  entry.kind,
  entry.body
from public.lead l
cross join lateral (
  select c.id as conversation_id
  from public.whatsapp_conversation c
  where c.business_id = l.business_id and c.lead_id = l.id
  union
  select i.conversation_id
  from public.whatsapp_identity i
  where i.business_id = l.business_id
    and i.kind = 'phone'
    and i.scope = ''
    and i.match_value = l.phone_match_value
    and i.valid_until is null
    and i.conversation_id is not null
  union
  select m.conversation_id
  from public.whatsapp_message m
  where m.business_id = l.business_id
    and m.lead_id = l.id
    and m.conversation_id is not null
) tied
cross join lateral (
  select
    onethread.message_sent_at(m) as at, 'message' as entry, m.id as message_id,
    coalesce(onethread.message_direction(m.direction), m.direction) as direction, m.source, m.kind,
    state.body
  from public.whatsapp_message m
  cross join lateral onethread.message_state(m) as state
  where m.business_id = l.business_id
    and m.conversation_id = tied.conversation_id
    and m.duplicate_of is null
  union all
  select
    g.merged_at, 'merged', null, null, null, null,
    concat_ws(', ', g.absorbed_key, g.reason)
  from onethread.whatsapp_conversation_merge g
  where g.business_id = l.business_id
    and g.survivor_id = tied.conversation_id
    and g.undone_at is null
) entry;

comment on view public.crm_lead_timeline is
  'What happened with a lead: the messages of every conversation tied to it, by the conversation, by '
  'its phone, or by a message that names it, and merges. Two leads of one person both have it. Give '
  'business_id and lead_id, order by at.';
comment on column public.crm_lead_timeline.business_id is 'The tenant.';
comment on column public.crm_lead_timeline.lead_id is 'lead.id.';
comment on column public.crm_lead_timeline.lead_name is 'lead.name.';
comment on column public.crm_lead_timeline.conversation_id is 'The conversation it happened in.';
comment on column public.crm_lead_timeline.at is 'When: sent_at of a message, time of a merge.';
comment on column public.crm_lead_timeline.entry is 'message, or merged.';
comment on column public.crm_lead_timeline.message_id is 'The message; null for a merge.';
comment on column public.crm_lead_timeline.direction is 'inbound or outbound.';
comment on column public.crm_lead_timeline.source is 'Who wrote it: webhook, bot, agent, ...';
comment on column public.crm_lead_timeline.kind is 'text, image, ...';
comment on column public.crm_lead_timeline.body is
  'The text as it is now; for a merge the identifier that came and the reason.';
