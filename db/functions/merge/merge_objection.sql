-- Why can two conversations not be joined by hand? Null: they can.
create or replace function onethread.merge_objection(
  p_business_id bigint,
  p_survivor_id bigint,
  p_absorbed_id bigint
)
returns text
language plpgsql
stable
as $$
declare
  v_survivor public.whatsapp_conversation;
  v_absorbed public.whatsapp_conversation;
begin
  select c.* into v_survivor
  from public.whatsapp_conversation c
  where c.business_id = p_business_id and c.id = p_survivor_id;
  select c.* into v_absorbed
  from public.whatsapp_conversation c
  where c.business_id = p_business_id and c.id = p_absorbed_id;

  if v_survivor.id is null or v_absorbed.id is null then
    return format(
      'there is no conversation %s in business %s',
      case when v_survivor.id is null then p_survivor_id else p_absorbed_id end, p_business_id);
  elsif v_survivor.id = v_absorbed.id then
    return 'they are the same conversation';
  elsif v_survivor.kind <> 'person' or v_absorbed.kind <> 'person' then
    return 'only conversations of persons can be joined';
  end if;

  if onethread.conversation_keys(p_business_id, p_survivor_id) = '{}'
    or onethread.conversation_keys(p_business_id, p_absorbed_id) = '{}'
  then
    return 'a conversation without an identifier cannot be joined';
  elsif onethread.are_different_conversations(p_business_id, p_survivor_id, p_absorbed_id) then
    return 'evidence "different" says that they are two people';
  end if;
  if current_setting('transaction_isolation') <> 'read committed' then
    return 'the transaction is not READ COMMITTED';
  end if;
  return null;
end;
$$;

comment on function onethread.merge_objection(bigint, bigint, bigint) is
  'Reason against merge_conversations(), or null: unknown or other business, the same one, a group, '
  'evidence different, isolation level.';
