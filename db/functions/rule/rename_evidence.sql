-- A row of evidence with another name for one of its phones.
create or replace function onethread.rename_evidence(
  p_evidence public.whatsapp_identity_evidence,
  p_key text,
  p_new_key text
)
returns public.whatsapp_identity_evidence
language plpgsql
immutable
parallel safe
as $$
begin
  if p_evidence.a_key = p_key then
    p_evidence.a_key := p_new_key;
  end if;
  if p_evidence.b_key = p_key then
    p_evidence.b_key := p_new_key;
  end if;
  return p_evidence;
end;
$$;

comment on function
  onethread.rename_evidence(public.whatsapp_identity_evidence, text, text) is
  'The row with key replaced by new_key on either side.';
