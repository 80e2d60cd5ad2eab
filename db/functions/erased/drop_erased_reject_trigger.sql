-- A payload of which something is not read, or that is closed, is not kept when it names an erased
-- person who is not back.
--
-- Called by the trigger zzz_onethread_reject_10_refuse_erased.
create or replace function onethread.drop_erased_reject_trigger()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
begin
  if not exists (select from onethread.erasure_secret s where s.business_id = new.business_id) then
    return new;
  end if;
  return case when not exists (
    select
    from onethread.named_keys(new.payload, null) as n
    where onethread.is_forgotten(new.business_id, n.key)
  ) then new end;
end;
$$;

comment on function onethread.drop_erased_reject_trigger() is
  'BEFORE INSERT on webhook_reject of what is not read or closed: drops it when it names an erased '
  'person. What could not be processed may hold a new message, and is kept.';
