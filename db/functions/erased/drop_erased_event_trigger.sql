-- What happened to an erased person's messages is not stored again either.
--
-- Called by the trigger zzz_onethread_event_10_refuse_erased.
create or replace function onethread.drop_erased_event_trigger()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
declare
  v_text text;
  v_key text;
begin
  if not exists (select from onethread.erasure_secret s where s.business_id = new.business_id) then
    return new;
  end if;
  foreach v_text in array array_remove(array[new.address, new.actor], null) loop
    v_key := onethread.address_key(
      onethread.read_business_address(new.business_id, new.provider, v_text));
    if onethread.is_erased(new.business_id, v_key, new.occurred_at)
      or not new.is_time_known and onethread.is_forgotten(new.business_id, v_key)
    then
      return null;
    end if;
  end loop;
  return new;
end;
$$;

comment on function onethread.drop_erased_event_trigger() is
  'BEFORE INSERT on whatsapp_message_event: drops an event under an erased person''s address or by '
  'one, from before the erasure; one without a time until the person is back.';
