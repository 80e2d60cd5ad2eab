-- Why is there nobody to answer in a conversation?
create or replace function onethread.explain_no_address(
  p_business_id bigint,
  p_conversation_id bigint
)
returns text
language plpgsql
stable
as $$
declare
  v_message public.whatsapp_message :=
    onethread.last_inbound_message(p_business_id, p_conversation_id);
  v_text text := (onethread.asked_addresses(v_message))[1];
  v_address onethread.whatsapp_address := onethread.read_business_address(
    p_business_id, v_message.provider, v_text);
begin
  return case
    when onethread.current_conversation(p_business_id, v_address) is distinct from p_conversation_id
      and v_text is not null
      then format('%s is not theirs any more, and no other address of theirs is known', v_text)
    when exists (
      select
      from public.whatsapp_identity i
      where i.business_id = p_business_id
        and i.conversation_id = p_conversation_id
        and i.valid_until is null
    ) then 'no address of theirs can be written to'
    else 'no address leads here any more'
  end;
end;
$$;

comment on function onethread.explain_no_address(bigint, bigint) is
  'For people: why reply_address() is null.';
