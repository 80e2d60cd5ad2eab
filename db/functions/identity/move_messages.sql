-- Messages follow the identifier under which they arrived, to whoever owned it when they were sent.
create or replace function onethread.move_messages(
  p_business_id bigint,
  p_plan onethread.whatsapp_identity_plan[]
)
returns void
language plpgsql
as $$
declare
  v_move record;
  v_message_ids bigint[];
begin
  perform onethread.move_answers(p_business_id, p_plan);
  for v_move in
    select
      held.identity_id as from_identity_id, epoch.identity_id, epoch.conversation_id,
      epoch.valid_from, epoch.valid_until
    from unnest(p_plan) as held
    inner join unnest(p_plan) as epoch on epoch.key = held.key and epoch.valid_from is not null
    where held.old_conversation_id is not null
      and (held.identity_id, held.old_conversation_id)
        is distinct from (epoch.identity_id, epoch.conversation_id)
      -- Once for each identity, not for each of its epochs: a phone may have had many owners.
      and exists (
        select
        from public.whatsapp_message m
        where m.business_id = p_business_id and m.identity_id = held.identity_id
        offset 0
      )
    order by held.identity_id, epoch.valid_from
  loop
    select array_agg(m.id)
    into v_message_ids
    from (
      select m.id
      from public.whatsapp_message m
      where m.business_id = p_business_id
        and m.identity_id = v_move.from_identity_id
        and not onethread.is_unsent(m.direction, m.status::text)
        and m.sent_at >= v_move.valid_from
        and (v_move.valid_until is null or m.sent_at < v_move.valid_until)
        and (m.identity_id, m.conversation_id)
          is distinct from (v_move.identity_id, v_move.conversation_id)
      for no key update
    ) m;
    if v_message_ids is not null then
      perform onethread.move_to_conversation(
        p_business_id, v_message_ids, v_move.conversation_id,
        nullif(v_move.identity_id, v_move.from_identity_id));
    end if;
  end loop;
end;
$$;

comment on function onethread.move_messages(bigint, onethread.whatsapp_identity_plan[]) is
  'Gives the messages of the plan''s identities their identity and conversation by sent_at; see '
  'move_answers() for those that are still to be sent.';
