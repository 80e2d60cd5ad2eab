-- One conversation, newest message first, a page at a time (keyset: the index is entered at the
-- cursor, so page 1000 costs what page 1 costs).
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
  status text,
  status_at timestamptz,
  reactions jsonb,
  cursor text
)
language plpgsql
stable
set timezone = 'UTC'
set datestyle = 'ISO'
as $$
declare
  v_before record := onethread.read_cursor(p_before);
begin
  return query
  select
    t.id, t.direction, t.source, t.kind, t.body, t.media, t.sender_name, t.participant,
    t.from_number, t.to_number, t.provider, t.provider_message_id, t.reply_to, t.sent_at,
    t.original_body, t.edited_at, t.revoked_at, t.status, t.status_at, t.reactions,
    t.sent_at || '/' || t.id
  from public.whatsapp_thread t
  where t.business_id = p_business_id
    and t.conversation_id = p_conversation_id
    and (t.sent_at, t.id) < (v_before.sent_at, v_before.id)
  order by t.sent_at desc, t.id desc
  limit least(greatest(p_page_size, 1), 1000);
end;
$$;

comment on function onethread.list_thread(bigint, bigint, text, int) is
  'Messages of one conversation as they are now (see whatsapp_thread), newest first, each once. '
  'before: the cursor of the last row of the page before, null for the first page; page_size 1 to '
  '1000.';
