-- Does any identifier lead to a conversation? None does to one that another program made for a person
-- who had one.
create or replace function onethread.has_identity(p_business_id bigint, p_conversation_id bigint)
returns boolean
language plpgsql
stable
as $$
begin
  return exists (
    select
    from public.whatsapp_identity i
    where i.business_id = p_business_id and i.conversation_id = p_conversation_id
  );
end;
$$;

comment on function onethread.has_identity(bigint, bigint) is
  'True when an identity, of today or formerly, leads to the conversation.';
