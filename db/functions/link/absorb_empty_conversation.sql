-- One conversation too many, to which nothing leads: log where it went, and drop the row, or leave it
-- nameless for the program that is about to use its id (p_keep).
create or replace function onethread.absorb_empty_conversation(
  p_conversation public.whatsapp_conversation,
  p_survivor_id bigint,
  p_keep boolean
)
returns void
language plpgsql
as $$
declare
  v_merge onethread.whatsapp_conversation_merge;
begin
  with moved as (
    update public.whatsapp_message m
    set conversation_id = p_survivor_id
    where m.business_id = p_conversation.business_id
      and m.conversation_id = p_conversation.id
    returning m.id
  )
  insert into onethread.whatsapp_conversation_merge (
    business_id, survivor_id, absorbed_id, reason, absorbed, identity_ids, message_ids
  )
  values (
    p_conversation.business_id, p_survivor_id, p_conversation.id, 'made by another program',
    to_jsonb(p_conversation), '{}', array(select moved.id from moved)
  )
  returning * into v_merge;
  if not p_keep then
    perform onethread.retire_conversation(v_merge);
    return;
  end if;
  update public.whatsapp_conversation c
  set canonical_key = null,
      lead_id = null
  where c.business_id = p_conversation.business_id
    and c.id = p_conversation.id
    and coalesce(c.canonical_key, c.lead_id::text) is not null;
end;
$$;

comment on function onethread.absorb_empty_conversation(
  public.whatsapp_conversation, bigint, boolean) is
  'Logs a conversation without identities as merged into the survivor and retires it, or with keep '
  'leaves the row without a name; its messages, if it has any, go along.';
