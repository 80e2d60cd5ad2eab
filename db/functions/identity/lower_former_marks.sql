-- What comes into a thread by evidence, without its whole thread, stays when a join of before is undone:
-- then it must not become read by the mark that the thread had before that join.
create or replace function onethread.lower_former_marks(
  p_business_id bigint,
  p_plan onethread.whatsapp_identity_plan[]
)
returns void
language plpgsql
as $$
begin
  update onethread.whatsapp_conversation_merge g
  set survivor_read_at = u.sent_at,
      survivor_read_id = u.id - 1
  from (
    select distinct on (j.conversation_id) j.conversation_id, unread.sent_at, unread.id
    from onethread.moved_conversations(p_business_id, p_plan) as j
    cross join lateral onethread.first_unread(p_business_id, j.source_id) as unread
    where not j.is_absorbed
    order by j.conversation_id, unread.sent_at, unread.id
  ) u
  where g.business_id = p_business_id
    and g.survivor_id = u.conversation_id
    and g.undone_at is null
    and (g.survivor_read_at, g.survivor_read_id) >= (u.sent_at, u.id);
end;
$$;

comment on function onethread.lower_former_marks(bigint, onethread.whatsapp_identity_plan[]) is
  'Sets the survivor''s former read mark of open merges back to before the first message that is '
  'unread where the plan''s messages come from.';
