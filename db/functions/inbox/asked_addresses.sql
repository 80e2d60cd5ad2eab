-- By which addresses did a message reach us? The one it came from, as it came, then its aliases.
--
-- In a chat of many the aliases are a participant's: nobody answers a group there.
create or replace function onethread.asked_addresses(p_message public.whatsapp_message)
returns text[]
language sql
immutable
parallel safe
return coalesce(nullif(p_message.from_number, ''), p_message.to_number)
  || case when p_message.participant is null
    then coalesce(p_message.contact_aliases, '{}') else '{}' end;

comment on function onethread.asked_addresses(public.whatsapp_message) is
  'Addresses under which an inbound message can be answered, in the order of choice.';
