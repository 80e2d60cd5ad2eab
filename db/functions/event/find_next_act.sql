-- The last edit, delete, reaction or vote of the next author: a walk over an index that steps over all earlier
-- ones of each.
--
-- Without sorting: where the planner expects one event (a small table, a message that just came), to read
-- and sort them all is as cheap to it as the walk, and then come thousands.
--
-- The author here is act_author(): all that the verdict depends on besides the time.
create or replace function onethread.find_next_act(
  p_message public.whatsapp_message,
  p_author text,
  p_is_time_known boolean,
  p_before timestamptz,
  out author text,
  out event public.whatsapp_message_event
)
language plpgsql
stable
set plan_cache_mode = 'force_generic_plan'
set enable_sort = off
set jit = off
as $$
declare
  v_found record;
begin
  select a.author, a.event
  into v_found
  from (
    select e as event, e.is_time_known, e.occurred_at, e.provider_event_id, e.body, e.id,
      onethread.act_author(e) collate "C" as author
    from public.whatsapp_message_event e
    where e.business_id = p_message.business_id
      and e.provider_message_id = p_message.provider_message_id
      and length(e.provider_message_id) <= 255
  ) a
  where (a.author, a.is_time_known, a.occurred_at) < (p_author, p_is_time_known, p_before)
    and a.author > ''
  order by
    a.author desc, a.is_time_known desc, a.occurred_at desc, a.provider_event_id collate "C" desc,
    a.body collate "C" desc, a.id desc
  limit 1;
  author := v_found.author;
  event := v_found.event;
end;
$$;

comment on function onethread.find_next_act(public.whatsapp_message, text, boolean, timestamptz) is
  'The next author before this one and their last act on the message, or the same author''s last one '
  'before that time; author null: there is none. is_time_known: of the act that was found last.';
