-- An event is stored with a time that can be. Before anything else looks at it.
--
-- A time that cannot be is none: the event is the same whenever it is repeated. What an UPDATE does not
-- change is left as it is stored.
--
-- Called by the trigger zzz_onethread_event_05_bound.
create or replace function onethread.bound_event_times_trigger()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if tg_op = 'INSERT' or new.created_at is distinct from old.created_at then
    new.created_at := onethread.plausible_time(new.created_at, old.created_at);
  end if;
  if (tg_op = 'INSERT' or new.occurred_at is distinct from old.occurred_at)
    and onethread.is_plausible_time(new.occurred_at) is not true
  then
    new.occurred_at := onethread.plausible_time(new.created_at, now());
    new.is_time_known := false;
  end if;
  return new;
end;
$$;

comment on function onethread.bound_event_times_trigger() is
  'BEFORE INSERT or UPDATE on whatsapp_message_event: occurred_at becomes the time of insertion when '
  'it is null or cannot be.';
