-- After evidence is stored: apply it, or leave it pending.
--
-- The identities are created even when nobody has messaged yet: their rows are where this evidence
-- and a first message in another session meet, so that one of the two sees the other.
--
-- Called by the triggers whatsapp_identity_evidence_20_apply and
-- whatsapp_identity_evidence_21_reapply.
create or replace function onethread.apply_evidence_trigger()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
begin
  if exists (select from public.business b where b.id = new.business_id) then
    perform onethread.apply_identities(
      new.business_id,
      array_remove(array[new.a_key, new.b_key], null),
      array(
        select row(a.kind, a.scope, coalesce(w.value, a.value), a.match_value)::onethread.whatsapp_address
        from (values (new.a_key, new.a), (new.b_key, new.b)) as side (key, raw)
        cross join lateral onethread.key_address(side.key) as a
        -- The text says how to write to it only when it is read as what the key names.
        left join lateral onethread.read_business_address(
          new.business_id, null, side.raw) as w
          on onethread.address_key(w) = side.key
        where not onethread.is_lead_key(side.key)
      ),
      onethread.max_moved_messages());
  end if;
  return null;
end;
$$;

comment on function onethread.apply_evidence_trigger() is
  'AFTER INSERT OR UPDATE OF observed_at on whatsapp_identity_evidence: applies the row; it stays '
  'pending (applied_at null) when that is not possible at the moment.';
