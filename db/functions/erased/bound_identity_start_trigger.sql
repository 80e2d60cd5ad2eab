-- An identifier that appears again, when it was somebody's before, begins where theirs ended: a
-- former owner's epoch, or the erasure of an erased one.
--
-- Who makes a row only to hold it gives no beginning, and may not come to ask the rule
-- (lock_current_identity(), lock_newcomers()). The rule's own epochs do not overlap anyway.
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
set enable_seqscan = off
set jit = off
as $$
declare
  v_key text := onethread.identity_key(new);
begin
  if new.valid_until is null then
    new.valid_from := greatest(
      new.valid_from,
      (
        select max(i.valid_until)
        from public.whatsapp_identity i
        where i.business_id = new.business_id
          and i.match_value = new.match_value
          and i.kind = new.kind
          and i.scope = new.scope
      ));
  end if;
  new.valid_from := onethread.after_erasure(new.business_id, v_key, new.valid_from);
  return new;
end;
$$;

comment on function onethread.bound_identity_start_trigger() is
  'BEFORE INSERT on whatsapp_identity: valid_from is not before the end of a former owner''s epoch, '
  'nor before the erasure of whoever had the identifier.';
