-- find_conversation() for an address that a provider wrote: its bare digits are international.
create or replace function onethread.find_provider_conversation(
  p_business_id bigint,
  p_provider text,
  p_raw text
)
returns bigint
language plpgsql
stable
as $$
begin
  return (
    select i.conversation_id
    from onethread.read_business_address(p_business_id, p_provider, p_raw) as w
    inner join public.whatsapp_identity i
      on i.business_id = p_business_id
      and i.kind = w.kind
      and i.scope = w.scope
      and i.match_value = w.match_value
      and i.valid_until is null
  );
end;
$$;

comment on function onethread.find_provider_conversation(bigint, text, text) is
  'Id of the conversation that owns the address today, read as the provider means it (null '
  'provider: as a person types it); null when there is none.';
