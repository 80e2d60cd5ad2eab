-- Make whatsapp_identity, and the threads, say what the evidence says about these identifiers.
--
-- Whoever waits here may itself be in somebody's way (a lead being changed): it waits only a
-- moment, and what cannot be done now stays pending.
create or replace function onethread.apply_identities(
  p_business_id bigint,
  p_keys text[],
  p_addresses onethread.whatsapp_address[],
  p_max_moved int
)
returns boolean
language plpgsql
set lock_timeout = '100ms'
as $$
declare
  v_keys text[];
begin
  v_keys := onethread.lock_component(p_business_id, p_keys, p_addresses);
  return v_keys is not null
    and onethread.apply_component(
      p_business_id, v_keys, row(p_keys, p_max_moved, null, null, null)::onethread.occasion);
exception when lock_not_available or deadlock_detected then
  return false;
end;
$$;

comment on function onethread.apply_identities(
  bigint, text[], onethread.whatsapp_address[], int) is
  'Applies all evidence about the identifiers and whom it connects them with. False: not now (locks '
  'not to be had within a moment, another isolation level than READ COMMITTED, more than max_moved '
  'messages to move); the evidence is pending then. addresses: how the identifiers were spelled.';
