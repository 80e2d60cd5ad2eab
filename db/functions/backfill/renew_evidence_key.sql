-- What one side of stored evidence names by the phone functions of today.
--
-- A phone is known by its identity, whose value is the number that was seen; only what a person
-- typed is read again.
--
-- Variables have the collation of the call's arguments, and the keys of evidence are "C": compared with
-- that, match_value would be looked up in no index.
create or replace function onethread.renew_evidence_key(
  p_business_id bigint,
  p_raw text,
  p_key text
)
returns text
language plpgsql
stable
as $$
declare
  v_match_value text collate "default";
  v_key text;
begin
  if p_key is null or not onethread.is_phone_key(p_key) then
    return p_key;
  end if;
  if onethread.is_typed_number(p_raw) then
    v_key := onethread.evidence_key(p_business_id, p_raw);
    if onethread.is_phone_key(v_key) then
      return v_key;
    end if;
  end if;

  v_match_value := (onethread.key_address(p_key)).match_value;
  return onethread.identifier_key('phone', '', onethread.phone_match_key(coalesce(
    (
      select i.value
      from public.whatsapp_identity i
      where i.business_id = p_business_id
        and i.kind = 'phone'
        and i.scope = ''
        and i.match_value = v_match_value
      order by i.valid_until is null desc, i.id
      limit 1
    ),
    v_match_value)));
end;
$$;

comment on function onethread.renew_evidence_key(bigint, text, text) is
  'The identifier_key() that a_key or b_key of evidence is to be; another one only when the phone '
  'functions have changed.';
