-- Keep the suggestions in step with where identifiers lead now: one step from those just written.
--
-- Either side of a claim may be getting its first thread, or its thread another account, in another
-- session, which looks for this claim in turn: one of the two has to see both. So both sides are held,
-- more strongly than a message holds its person. They are found late, and out of order: when they are
-- not to be had within a moment, the claim stays pending.
create or replace function onethread.write_suggestions(p_business_id bigint, p_keys text[])
returns void
language plpgsql
as $$
declare
  v_claims constant public.whatsapp_identity_evidence[] := array(
    select e from onethread.claimed_evidence(p_business_id, p_keys) as e order by e.id);
  v_sides text[];
  v_is_settled boolean := current_setting('transaction_isolation') = 'read committed';
  v_claim public.whatsapp_identity_evidence;
begin
  if v_claims = '{}' then
    return;
  end if;
  v_sides := array(
    select distinct s.key
    from unnest(v_claims) as c
    cross join lateral (values (c.a_key), (c.b_key)) as s (key));
  v_is_settled := onethread.try_hold_sides(p_business_id, v_sides) and v_is_settled;
  foreach v_claim in array v_claims loop
    perform onethread.write_suggestion(v_claim);
    if v_is_settled <> (v_claim.applied_at is not null) then
      perform
      from public.whatsapp_identity_evidence e
      where e.business_id = p_business_id and e.id = v_claim.id
      for no key update skip locked;
      continue when not found;
      update public.whatsapp_identity_evidence e
      set applied_at = case when v_is_settled then clock_timestamp() end
      where e.business_id = p_business_id and e.id = v_claim.id;
    end if;
  end loop;
end;
$$;

comment on function onethread.write_suggestions(bigint, text[]) is
  'Opens and settles the suggestions of the claims that name one of the keys, which are held; a '
  'claim whose other side is not to be had stays pending.';
