-- Is an identifier a lead's own, or one that leads to a thread, today or formerly?
create or replace function onethread.has_conversation(p_business_id bigint, p_key text)
returns boolean
language plpgsql
stable
as $$
begin
  return onethread.is_lead_key(p_key) or exists (
    select
    from onethread.key_address(p_key) as a
    inner join public.whatsapp_identity i
      on i.business_id = p_business_id
      and i.kind = a.kind
      and i.scope = a.scope
      and i.match_value = a.match_value
    where i.conversation_id is not null
  );
end;
$$;

comment on function onethread.has_conversation(bigint, text) is
  'True for the identifier_key() of a lead, and of whoever has written or been written to.';
