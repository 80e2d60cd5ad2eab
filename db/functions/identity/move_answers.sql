-- What is still to be sent goes with the identity it is addressed to, when a conversation is joined or
-- parted; not with a number that passes to somebody else: there it stays in its thread, and is given
-- another address when it is claimed.
--
-- So only a row that was and is today's takes its answers along. A row that goes away does it for the
-- one that has its address today: two epochs of one phone are one again. An answer whose address was
-- already another's when it left is no identity's: as link_answer() has it of one that is inserted.
-- Who claims it holds the identity, so that none is claimed with one that ends here.
create or replace function onethread.move_answers(
  p_business_id bigint,
  p_plan onethread.whatsapp_identity_plan[]
)
returns void
language plpgsql
as $$
begin
  update public.whatsapp_message m
  set conversation_id = goal.conversation_id,
      identity_id = goal.identity_id
  from unnest(p_plan) as held
  inner join unnest(p_plan) as goal
    on goal.key = held.key
    and goal.valid_from is not null
    and goal.valid_until is null
    and (goal.identity_id = held.identity_id or held.valid_from is null)
  where m.business_id = p_business_id
    and m.status::text in ('queued', 'sending')
    and onethread.is_unsent(m.direction, m.status::text)
    and m.conversation_id = held.old_conversation_id
    and m.identity_id = held.identity_id
    and goal.conversation_id is not null
    and (m.conversation_id, m.identity_id)
      is distinct from (goal.conversation_id, goal.identity_id);

  update public.whatsapp_message m
  set identity_id = null
  from unnest(p_plan) as held
  where m.business_id = p_business_id
    and m.status::text in ('queued', 'sending')
    and onethread.is_unsent(m.direction, m.status::text)
    and m.identity_id = held.identity_id
    and m.sent_at >= held.valid_until;
end;
$$;

comment on function onethread.move_answers(bigint, onethread.whatsapp_identity_plan[]) is
  'Gives messages that are still to be sent the conversation of the identity they are addressed to, '
  'where the plan joins or parts it.';
