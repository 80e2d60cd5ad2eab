-- Why does a statement say nothing about a person? Null: it does say something.
create or replace function onethread.inert_evidence_reason(
  p_evidence public.whatsapp_identity_evidence
)
returns text
language plpgsql
stable
as $$
declare
  v_key text;
begin
  if p_evidence.a_key is null then
    return 'a identifies nobody';
  elsif p_evidence.b_key is null
    and (p_evidence.b is not null or p_evidence.relation <> 'replaced')
  then
    return 'b identifies nobody';
  elsif p_evidence.b_key is null and p_evidence.weight = 'claimed' then
    return 'a claim ends no phone';
  elsif p_evidence.b_key is null and not onethread.is_phone_key(p_evidence.a_key) then
    return 'only a phone can end without another';
  elsif p_evidence.a_key = p_evidence.b_key then
    return 'a and b are one identifier';
  end if;

  foreach v_key in array array_remove(array[p_evidence.a_key, p_evidence.b_key], null) loop
    if split_part(v_key, ':', 1) not in ('phone', 'lid', 'bsuid', 'lead') then
      return 'a ' || split_part(v_key, ':', 1) || ' is not a person';
    elsif onethread.is_own_address(p_evidence.business_id, onethread.key_address(v_key)) then
      return 'it names a number of the business itself';
    end if;
  end loop;
  return null;
end;
$$;

comment on function onethread.inert_evidence_reason(public.whatsapp_identity_evidence) is
  'Reason for inert_reason: unreadable, the same twice, a group, an own number; null for evidence '
  'that counts.';
