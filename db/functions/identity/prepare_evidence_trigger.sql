-- Before evidence is stored: read its identifiers, put them in order, and keep each statement once.
--
-- Nothing raises for an identifier that cannot be read: the row is kept with the reason. A key that
-- is given is kept: our own functions have read the address already, and a dump has what was read
-- then. A number that is read twice may become another one. onethread_writer may not give keys: it
-- says who, and what that names is said here.
--
-- Called by the trigger zzz_onethread_evidence_10_prepare.
create or replace function onethread.prepare_evidence_trigger()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
begin
  new.observed_at := coalesce(new.observed_at, now());
  new.a_key := coalesce(new.a_key, onethread.evidence_key(new.business_id, new.a));
  new.b_key := coalesce(new.b_key, onethread.evidence_key(new.business_id, new.b));
  if onethread.is_erased_evidence(new) then
    return null;
  end if;
  new.inert_reason := onethread.inert_evidence_reason(new);
  if new.inert_reason is not null then
    new.a_key := null;
    new.b_key := null;
    new.applied_at := now();
    return case when not onethread.is_stored_evidence(new) then new end;
  end if;

  -- A phone and an account do not replace each other: somebody has both.
  if new.relation = 'replaced'
    and (
      onethread.is_phone_key(new.a_key) and onethread.is_account_key(new.b_key)
      or onethread.is_account_key(new.a_key) and onethread.is_phone_key(new.b_key)
    )
  then
    new.relation := 'same';
  end if;
  new := onethread.order_sides(new);

  perform onethread.repeat_evidence(new);
  return case when not onethread.is_stored_evidence(new) then new end;
end;
$$;

comment on function onethread.prepare_evidence_trigger() is
  'BEFORE INSERT on whatsapp_identity_evidence: sets a_key, b_key, inert_reason; a statement that is '
  'stored already only gets the earlier of the two times, different the later; one about an erased '
  'person is dropped.';
