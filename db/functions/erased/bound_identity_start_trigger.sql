-- An identifier of an erased person that appears again begins at the erasure.
--
-- The fast path compares valid_from with sent_at anyway: so it leaves older messages, which are
-- replayed, to the long way, where they are refused, and asks nothing itself.
--
-- Called by the trigger zzz_onethread_identity_10_start.
create or replace function onethread.bound_identity_start_trigger()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  new.valid_from := onethread.after_erasure(
    new.business_id, onethread.identity_key(new), new.valid_from);
  return new;
end;
$$;

comment on function onethread.bound_identity_start_trigger() is
  'BEFORE INSERT on whatsapp_identity: valid_from is not before the erasure of whoever had the '
  'identifier.';
