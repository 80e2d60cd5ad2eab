-- Is this what somebody still says about an erased person?
--
-- Gateways repeat their address book without a time: until the person writes or is written to
-- again, nothing is learned. A lead's record is the business's own word, and counts.
create or replace function public.is_erased_evidence(
  p_evidence public.whatsapp_identity_evidence
)
returns boolean
language plpgsql
stable
as $$
declare
  v_keys text[] := array_remove(array[p_evidence.a_key, p_evidence.b_key], null);
begin
  return not exists (select from unnest(v_keys) as k (key) where left(k.key, 5) = 'lead:')
    and exists (
      select
      from unnest(v_keys) as k (key)
      where public.is_erased(p_evidence.business_id, k.key, p_evidence.observed_at)
        or public.is_forgotten(p_evidence.business_id, k.key)
    );
end;
$$;

comment on function public.is_erased_evidence(public.whatsapp_identity_evidence) is
  'True when a side was an erased person''s at observed_at, or is one''s who is not back.';
