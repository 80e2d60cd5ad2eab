-- Hold them if that takes no more than a moment for each, or none of them.
create or replace function onethread.try_lock_keys(
  p_business_id bigint,
  p_keys text[],
  p_addresses onethread.whatsapp_address[]
)
returns boolean
language plpgsql
set lock_timeout = '100ms'
as $$
begin
  perform onethread.lock_keys(p_business_id, p_keys, p_addresses);
  return true;
exception when lock_not_available or deadlock_detected then
  return false;
end;
$$;

comment on function onethread.try_lock_keys(bigint, text[], onethread.whatsapp_address[]) is
  'lock_keys(), but false, and none of them held, when one was not to be had within 100 ms.';
