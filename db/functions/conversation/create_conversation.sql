-- A conversation for somebody whose evidence could not be applied at the moment.
--
-- Without a canonical key, which comes with the evidence.
create or replace function onethread.create_conversation(p_business_id bigint, p_identity_id bigint)
returns bigint
language plpgsql
as $$
declare
  v_conversation_id bigint;
begin
  insert into public.whatsapp_conversation (business_id, kind)
  values (p_business_id, 'person')
  returning id into v_conversation_id;
  update public.whatsapp_identity i
  set conversation_id = v_conversation_id
  where i.business_id = p_business_id
    and i.id = p_identity_id;
  return v_conversation_id;
end;
$$;

comment on function onethread.create_conversation(bigint, bigint) is
  'Creates a conversation and points the identity to it, which the caller holds.';
