-- First contact of many people at once: those of whom nothing else is known (pick_newcomers) get
-- what resolve_conversation() would give them. "offset 0": see attach_messages().
create or replace function onethread.welcome_newcomers(
  p_business_id bigint,
  p_unsettled onethread.whatsapp_unlinked[]
)
returns void
language plpgsql
set plan_cache_mode = 'force_custom_plan'
as $$
declare
  v_newcomers onethread.whatsapp_unlinked[];
begin
  perform onethread.lock_newcomers(p_business_id, p_unsettled);
  v_newcomers := onethread.pick_newcomers(p_business_id, p_unsettled);

  with newcomer as materialized (
    select
      n.message_id, n.lead_id, n.address,
      onethread.canonical_key(p_business_id, n.lead_id, (n.address).kind, (n.address).value) as name
    from unnest(v_newcomers) as n
  ), created as (
    insert into public.whatsapp_conversation (business_id, kind, canonical_key, lead_id)
    select
      p_business_id,
      case when (n.address).kind in ('phone', 'lid', 'bsuid') then 'person'
        else (n.address).kind end,
      n.name, n.lead_id
    from newcomer n
    order by n.message_id
    on conflict (business_id, canonical_key) where canonical_key is not null do nothing
    returning id, canonical_key
  ), target as materialized (
    select i.id, coalesce(c.id, made.id) as conversation_id
    from newcomer n
    cross join lateral (
      select o.id
      from public.whatsapp_identity o
      where o.business_id = p_business_id
        and o.kind = (n.address).kind
        and o.scope = (n.address).scope
        and o.match_value = (n.address).match_value
        and o.valid_until is null
      offset 0
    ) i
    left join created c on c.canonical_key = n.name
    -- Made by a program, before there was a message.
    left join lateral (
      select o.id
      from public.whatsapp_conversation o
      where o.business_id = p_business_id and o.canonical_key = n.name
      offset 0
    ) made on true
  )
  update public.whatsapp_identity i
  set conversation_id = t.conversation_id
  from target t
  where i.business_id = p_business_id
    and i.id = t.id;

  perform onethread.record_newcomers(p_business_id, v_newcomers);
end;
$$;

comment on function onethread.welcome_newcomers(bigint, onethread.whatsapp_unlinked[]) is
  'Creates the conversations of those of the messages'' people of whom nothing is known but an '
  'address and a lead.';
