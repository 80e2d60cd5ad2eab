-- To whom does an address that has been read lead today?
create or replace function onethread.current_conversation(
  p_business_id bigint,
  p_address onethread.whatsapp_address
)
returns bigint
language sql
stable
as $$
select i.conversation_id
from public.whatsapp_identity i
where i.business_id = p_business_id
  and i.kind = p_address.kind
  and i.scope = p_address.scope
  and i.match_value = p_address.match_value
  and i.valid_until is null
$$;

comment on function onethread.current_conversation(bigint, onethread.whatsapp_address) is
  'Id of the conversation that owns the address today; null when nobody has written to or from it.';
