-- Messages, events and read marks of some transactions and of all later ones.
--
-- Each is a probe of an index by itself, and by one plan for all: of a business that is younger than
-- the statistics the planner thinks that it has one row, to which any way would do.
create or replace function onethread.list_changed_rows(
  p_business_id bigint,
  p_in_progress bigint[],
  p_next bigint
)
returns table (conversation_id bigint, changed_in bigint)
language plpgsql
stable
set plan_cache_mode = 'force_generic_plan'
set enable_seqscan = 'off'
set jit = 'off'
as $$
begin
  return query
  select m.conversation_id::bigint, m.changed_in
  from public.whatsapp_message m
  where m.business_id = p_business_id and m.changed_in = any (p_in_progress)
  union all
  select m.conversation_id::bigint, m.changed_in
  from public.whatsapp_message m
  where m.business_id = p_business_id and m.changed_in >= p_next
  union all
  select m.conversation_id::bigint, e.changed_in
  from (
    select o.provider_message_id, o.changed_in
    from public.whatsapp_message_event o
    where o.business_id = p_business_id and o.changed_in = any (p_in_progress)
    union all
    select o.provider_message_id, o.changed_in
    from public.whatsapp_message_event o
    where o.business_id = p_business_id and o.changed_in >= p_next
  ) e
  cross join lateral (
    select w.conversation_id
    from public.whatsapp_message w
    where w.business_id = p_business_id
      and w.provider_message_id = e.provider_message_id
      and length(w.provider_message_id) <= 255
    offset 0
  ) m
  union all
  select r.conversation_id, r.changed_in
  from onethread.conversation_read r
  where r.business_id = p_business_id and r.changed_in = any (p_in_progress)
  union all
  select r.conversation_id, r.changed_in
  from onethread.conversation_read r
  where r.business_id = p_business_id and r.changed_in >= p_next;
end;
$$;

comment on function onethread.list_changed_rows(bigint, bigint[], bigint) is
  'Conversation and transaction of each row that one of these transactions wrote, or one from next on; '
  'a conversation may come more than once.';
