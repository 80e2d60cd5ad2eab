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
    with moved as (
      update public.whatsapp_message m
      set conversation_id = v_absorbed.survivor_id,
          -- The copy that is there, or set apart for the moment: the row itself stands for itself.
          duplicate_of = coalesce(
            onethread.find_delivery(m, v_absorbed.survivor_id),
            case when m.duplicate_of is not null then m.id end)
      where m.business_id = p_business_id
        and m.conversation_id = v_absorbed.absorbed_id
      returning m.id
    )
    select coalesce(array_agg(moved.id), '{}') into v_message_ids from moved;
    if v_message_ids <> '{}' then
      perform onethread.settle_duplicates(p_business_id, v_message_ids);
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
