-- What has to change in whatsapp_identity so that it says what the rule says.
--
-- A conversation goes with its oldest identity; of a person's conversations the one with a lead
-- survives, else the oldest (a join by hand names the survivor).
create or replace function onethread.plan_identities(
  p_business_id bigint,
  p_keys text[],
  p_state onethread.whatsapp_resolution,
  p_survivor_id bigint
)
returns onethread.whatsapp_identity_plan[]
language plpgsql
stable
-- Planning costs ten times what the query does.
set plan_cache_mode = force_generic_plan
as $$
begin
  return (
with epoch as materialized (
  select e.key, s.valid_from, e.valid_until, e.person, e.is_current
  from onethread.identity_epochs(p_state, p_keys) e
  -- What an erased person had is nobody's.
  cross join lateral (
    select onethread.after_erasure(p_business_id, e.key, e.valid_from) as valid_from
  ) s
  where s.valid_from < coalesce(e.valid_until, 'infinity')
),
held as materialized (
  select
    k.key, i.id, i.valid_from, i.valid_until, i.is_current, i.conversation_id,
    bool_or(i.conversation_id is not null) over (partition by k.key) as is_key_in_use
  from unnest(p_keys) as k (key)
  cross join lateral onethread.key_address(k.key) as a
  cross join lateral (
    select i.id, i.valid_from, i.valid_until, i.is_current, i.conversation_id
    from public.whatsapp_identity i
    where i.business_id = p_business_id
      and i.kind = a.kind
      and i.scope = a.scope
      and i.match_value = a.match_value
    -- Here and below: a probe for each. Joined, a table without statistics would be read whole.
    offset 0
  ) i
),
placed as (
  select h.id, h.key, h.conversation_id, h.valid_from = e.valid_from as is_exact,
    e.valid_from as epoch_from, e.person
  from held h
  cross join lateral (
    select e.valid_from, e.person
    from epoch e
    where e.key = h.key and e.valid_from <= h.valid_from
    order by e.valid_from desc
    limit 1
  ) e
),
kept as (
  select distinct on (p.key, p.epoch_from) p.key, p.epoch_from, p.id
  from placed p
  order by p.key, p.epoch_from, p.is_exact desc, p.id
),
-- Whose is a conversation? It goes with its oldest identity.
owned as (
  select distinct on (p.conversation_id) p.conversation_id, p.person
  from placed p
  where p.conversation_id is not null
    and not exists (
      select
      from public.whatsapp_identity other
      where other.business_id = p_business_id
        and other.conversation_id = p.conversation_id
        and other.id < p.id
        and other.id not in (select h.id from held h)
      offset 0
    )
  order by p.conversation_id, p.id
),
chosen as (
  select distinct on (o.person) o.person, c.id as conversation_id
  from owned o
  cross join lateral (
    select c.id, c.lead_id, c.created_at
    from public.whatsapp_conversation c
    where c.business_id = p_business_id and c.id = o.conversation_id
    offset 0
  ) c
  order by o.person, c.id is not distinct from p_survivor_id desc, c.lead_id is null,
    c.created_at, c.id
),
planned as (
  select
    e.key, e.valid_from, e.valid_until, e.is_current, e.person, h.id,
    h.conversation_id as old_conversation_id, c.conversation_id,
    (h.valid_from, h.valid_until, h.is_current, h.conversation_id) is distinct from
      (e.valid_from, e.valid_until, e.is_current, c.conversation_id) as is_changed,
    exists (select from held u where u.key = e.key and u.is_key_in_use) as is_key_in_use
  from epoch e
  left join kept k on k.key = e.key and k.epoch_from = e.valid_from
  left join held h on h.id = k.id
  left join chosen c on c.person = e.person
  where exists (select from held u where u.key = e.key)
  union all
  select h.key, null, null, null, null, h.id, h.conversation_id, null, true, h.is_key_in_use
  from held h
  where h.id not in (select k.id from kept k)
)
select coalesce(
  array_agg(
    row(
      p.key, p.valid_from, p.valid_until, p.is_current, p.person, p.id, p.old_conversation_id,
      p.conversation_id, p.is_changed,
      p.is_changed and p.is_key_in_use
        and not (p.id is not null and p.old_conversation_id is null and p.valid_from is not null)
    )::onethread.whatsapp_identity_plan
    order by p.key collate "C", p.valid_from),
  '{}')
from planned p
  );
end;
$$;

comment on function onethread.plan_identities(
  bigint, text[], onethread.whatsapp_resolution, bigint) is
  'The epochs of a component''s identifiers beside the rows that hold them now; survivor_id: the '
  'conversation that is to be kept if it is among them, null: by the rule.';
