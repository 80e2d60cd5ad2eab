-- WhatsApp's own accounts: AI bots (1 313 555 xxxx, 1 316 555 00xx) and the system accounts.
-- Source: the bot patterns and system JIDs of the Baileys and whatsmeow libraries.
create or replace function onethread.is_service_user(p_user text)
returns boolean
language sql
immutable
parallel safe
as $$
select case left(p_user, 3)
  when '131' then length(p_user) = 11
    and (starts_with(p_user, '1313555') or starts_with(p_user, '131655500'))
  when '165' then p_user = '16505361212'
  when 'ser' then p_user = 'server'
  else p_user = '0'
end
$$;

comment on function onethread.is_service_user(text) is
  'True for the user part of an account behind which WhatsApp itself answers; never a person.';
