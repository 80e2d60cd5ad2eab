-- Everybody whom a message names: the counterpart, its aliases, in a group the participant.
create or replace function public.message_keys(p_message public.whatsapp_message)
returns text[]
language plpgsql
stable
as $$
begin
  return array(
    select public.address_key(a)
    from unnest(
      (public.read_counterpart(p_message)).address
      || public.alias_addresses(
        p_message.business_id, p_message.participant || p_message.contact_aliases)
    ) as a
    where a.kind is not null);
end;
$$;

comment on function public.message_keys(public.whatsapp_message) is
  'identifier_key() of every address on a message but the business''s own.';
