-- The sidebar: one line per conversation, the one with the newest message first.
--
-- One plan for all pages: planning this query anew takes as long as running it.
create or replace function onethread.list_inbox(
  p_business_id bigint,
  p_before text default null,
  p_page_size int default 50,
  p_filter text default null
)
returns table (
  conversation_id bigint,
  kind text,
  title text,
  addresses text[],
  lead_id bigint,
  message_id bigint,
  direction text,
  source text,
  message_kind text,
  body text,
  sent_at timestamptz,
  cursor text,
  status text,
  is_revoked boolean
)
language plpgsql
stable
rows 50
set timezone = 'UTC'
set datestyle = 'ISO'
set plan_cache_mode = 'force_generic_plan'
as $$
begin
  return query
  select
    (l.c).id::bigint, (l.c).kind::text,
    coalesce(called.name, known.addresses[1], (l.c).canonical_key)::text,
    known.addresses,
    (l.c).lead_id::bigint, (last.m).id::bigint,
    coalesce(onethread.message_direction((last.m).direction), (last.m).direction)::text,
    (last.m).source::text, (last.m).kind::text, state.body,
    onethread.message_sent_at(last.m), (last.m).sent_at || '/' || (last.m).id,
    state.status, state.revoked_at is not null
  from (
    select a.conversation_id, a.message_id
    from onethread.list_newest_messages(
      p_business_id, p_before, least(greatest(p_page_size, 1), 1000)) a
    where p_filter is null
    union all
    select f.conversation_id, f.message_id
    from onethread.list_filtered_messages(
      p_business_id, p_filter, p_before, least(greatest(p_page_size, 1), 1000)) f
    where p_filter is not null
  ) n
  cross join lateral (
    select c
    from public.whatsapp_conversation c
    where c.business_id = p_business_id and c.id = n.conversation_id
    -- One probe a line: of some thousand conversations the planner would rather read all.
    offset 0
  ) l
  cross join lateral (
    select m
    from public.whatsapp_message m
    where m.business_id = p_business_id and m.id = n.message_id
    offset 0
  ) last
  cross join lateral onethread.message_state(last.m) as state
  cross join lateral onethread.known_name(l.c) as called
  cross join lateral onethread.conversation_identifiers((l.c).business_id, (l.c).id) as known
  order by (last.m).sent_at desc, (last.m).id desc;
end;
$$;

comment on function onethread.list_inbox(bigint, text, int, text) is
  'Conversations by their newest message, newest first; what is scheduled for later is none yet. '
  'before: the cursor of the last row of the page before, null for the first page; page_size 1 to '
  '1000; filter: unread or waiting (see list_open()), null for all.';
