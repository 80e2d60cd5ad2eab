-- Evidence is stored with times that can be. Before anything else looks at it.
--
-- Whoever says that something was so at the beginning of time, or before it, says that it was always
-- so. Every other time is held to what can be, as that of a message. What an UPDATE does not change is
-- left as it is stored.
--
-- Called by the trigger zzz_onethread_evidence_05_bound.
create or replace function onethread.bound_evidence_times_trigger()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if tg_op = 'INSERT' or new.created_at is distinct from old.created_at then
    new.created_at := onethread.plausible_time(new.created_at, old.created_at);
  end if;
  if tg_op = 'INSERT' or new.observed_at is distinct from old.observed_at then
    new.observed_at := case
      when new.observed_at <= '1970-01-01 00:00+00' then '1970-01-01 00:00+00'
      else onethread.plausible_time(new.observed_at, new.created_at)
    end;
  end if;
  new.a_at := onethread.storable_time(new.a_at);
  new.b_at := onethread.storable_time(new.b_at);
  new.applied_at := onethread.storable_time(new.applied_at);
  return new;
end;
$$;

comment on function onethread.bound_evidence_times_trigger() is
  'BEFORE INSERT or UPDATE on whatsapp_identity_evidence: observed_at becomes the beginning of time '
  'when it is not after it, and the time of insertion when it is null or cannot be.';
