-- Hold everybody whom evidence connects with these identifiers, as they are.
--
-- In one order for all sessions, so that nobody waits in a circle. Who holds them knows that no
-- first message of theirs is under way. Evidence that came meanwhile may name somebody who is
-- earlier in the order: whoever holds that one may wait for us, so we wait for them a moment only.
create or replace function onethread.lock_component(
  p_business_id bigint,
  p_keys text[],
  p_addresses onethread.whatsapp_address[]
)
returns text[]
language plpgsql
as $$
declare
  v_keys text[] := onethread.identity_component(p_business_id, p_keys);
  v_grown text[];
begin
  perform onethread.lock_keys(p_business_id, v_keys, p_addresses);
  loop
    v_grown := onethread.identity_component(p_business_id, v_keys);
    exit when v_grown <@ v_keys;
    if not onethread.try_lock_keys(
      p_business_id, array(select unnest(v_grown) except select unnest(v_keys)), p_addresses)
    then
      return null;
    end if;
    v_keys := v_grown;
  end loop;
  return v_keys;
end;
$$;

comment on function onethread.lock_component(bigint, text[], onethread.whatsapp_address[]) is
  'Locks the keys and all that evidence connects with them (lock_keys) and returns these keys, in '
  'byte order; null: the given keys are held, but not everybody. addresses: how keys were spelled.';
