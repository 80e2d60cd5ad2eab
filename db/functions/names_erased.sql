-- Is this a message of a person who was erased after it was sent?
create or replace function public.names_erased(p_message public.whatsapp_message)
returns boolean
language plpgsql
stable
as $$
begin
  if not exists (
    select from public.erasure_secret s where s.business_id = p_message.business_id
  ) then
    return false;
  end if;
  return exists (
    select
    from unnest(public.message_keys(p_message)) as k (key)
    where public.is_erased(p_message.business_id, k.key, p_message.sent_at)
  );
end;
$$;

comment on function public.names_erased(public.whatsapp_message) is
  'True when an address of the message (message_keys()) was an erased person''s when it was sent.';
