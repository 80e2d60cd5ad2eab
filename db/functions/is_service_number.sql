-- WhatsApp's own numbers: AI bots (+1 313 555 xxxx, +1 316 555 00xx) and the system account.
-- Source: the bot patterns of the Baileys and whatsmeow libraries.
create or replace function public.is_service_number(p_phone text)
returns boolean
language sql
immutable
parallel safe
as $$
select case
  when left(p_phone, 4) <> '+131' and left(p_phone, 4) <> '+165' then false
  else p_phone = '+16505361212'
    or (length(p_phone) = 12
      and (starts_with(p_phone, '+1313555') or starts_with(p_phone, '+131655500')))
end
$$;

comment on function public.is_service_number(text) is
  'True for a number behind which WhatsApp itself answers; it is never a person.';
