-- Phones that are to have another match value, or to become another phone.
--
-- The match value follows from the value. The value itself changes when all that was ever written
-- under it is read as one other phone now, and nothing else is known about it than leads whose phone
-- is read as that one too: then the thread keeps its id. Otherwise only the messages that are read
-- differently go elsewhere (list_stale_messages).
create or replace function onethread.list_stale_identities(p_left text[] default '{}')
returns table (
  business_id bigint,
  id bigint,
  conversation_id bigint,
  valid_until timestamptz,
  value text,
  match_value text,
  new_value text,
  new_match_value text
)
language sql
stable
-- The planner cannot know how many there are, and reads a list again and again if it expects few.
set enable_nestloop = off
-- What is off counts as so dear that the phone functions would be compiled: seconds for nothing.
set jit = off
as $$
with read_lead as materialized (
  select
    s.business_id, onethread.lead_key(s.id) as key, s.new_match_value
  from onethread.list_stale_leads() s
),
renamed as materialized (
  select s.business_id, s.identity_id, min((s.address).value) as value
  from onethread.list_stale_messages() s
  inner join public.whatsapp_identity i
    on i.business_id = s.business_id
    and i.id = s.identity_id
    and i.valid_from = '1970-01-01 00:00+00'
    and i.valid_until is null
  cross join lateral (
    select onethread.identity_key(i) as key
  ) k
  where not exists (
      select
      from public.whatsapp_identity_evidence e
      where e.business_id = i.business_id and e.a_key = k.key
    )
    and not exists (
      select
      from public.whatsapp_identity_evidence e
      where e.business_id = i.business_id
        and e.b_key = k.key
        and not (e.source = 'lead record' and exists (
          select
          from read_lead l
          where l.business_id = e.business_id
            and l.key = e.a_key
            and l.new_match_value = (s.address).match_value
        ))
    )
  group by s.business_id, s.identity_id
  having count(distinct (s.address).match_value) = 1
    and bool_and(coalesce((s.address).kind = 'phone', false))
    and count(*) = (
      select count(*)
      from public.whatsapp_message m
      where m.business_id = s.business_id and m.identity_id = s.identity_id
    )
)
select
  i.business_id, i.id, i.conversation_id, i.valid_until, i.value, i.match_value, n.value,
  onethread.phone_match_key(n.value)
from public.whatsapp_identity i
left join renamed r on r.business_id = i.business_id and r.identity_id = i.id
cross join lateral (select coalesce(r.value, i.value) as value) n
where i.kind = 'phone'
  and i.match_value <> onethread.phone_match_key(n.value)
  and onethread.phone_change(i.business_id, i.value, n.value) <> all (p_left)
  and onethread.phone_change(i.business_id, i.match_value, onethread.phone_match_key(n.value))
    <> all (p_left)
$$;

comment on function onethread.list_stale_identities(text[]) is
  'Identities of kind phone whose match value is not what the phone functions say now, with the '
  'value and match value that they are to have; without those that are left (phone_change).';
