-- A gateway wrote a LID with a phone's server (WhiskeySockets/Baileys#1832): whose is it then?
--
-- Only where the digits can be no phone; else they are one, and claim_lid_digits() asks a human.
create or replace function onethread.find_lid_of_digits(
  p_business_id bigint,
  p_phone onethread.whatsapp_address
)
returns onethread.whatsapp_address
language plpgsql
stable
as $$
declare
  v_lid constant onethread.whatsapp_address := onethread.digits_twin(p_phone);
begin
  if p_phone.kind = 'phone'
    and exists (
      select
      from public.whatsapp_identity i
      where i.business_id = p_business_id
        and i.kind = 'lid'
        and i.scope = ''
        and i.match_value = v_lid.match_value
        and i.valid_until is null
    )
    and onethread.phone_status(p_phone.value, null) = 'impossible'
  then
    return v_lid;
  end if;
  return null;
end;
$$;

comment on function onethread.find_lid_of_digits(bigint, onethread.whatsapp_address) is
  'The business''s LID that has a phone''s digits, when they are no possible number; else null.';
