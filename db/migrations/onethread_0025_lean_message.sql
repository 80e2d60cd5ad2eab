-- depends: onethread_0024_search_names
-- A message enters one index fewer: the one that keeps it from being stored twice also finds it by the
-- provider's id.

-- The id stands first. Rows are in it that are no delivery of a thread, copies and messages in none: a
-- null in a key is equal to nothing.
create unique index whatsapp_message_provider_delivery_idx
  on public.whatsapp_message (
    business_id,
    provider_message_id,
    conversation_id,
    (case when duplicate_of is null
      then lower(direction) in ('in', 'inbound', 'incoming', 'received') end),
    (coalesce(left(participant, 255), ''))
  )
  where length(provider_message_id) <= 255;

drop index public.whatsapp_message_delivery_idx;
drop index public.whatsapp_message_provider_message_idx;

-- The inbox under a flood in one chat: who wrote when, to an hour. However many messages a chat has in
-- an hour, here it is one step over them (walk_hours(), which repeats the expression).
create index whatsapp_message_hour_idx
  on public.whatsapp_message (
    business_id,
    (date_bin('1 hour', sent_at, '2000-01-01 00:00+00')),
    conversation_id
  )
  where conversation_id is not null
    and duplicate_of is null;

drop index public.whatsapp_message_quarter_idx;
