-- The address of a phone that has been read, whatever its spelling was: a person's, or WhatsApp's own.
--
-- One expression, which the planner puts in place of the call; for that the argument must be a
-- variable, because it stands here several times.
create or replace function public.number_address(p_phone text)
returns public.whatsapp_address
language sql
immutable
parallel safe
as $$
select case
  when public.is_service_user(substr(p_phone, 2))
    then row('other', '', substr(p_phone, 2), substr(p_phone, 2))::public.whatsapp_address
  when p_phone is not null
    then row('phone', '', p_phone, public.phone_match_key(p_phone))::public.whatsapp_address
end
$$;

comment on function public.number_address(text) is
  'Address of + and digits: kind phone, or other for one of WhatsApp''s own accounts.';
