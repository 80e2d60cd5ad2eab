-- What rows of messages say of their state: a status of what was sent, a delete by its author. Both are
-- events, which are stored once however often they are said.
create or replace function onethread_bridge.take_states(
  p_bridge text, p_rows onethread_bridge.message[]
)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
begin
  insert into public.whatsapp_message_event (
    business_id, kind, provider, provider_message_id, address, target_direction, actor,
    is_from_business, is_time_known
  )
  select
    t.business_id, e.kind, s.provider, s.provider_message_id, s.address, s.direction,
    case when e.kind = 'revoked' and s.direction = 'inbound' then s.participant end,
    e.kind = 'revoked' and s.direction = 'outbound', false
  from unnest(p_rows) as s
  inner join onethread_bridge.tenant t on t.bridge = p_bridge and t.key = coalesce(s.tenant, '')
  cross join lateral (
    values
      (case when s.direction = 'outbound' then s.status end),
      (case when s.is_deleted then 'revoked' end)
  ) as e (kind)
  where e.kind in ('sent', 'delivered', 'read', 'played', 'failed', 'revoked')
    and s.provider_message_id is not null
  order by s.provider_message_id collate "C", e.kind collate "C"
  on conflict do nothing;
end;
$$;

comment on function onethread_bridge.take_states(text, onethread_bridge.message[]) is
  'Stores what these rows say of messages as events.';
