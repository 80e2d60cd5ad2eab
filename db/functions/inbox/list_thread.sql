-- One conversation, newest message first, a page at a time (keyset: the index is entered at the
-- cursor, so page 1000 costs what page 1 costs).
--
-- The rows are those of whatsapp_thread, which cannot be entered there: it shows times that people can
-- read, and the index has them as they are stored. One plan for all pages, as list_inbox().
create or replace function onethread.list_thread(
  p_business_id bigint,
  p_conversation_id bigint,
  p_before text default null,
  p_page_size int default 50
)
returns table (
  id bigint,
  direction text,
  source text,
  kind text,
  body text,
  media jsonb,
  sender_name text,
  participant text,
  from_number text,
  to_number text,
  provider text,
  provider_message_id text,
  reply_to text,
  sent_at timestamptz,
  original_body text,
  edited_at timestamptz,
  revoked_at timestamptz,
  deleted_at timestamptz,
  deleted_by text,
  status text,
  status_at timestamptz,
  reactions jsonb,
  send_after timestamptz,
  delivery_note text,
  cursor text
)
language plpgsql
stable
set timezone = 'UTC'
set datestyle = 'ISO'
set plan_cache_mode = 'force_generic_plan'
as $$
declare
  v_before record := onethread.read_cursor(p_before);
  v_sent_at timestamptz := coalesce(v_before.sent_at, 'infinity');
  v_id bigint := coalesce(v_before.id, 9223372036854775807);
begin
  return query
  select
    m.id::bigint, coalesce(onethread.message_direction(m.direction), m.direction)::text,
    m.source::text, m.kind::text, state.body,
    case when state.revoked_at is null then m.media end,
    onethread.visible_name(m.sender_name::text), m.participant::text, m.from_number::text, m.to_number::text,
    m.provider::text, m.provider_message_id::text, m.reply_to::text,
    onethread.message_sent_at(m), state.original_body, state.edited_at, state.revoked_at,
    state.deleted_at, state.deleted_by, state.status, state.status_at, state.reactions,
    case when coalesce(m.status, 'queued') = 'queued'
      then onethread.storable_time(m.send_after::timestamptz) end,
    case when state.status in ('failed', 'sent')
      then onethread.delivery_note(m, state.status) end,
    m.sent_at || '/' || m.id
  from public.whatsapp_message m
  cross join lateral onethread.message_state(m) as state
  where m.business_id = p_business_id
    and m.conversation_id = p_conversation_id
    and m.duplicate_of is null
    and (m.sent_at, m.id) < (v_sent_at, v_id)
  order by m.sent_at desc, m.id desc
  limit least(greatest(p_page_size, 1), 1000);
end;
$$;

comment on function onethread.list_thread(bigint, bigint, text, int) is
  'Messages of one conversation as they are now (see whatsapp_thread), newest first, each once. '
  'before: the cursor of the last row of the page before, null for the first page; page_size 1 to '
  '1000.';
