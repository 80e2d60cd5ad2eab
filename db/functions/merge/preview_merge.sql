-- What would merge_conversations() do?
create or replace function onethread.preview_merge(
  p_business_id bigint,
  p_survivor_id bigint,
  p_absorbed_id bigint,
  out refusal text,
  out messages bigint,
  out identities text[],
  out duplicates bigint,
  out lead_id bigint
)
language plpgsql
stable
as $$
declare
  v_message_ids bigint[];
begin
  refusal := onethread.merge_objection(p_business_id, p_survivor_id, p_absorbed_id);
  if refusal is not null then
    return;
  end if;
  select count(*), array_agg(m.id)
  into messages, v_message_ids
  from public.whatsapp_message m
  where m.business_id = p_business_id and m.conversation_id = p_absorbed_id;
  select count(*) filter (where l.id <> l.first_id and l.duplicate_of is null)
  into duplicates
  from onethread.list_copies(p_business_id, v_message_ids, v_message_ids, p_survivor_id) l;

  identities := (
    select known.addresses
    from onethread.conversation_identifiers(p_business_id, p_absorbed_id) as known
  );
  select min(c.lead_id) into lead_id
  from public.whatsapp_conversation c
  where c.business_id = p_business_id and c.id in (p_survivor_id, p_absorbed_id);
end;
$$;

comment on function onethread.preview_merge(bigint, bigint, bigint) is
  'refusal: why it cannot be done, else null; messages and identities that would move, duplicates '
  'among them that would be marked, and the lead of the joined conversation.';
