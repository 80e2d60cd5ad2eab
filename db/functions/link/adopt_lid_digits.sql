-- A LID comes up for the first time, and there is a thread of its digits as a phone: a gateway wrote
-- them with a phone's server. Where they can be no phone they have been the LID's all along, so that
-- the phone's identity, with its thread, becomes the LID's.
--
-- Not when evidence says anything of that phone, or others hold it: then claim_lid_digits() asks a
-- human. The caller holds the LID, whose row nothing refers to yet.
create or replace function onethread.adopt_lid_digits(
  p_business_id bigint,
  p_lid onethread.whatsapp_address
)
returns void
language plpgsql
set lock_timeout = '100ms'
as $$
declare
  v_phone constant onethread.whatsapp_address := onethread.digits_twin(p_lid);
  v_identity_id bigint;
begin
  if p_lid.kind <> 'lid' then
    return;
  end if;
  select i.id into v_identity_id
  from public.whatsapp_identity i
  where i.business_id = p_business_id
    and i.kind = 'phone'
    and i.scope = ''
    and i.match_value = v_phone.match_value
    and i.valid_until is null
    and i.valid_from = '1970-01-01 00:00+00'
    and i.conversation_id is not null;
  if not found
    or onethread.phone_status(v_phone.value, null) <> 'impossible'
    or onethread.has_evidence(p_business_id, onethread.address_key(v_phone))
  then
    return;
  end if;

  begin
    perform
    from public.whatsapp_identity i
    where i.business_id = p_business_id
      and i.id = v_identity_id
      and i.kind = 'phone'
      and i.valid_until is null
    for no key update;
    if not found then
      return;
    end if;
    delete from public.whatsapp_identity i
    where i.business_id = p_business_id
      and i.kind = 'lid'
      and i.scope = ''
      and i.match_value = p_lid.match_value
      and i.valid_until is null
      and i.conversation_id is null;
    if found then
      update public.whatsapp_identity i
      set kind = 'lid', value = p_lid.value, match_value = p_lid.match_value
      where i.business_id = p_business_id
        and i.id = v_identity_id;
    end if;
  exception when lock_not_available or deadlock_detected then
    return;
  end;
end;
$$;

comment on function onethread.adopt_lid_digits(bigint, onethread.whatsapp_address) is
  'Makes the identity of the phone that is a new LID''s digits, and no possible number, the LID''s. '
  'Nothing for an address that is no LID.';
