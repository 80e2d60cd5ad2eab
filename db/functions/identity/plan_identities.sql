-- What has to change in whatsapp_identity so that it says what the rule says.
--
-- Each epoch is held by one row: the one that begins with it, else the oldest that is in it, else a
-- new one. Rows that hold none go away.
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
declare
  v_identities public.whatsapp_identity[] := array(
    select i from onethread.key_identities(p_business_id, p_keys) as i);
  v_epochs onethread.whatsapp_identity_plan[] := onethread.plan_epochs(
    p_business_id, p_keys, p_state, v_identities);
  v_used_keys text[] := array(
    select onethread.identity_key(i)
    from unnest(v_identities) as i
    where i.conversation_id is not null);
begin
  return array(
    with holder as (
      select distinct on (p.key, p.valid_from) p.key, p.valid_from, p.identity_id
      from onethread.place_identities(v_epochs, v_identities) as p
      order by p.key, p.valid_from, p.is_exact desc, p.identity_id
    ),
    planned as (
      select
        e.key, e.valid_from, e.valid_until, e.is_current, e.person, i.id,
        i.conversation_id as old_conversation_id, c.conversation_id,
        (i.valid_from, i.valid_until, i.is_current, i.conversation_id) is distinct from
          (e.valid_from, e.valid_until, e.is_current, c.conversation_id) as is_changed
      from unnest(v_epochs) as e
      left join holder h on h.key = e.key and h.valid_from = e.valid_from
      left join unnest(v_identities) as i on i.id = h.identity_id
      left join onethread.kept_conversations(
        p_business_id, v_epochs, v_identities, p_survivor_id) as c on c.person = e.person
      union all
      select
        onethread.identity_key(i), null, null, null, null, i.id, i.conversation_id, null, true
      from unnest(v_identities) as i
      where i.id not in (select h.identity_id from holder h)
    )
    select row(
      p.key, p.valid_from, p.valid_until, p.is_current, p.person, p.id, p.old_conversation_id,
      p.conversation_id, p.is_changed,
      -- A row that only gets its first conversation moves nothing.
      p.is_changed and p.key = any (v_used_keys)
        and (p.id is null or p.valid_from is null or p.old_conversation_id is not null)
    )::onethread.whatsapp_identity_plan
    from planned p
    order by p.key collate "C", p.valid_from
  );
end;
$$;

comment on function onethread.plan_identities(
  bigint, text[], onethread.whatsapp_resolution, bigint) is
  'The epochs of a component''s identifiers beside the rows that hold them now; survivor_id: the '
  'conversation that is to be kept if it is among them, null: by the rule.';
