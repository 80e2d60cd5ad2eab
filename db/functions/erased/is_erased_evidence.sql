-- Is this what somebody still says about an erased person?
--
-- Gateways repeat their address book without a time: until the person writes or is written to
-- again, under whichever of the two names, nothing is learned. A lead's record is the business's
-- own word, and counts.
create or replace function onethread.is_erased_evidence(
  p_evidence public.whatsapp_identity_evidence
)
returns boolean
language plpgsql
stable
as $$
declare
  v_key text;
  v_is_forgotten boolean := false;
  v_is_back boolean := false;
begin
  if onethread.is_lead_key(p_evidence.a_key) or onethread.is_lead_key(p_evidence.b_key) then
    return false;
  end if;
  foreach v_key in array array_remove(array[p_evidence.a_key, p_evidence.b_key], null) loop
    if onethread.is_erased(p_evidence.business_id, v_key, p_evidence.observed_at) then
      return true;
    elsif exists (select from onethread.erased_times(p_evidence.business_id, v_key)) then
      v_is_back := v_is_back or onethread.has_current_identity(p_evidence.business_id, v_key);
      v_is_forgotten := v_is_forgotten or not v_is_back;
    end if;
  end loop;
  return v_is_forgotten and not v_is_back;
end;
$$;

comment on function onethread.is_erased_evidence(public.whatsapp_identity_evidence) is
  'True when a side was an erased person''s at observed_at, or is one''s who is not back.';
