-- depends: 0010_reading
-- The inbox under a flood in one chat.

-- Who wrote when, to a quarter of an hour: however many messages a chat has in a quarter, here it is
-- one step over them (walk_quarters(), which repeats the expression). Only built-in functions: an
-- index must not call one that can be replaced.
create index whatsapp_message_quarter_idx
  on public.whatsapp_message (
    business_id,
    (date_bin('15 min', sent_at, '2000-01-01 00:00+00')),
    conversation_id
  )
  where conversation_id is not null
    and duplicate_of is null;
