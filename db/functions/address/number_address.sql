-- The address of a phone that has been read, whatever its spelling was: a person's, or WhatsApp's own.
--
-- One expression, which the planner puts in place of the call; for that the argument must be a
-- variable, because it stands here several times.
create or replace function onethread.number_address(p_phone text)
returns onethread.whatsapp_address
language sql
immutable
parallel safe
as $$
select case
  when onethread.is_service_user(substr(p_phone, 2))
    then row('other', '', substr(p_phone, 2), substr(p_phone, 2))::onethread.whatsapp_address
  when p_phone is not null
    then row('phone', '', p_phone, onethread.phone_match_key(p_phone))::onethread.whatsapp_address
end
$$;

comment on function onethread.number_address(text) is
  'Address of + and digits: kind phone, or other for one of WhatsApp''s own accounts.';
