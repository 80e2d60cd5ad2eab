-- What their rows say about messages that are stored already: statuses, deletes, reactions.
create or replace function onethread_bridge.take_events(
  p_bridge text, p_relation text, p_rows onethread_bridge.event[], p_is_history boolean
)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
as $$
begin
  if p_rows = '{}' then
    return;
  end if;
  insert into public.whatsapp_message_event (
    business_id, kind, provider, provider_message_id, address, target_direction, actor,
    is_from_business, body, is_time_known, occurred_at
  )
  select
    onethread_bridge.find_business(p_bridge, coalesce(e.tenant, '')),
    e.kind, e.provider, e.provider_message_id, e.address, e.target_direction, e.actor,
    coalesce(e.is_from_business, false), e.body, e.occurred_at is not null,
    coalesce(e.occurred_at, now())
  from unnest(p_rows) as e
  where e.kind <> '' and e.provider_message_id <> ''
  order by e.provider_message_id collate "C", e.kind collate "C"
  on conflict do nothing;
end;
$$;

comment on function onethread_bridge.take_events(
  text, text, onethread_bridge.event[], boolean) is
  'Stores what their rows say about messages as events.';
