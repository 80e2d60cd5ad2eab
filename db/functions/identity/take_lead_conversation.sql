-- A program may have made a conversation for a lead before there was a message: then a new person
-- whom the lead names gets that one, and the id that the program holds is the right one.
create or replace function onethread.take_lead_conversation(
  p_business_id bigint,
  p_conversation_id bigint,
  p_lead_id bigint
)
returns bigint
language plpgsql
as $$
declare
  v_named_id bigint;
begin
  if p_lead_id is null then
    return p_conversation_id;
  end if;
  select c.id into v_named_id
  from public.whatsapp_conversation c
  where c.business_id = p_business_id
    and c.canonical_key = onethread.canonical_key(p_business_id, p_lead_id, null, null)
    and c.id <> p_conversation_id
    and not onethread.has_identity(p_business_id, c.id);
  if v_named_id is null or not exists (
    -- Made in this transaction, nobody else has seen it.
    select
    from public.whatsapp_conversation c
    where c.business_id = p_business_id
      and c.id = p_conversation_id
      and c.created_at = now()
  ) or exists (
    -- Earlier in it, somebody wrote there.
    select
    from public.whatsapp_message m
    where m.business_id = p_business_id
      and m.conversation_id = p_conversation_id
  ) then
    return p_conversation_id;
  end if;

  update public.whatsapp_identity i
  set conversation_id = v_named_id
  where i.business_id = p_business_id
    and i.conversation_id = p_conversation_id;
  delete from public.whatsapp_conversation c
  where c.business_id = p_business_id
    and c.id = p_conversation_id;
  return v_named_id;
end;
$$;

comment on function onethread.take_lead_conversation(bigint, bigint, bigint) is
  'The conversation with the lead''s key, when nothing leads to it yet, in place of one that this '
  'transaction has made; else the one given.';
