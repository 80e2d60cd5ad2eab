-- What no identity leads to any more was joined into another conversation.
create or replace function onethread.absorb_conversations(
  p_business_id bigint,
  p_plan onethread.whatsapp_identity_plan[],
  p_cause text[]
)
returns void
language plpgsql
as $$
declare
  v_cause public.whatsapp_identity_evidence := onethread.merge_cause(p_business_id, p_cause);
  v_absorbed record;
  v_message_ids bigint[];
begin
  delete from public.whatsapp_identity i
  where i.business_id = p_business_id
    and i.id in (select p.identity_id from unnest(p_plan) as p where p.valid_from is null);

  for v_absorbed in
    select a.* from onethread.absorbed_conversations(p_business_id, p_plan) a
  loop
    select coalesce(array_agg(m.id), '{}')
    into v_message_ids
    from (
      select m.id
      from public.whatsapp_message m
      where m.business_id = p_business_id
        and m.conversation_id = v_absorbed.absorbed_id
      for no key update
    ) m;
    if v_message_ids <> '{}' then
      perform onethread.move_to_conversation(
        p_business_id, v_message_ids, v_absorbed.survivor_id);
    end if;

    perform onethread.retire_conversation(
      onethread.log_merge(p_business_id, v_absorbed, v_cause, v_message_ids));
  end loop;
end;
$$;

comment on function
  onethread.absorb_conversations(bigint, onethread.whatsapp_identity_plan[], text[]) is
  'Logs and retires the conversations that the plan leaves without identities; their messages that '
  'have no identity go to the survivor too.';
