-- Which conversation does each person keep?
--
-- A conversation goes with its oldest identity; of a person's conversations the one with a lead
-- survives, else the oldest (a join by hand names the survivor).
create or replace function onethread.kept_conversations(
  p_business_id bigint,
  p_epochs onethread.whatsapp_identity_plan[],
  p_identities public.whatsapp_identity[],
  p_survivor_id bigint
)
returns table (person int, conversation_id bigint)
language sql
stable
as $$
with owned as (
  select distinct on (p.conversation_id) p.conversation_id, p.person
  from onethread.place_identities(p_epochs, p_identities) as p
  where p.conversation_id is not null
    and not exists (
      select
      from public.whatsapp_identity other
      where other.business_id = p_business_id
        and other.conversation_id = p.conversation_id
        and other.id < p.identity_id
        and other.id not in (select i.id from unnest(p_identities) as i)
      -- Here and below: a probe for each. Joined, a table without statistics would be read whole.
      offset 0
    )
  order by p.conversation_id, p.identity_id
)
select distinct on (o.person) o.person, c.id
from owned o
cross join lateral (
  select c.id, c.lead_id, c.created_at
  from public.whatsapp_conversation c
  where c.business_id = p_business_id and c.id = o.conversation_id
  offset 0
) c
order by
  o.person, c.id is not distinct from p_survivor_id desc, c.lead_id is null, c.created_at, c.id
$$;

comment on function onethread.kept_conversations(
  bigint, onethread.whatsapp_identity_plan[], public.whatsapp_identity[], bigint) is
  'One conversation for each person who has any; survivor_id: the one that is to be kept if it is '
  'among them, null: by the rule.';
