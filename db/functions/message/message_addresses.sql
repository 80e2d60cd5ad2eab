-- All that a message says about its counterpart: the address first, then the attested aliases.
--
-- Aliases name a person; in a group they are the participant's, and the group is nobody's.
create or replace function onethread.message_addresses(
  p_message public.whatsapp_message,
  p_counterpart onethread.whatsapp_address
)
returns onethread.whatsapp_address[]
language plpgsql
stable
as $$
begin
  if p_message.contact_aliases is null or p_counterpart.kind not in ('phone', 'lid', 'bsuid') then
    return array[p_counterpart];
  end if;
  return p_counterpart || array(
    select a
    from unnest(onethread.alias_addresses(p_message.business_id, p_message.contact_aliases)) as a
    where onethread.address_key(a) <> onethread.address_key(p_counterpart)
  );
end;
$$;

comment on function onethread.message_addresses(public.whatsapp_message, onethread.whatsapp_address) is
  'The counterpart''s address and its aliases, each once; only the address itself for a group.';
