-- Hold the sides of claims so that nobody else is giving them a thread or an account, if that takes no
-- more than a moment for each, or none of them.
--
-- A first contact holds a known phone for share (lock_current_identity), as every message does.
create or replace function onethread.try_hold_sides(p_business_id bigint, p_keys text[])
returns boolean
language plpgsql
set lock_timeout = '100ms'
as $$
declare
  v_key text;
  v_address onethread.whatsapp_address;
begin
  perform onethread.lock_keys(p_business_id, p_keys, '{}');
  for v_key in select k.key from unnest(p_keys) as k (key) order by k.key collate "C" loop
    continue when onethread.is_lead_key(v_key);
    v_address := onethread.key_address(v_key);
    perform
    from public.whatsapp_identity i
    where i.business_id = p_business_id
      and i.kind = v_address.kind
      and i.scope = v_address.scope
      and i.match_value = v_address.match_value
      and i.valid_until is null
    for no key update;
  end loop;
  return true;
exception when lock_not_available or deadlock_detected then
  return false;
end;
$$;

comment on function onethread.try_hold_sides(bigint, text[]) is
  'Locks today''s identities of the keys for no key update, and their leads; false, and none of them '
  'held, when one was not to be had within 100 ms.';
