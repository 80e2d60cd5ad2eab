-- A conversation that another program made becomes its person's, if they have none.
--
-- When they have one already, this one is empty (messages find theirs by address) and goes into that
-- one; while the program that made it is still at it (p_keep), its row stays, nameless.
create or replace function onethread.adopt_conversation(
  p_business_id bigint,
  p_conversation_id bigint,
  p_keep boolean
)
returns void
language plpgsql
as $$
declare
  v_conversation public.whatsapp_conversation;
  v_person record;
  v_owner_id bigint;
begin
  select c.* into v_conversation
  from public.whatsapp_conversation c
  where c.business_id = p_business_id and c.id = p_conversation_id
  for no key update;
  if not found or onethread.has_identity(p_business_id, p_conversation_id) then
    return;
  end if;

  v_person := onethread.conversation_person(v_conversation);
  v_owner_id := onethread.find_persons_conversation(
    v_conversation, v_person.address, v_person.lead_id);
  if v_owner_id is null and v_person.address is not null then
    v_owner_id := onethread.resolve_owner(
      p_business_id, v_person.address, p_conversation_id);
  end if;

  if v_owner_id <> p_conversation_id then
    perform onethread.absorb_empty_conversation(v_conversation, v_owner_id, p_keep);
  end if;
  if onethread.has_identity(p_business_id, v_owner_id) then
    perform onethread.record_conversation_lead(
      v_conversation, v_person.address, v_person.lead_id, v_owner_id);
  end if;
end;
$$;

comment on function onethread.adopt_conversation(bigint, bigint, boolean) is
  'Makes a conversation that another program inserted the one of its person; one too many is '
  'absorbed, its row left with keep.';
