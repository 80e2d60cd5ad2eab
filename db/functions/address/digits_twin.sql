-- What the digits of a phone or a LID would be with the other one's server.
create or replace function onethread.digits_twin(p_address onethread.whatsapp_address)
returns onethread.whatsapp_address
language sql
immutable
parallel safe
as $$
select case p_address.kind
  when 'lid' then row(
    'phone', '', '+' || p_address.value, onethread.phone_match_key('+' || p_address.value)
  )::onethread.whatsapp_address
  when 'phone' then row(
    'lid', '', substr(p_address.value, 2), substr(p_address.value, 2)
  )::onethread.whatsapp_address
end
$$;

comment on function onethread.digits_twin(onethread.whatsapp_address) is
  'The phone of a LID''s digits, the LID of a phone''s; null for any other kind.';
