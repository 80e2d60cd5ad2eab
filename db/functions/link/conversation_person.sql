-- Whose is a conversation that another program makes? Its key says so, else its lead's phone. A number
-- of the business itself says nothing.
create or replace function onethread.conversation_person(
  p_conversation public.whatsapp_conversation,
  out address onethread.whatsapp_address,
  out lead_id bigint
)
language plpgsql
stable
as $$
declare
  v_phone text;
begin
  select l.id, l.phone_match_value
  into lead_id, v_phone
  from public.lead l
  where l.business_id = p_conversation.business_id
    and l.id = coalesce(
      p_conversation.lead_id,
      onethread.read_conversation_lead(p_conversation.business_id, p_conversation.canonical_key));
  address := onethread.read_conversation_key(
    p_conversation.business_id, p_conversation.canonical_key);
  if address is null or onethread.is_own_address(p_conversation.business_id, address) then
    address := case when v_phone is not null then row('phone', '', v_phone, v_phone) end;
  end if;
  if onethread.is_own_address(p_conversation.business_id, address) then
    address := null;
  end if;
end;
$$;

comment on function onethread.conversation_person(public.whatsapp_conversation) is
  'The address that a conversation''s key names, else its lead''s phone, and the lead, if there is '
  'such a one in this business; nulls when neither can be read.';
