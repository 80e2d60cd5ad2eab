-- All that is known of a person's thread, for data that is older than the trigger: list_thread()
-- and, in the same order of time, the messages that are still in no thread.
create or replace function onethread.list_conversation(
  p_business_id bigint,
  p_address text,
  p_before text default null,
  p_page_size int default 50
)
returns table (
  conversation_id bigint,
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
as $$
declare
  v_before record := onethread.read_cursor(p_before);
  v_sent_at timestamptz := coalesce(v_before.sent_at, 'infinity');
  v_id bigint := coalesce(v_before.id, 9223372036854775807);
  v_conversation_id bigint := onethread.find_thread(p_business_id, p_address);
  v_limit int := least(greatest(p_page_size, 1), 1000);
begin
  return query
  with page (id, place) as (
    (
      select m.id, m.sent_at
      from public.whatsapp_message m
      where m.business_id = p_business_id
        and m.conversation_id = v_conversation_id
        and m.duplicate_of is null
        and (m.sent_at, m.id) < (v_sent_at, v_id)
      order by m.sent_at desc, m.id desc
      limit v_limit
    )
    union all
    select u.id, onethread.message_sent_at(u)
    from onethread.list_unlinked_messages(p_business_id, v_conversation_id, p_address) u
    where (onethread.message_sent_at(u), u.id) < (v_sent_at, v_id)
      and (v_conversation_id is null
        or onethread.find_delivery(u, v_conversation_id) is null)
    order by 2 desc, 1 desc
    limit v_limit
  )
  select
    m.conversation_id::bigint, m.id::bigint,
    coalesce(onethread.message_direction(m.direction), m.direction)::text,
    m.source::text, m.kind::text, state.body,
    case when state.revoked_at is null then m.media end,
    onethread.visible_name(m.sender_name::text), m.participant::text, m.from_number::text, m.to_number::text,
    m.provider::text, m.provider_message_id::text, m.reply_to::text,
    onethread.message_sent_at(m.message), state.original_body, state.edited_at, state.revoked_at,
    state.deleted_at, state.deleted_by, state.status, state.status_at, state.reactions,
    case when coalesce(m.status, 'queued') = 'queued'
      then onethread.storable_time(m.send_after::timestamptz) end,
    onethread.delivery_note(m.message, state.status),
    page.place || '/' || m.id
  from page
  cross join lateral (
    select f as message, f.*
    from public.whatsapp_message f
    where f.business_id = p_business_id and f.id = page.id
    -- One probe a message: a plan for any page would rather ask for the state of all messages.
    offset 0
  ) m
  cross join lateral onethread.message_state(m.message) as state
  order by page.place desc, m.id desc;
end;
$$;

comment on function onethread.list_conversation(bigint, text, text, int) is
  'The thread of an address or canonical key, newest first, with the messages of that person that '
  'are in no thread (conversation_id null). before, page_size: as in list_thread().';
