-- After messages moved: what an undone join had taken from the read marks comes back.
--
-- Each of the two threads gets the later of its own former mark, which the log has kept, and the
-- joined one, which it has had until now.
create or replace function onethread.settle_read_marks(
  p_business_id bigint,
  p_conversation_ids bigint[]
)
returns void
language plpgsql
as $$
declare
  v_mark record;
begin
  for v_mark in
    select distinct on (k.conversation_id) k.conversation_id, k.sent_at, k.message_id
    from (
      select r.conversation_id, r.sent_at, r.message_id
      from onethread.conversation_read r
      where r.business_id = p_business_id and r.conversation_id = any (p_conversation_ids)
      union all
      select f.conversation_id, f.sent_at, f.message_id
      from onethread.former_read_marks(p_business_id, p_conversation_ids) as f
    ) k
    order by k.conversation_id, k.sent_at desc, k.message_id desc
  loop
    perform onethread.move_read_mark(
      p_business_id, v_mark.conversation_id, v_mark.sent_at, v_mark.message_id);
  end loop;
  update onethread.whatsapp_conversation_merge g
  set survivor_read_at = null,
      survivor_read_id = null,
      absorbed_read_at = null,
      absorbed_read_id = null
  where g.business_id = p_business_id
    and g.absorbed_id = any (p_conversation_ids)
    and g.undone_at is not null
    and coalesce(g.survivor_read_at, g.absorbed_read_at) is not null;
end;
$$;

comment on function onethread.settle_read_marks(bigint, bigint[]) is
  'Gives the conversations the former read marks of joins that are undone, once, and leads every mark '
  'of theirs to a message that is there.';
