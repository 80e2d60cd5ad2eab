-- One conversation too many, to which nothing leads: log where it went, and drop the row.
create or replace function onethread.absorb_empty_conversation(
  p_business_id bigint,
  p_survivor_id bigint,
  p_absorbed_id bigint
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
    where m.business_id = p_business_id
      and m.conversation_id = p_absorbed_id
    returning m.id
  )
  insert into onethread.whatsapp_conversation_merge (
    business_id, survivor_id, absorbed_id, reason, absorbed, identity_ids, message_ids
  )
  select
    p_business_id, p_survivor_id, p_absorbed_id, 'made by another program', to_jsonb(c), '{}',
    array(select moved.id from moved)
  from public.whatsapp_conversation c
  where c.business_id = p_business_id
    and c.id = p_absorbed_id
  returning * into v_merge;
  perform onethread.retire_conversation(v_merge);
end;
$$;

comment on function onethread.absorb_empty_conversation(bigint, bigint, bigint) is
  'Logs a conversation without identities as merged into the survivor and retires it; its messages, '
  'if it has any, go along.';
