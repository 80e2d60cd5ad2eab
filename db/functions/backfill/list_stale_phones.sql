-- Stored numbers that the phone functions read differently than when they were stored.
--
-- What `onethread phone-metadata` shows, and what rekey_phones() mends. A number that is to lead to
-- another thread than the one it is in now has that thread's id beside it: the two would be joined,
-- or messages would go from one to the other.
create or replace function onethread.list_stale_phones()
returns table (
  business_id bigint,
  source text,
  raw text,
  before text,
  after text,
  rows bigint,
  conversation_id bigint,
  other_conversation_id bigint
)
language sql
stable
-- The planner cannot know how many there are, and reads a list again and again if it expects few.
set enable_nestloop = off
-- What is off counts as so dear that the phone functions would be compiled: seconds for nothing.
set jit = off
as $$
with identity as materialized (
  select s.* from onethread.list_stale_identities() s
),
stale as materialized (
  select
    s.business_id, 'identity' as source, s.value as raw, s.match_value as before,
    s.new_match_value as after, 1::bigint as rows, s.conversation_id,
    s.new_match_value as match_value
  from identity s
  where s.new_value = s.value

  union all
  select
    s.business_id, 'message', s.raw, s.before, (s.address).value, count(*), i.conversation_id,
    (s.address).match_value
  from onethread.list_stale_messages() s
  inner join public.whatsapp_identity i on i.business_id = s.business_id and i.id = s.identity_id
  group by s.business_id, s.raw, s.before, s.address, i.conversation_id

  union all
  select
    s.business_id, 'lead', s.raw, s.match_value, s.new_match_value, count(*), c.id,
    s.new_match_value
  from onethread.list_stale_leads() s
  left join public.whatsapp_conversation c
    on c.business_id = s.business_id and c.lead_id = s.id
  group by s.business_id, s.raw, s.match_value, s.new_match_value, c.id

  union all
  select
    s.business_id, 'evidence', s.raw, s.before, s.after, s.rows, s.conversation_id, s.after
  from onethread.list_stale_sides() s
),
-- Afterwards: in whose threads is each phone that somebody has today?
owner as materialized (
  select
    i.business_id, coalesce(s.new_match_value, i.match_value) as match_value,
    min(i.conversation_id) as first_id, max(i.conversation_id) as last_id
  from public.whatsapp_identity i
  left join identity s on s.business_id = i.business_id and s.id = i.id
  where i.kind = 'phone'
    and i.valid_until is null
    and i.conversation_id is not null
  group by i.business_id, coalesce(s.new_match_value, i.match_value)
)
select
  s.business_id, s.source, s.raw, s.before, s.after, s.rows, s.conversation_id,
  case
    when o.first_id <> s.conversation_id then o.first_id
    when o.last_id <> s.conversation_id then o.last_id
  end
from stale s
left join owner o on o.business_id = s.business_id and o.match_value = s.match_value
order by s.business_id, s.raw collate "C", s.source, s.before
$$;

comment on function onethread.list_stale_phones() is
  'Identities, messages, leads and evidence (source; how many rows) whose number is read as another '
  'one now: before and after (null: as nobody). other_conversation_id: a thread that it would meet.';
