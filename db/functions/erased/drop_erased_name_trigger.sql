-- What an erased person was called is not stored again.
--
-- Called by the trigger zzz_onethread_name_10_refuse_erased.
create or replace function onethread.drop_erased_name_trigger()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
begin
  if exists (select from onethread.erasure_secret s where s.business_id = new.business_id)
    and (
      onethread.is_erased(new.business_id, new.key, new.told_at)
      or onethread.is_forgotten(new.business_id, new.key)
    )
  then
    return null;
  end if;
  return new;
end;
$$;

comment on function onethread.drop_erased_name_trigger() is
  'BEFORE INSERT on contact_name: drops a name that an erased person was given before the erasure, or '
  'while they are not back.';
