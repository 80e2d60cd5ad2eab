-- After evidence is stored: apply it, or leave it pending.
--
-- The identities are claimed even when nobody has messaged yet: their rows are where this evidence
-- and a first message in another session meet, so that one of the two sees the other. Waits only a
-- moment: the row may come from a transaction that is in somebody's way (a lead being changed).
create or replace function public.apply_evidence()
returns trigger
language plpgsql
security definer
set search_path = public, pg_temp
set lock_timeout = '100ms'
as $$
declare
  v_keys text[] := array_remove(array[new.a_key, new.b_key], null);
begin
  if exists (select from public.business b where b.id = new.business_id) then
    perform public.claim_identities(
      new.business_id,
      array(
        select row(a.kind, a.scope, coalesce(w.value, a.value), a.match_value)::public.whatsapp_address
        from (values (new.a_key, new.a), (new.b_key, new.b)) as side (key, raw)
        cross join lateral public.key_address(side.key) as a
        left join lateral public.whatsapp_identifier(
          side.raw, public.address_region(new.business_id, null, side.raw)) as w on true
        where left(side.key, 5) <> 'lead:'
      ));
    perform public.apply_identities(new.business_id, v_keys, 5000);
  end if;
  return null;
exception when lock_not_available or deadlock_detected then
  return null;
end;
$$;

comment on function public.apply_evidence() is
  'AFTER INSERT OR UPDATE OF observed_at on whatsapp_identity_evidence: applies the row; it stays '
  'pending (applied_at null) when that is not possible at the moment.';
