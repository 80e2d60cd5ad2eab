-- To whom does an identifier, or a lead, lead today?
create or replace function onethread.key_conversation(p_business_id bigint, p_key text)
returns bigint
language plpgsql
stable
as $$
begin
  if onethread.is_lead_key(p_key) then
    return onethread.find_lead_conversation(p_business_id, onethread.lead_id(p_key));
  end if;
  return onethread.current_conversation(p_business_id, onethread.key_address(p_key));
end;
$$;

comment on function onethread.key_conversation(bigint, text) is
  'Id of the conversation to which an identifier_key() leads today; null when there is none.';
