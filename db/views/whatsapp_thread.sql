create or replace view public.whatsapp_thread
with (security_invoker = true) as
select
  -- The casts are for tables that were a CRM's before: with ids of four bytes, and varchar.
  m.business_id::bigint as business_id,
  m.conversation_id::bigint as conversation_id,
  m.id::bigint as id,
  coalesce(onethread.message_direction((m.row).direction), (m.row).direction)::text as direction,
  (m.row).source::text as source,
  (m.row).kind::text as kind,
  state.body,
  case when state.revoked_at is null then (m.row).media end as media,
  onethread.visible_name((m.row).sender_name::text) as sender_name,
  (m.row).participant::text as participant,
  (m.row).from_number::text as from_number,
  (m.row).to_number::text as to_number,
  (m.row).provider::text as provider,
  (m.row).provider_message_id::text as provider_message_id,
  (m.row).reply_to::text as reply_to,
  (m.row).lead_id::bigint as lead_id,
  (m.row).identity_id::bigint as identity_id,
  m.sent_at,
  onethread.storable_time((m.row).created_at::timestamptz) as created_at,
  state.original_body,
  state.edited_at,
  state.revoked_at,
  state.status,
  state.status_at,
  state.reactions,
  (
    select answer.reply_address
    from onethread.reply_address(m.business_id, m.conversation_id) as answer
  ) as reply_address,
  (
    select answer.own_number
    from onethread.reply_address(m.business_id, m.conversation_id) as answer
  ) as own_number,
  case when coalesce((m.row).status, 'queued') = 'queued'
    then onethread.storable_time((m.row).send_after::timestamptz) end as send_after,
  onethread.delivery_note(m.row, state.status) as delivery_note,
  -- At the end: to a view that is there, columns can only be appended.
  state.deleted_at,
  state.deleted_by
from (
  select p as row, p.business_id, p.conversation_id, p.id, p.duplicate_of, p.sent_at
  from public.whatsapp_message p
  where onethread.is_plausible_time(p.sent_at)
  union all
  -- Hardly any; apart, so that a condition on sent_at enters an index.
  select p, p.business_id, p.conversation_id, p.id, p.duplicate_of, onethread.message_sent_at(p)
  from public.whatsapp_message p
  where p.sent_at < '2009-01-01 00:00+00'
    or p.sent_at >= now() + interval '24 hours'
    or p.sent_at is null
) m
cross join lateral onethread.message_state(m.row) as state
where m.conversation_id is not null
  and m.duplicate_of is null;

comment on view public.whatsapp_thread is
  'Every linked message once, as it is now: body after edits (original_body), null when deleted '
  'by its author (revoked_at), status and reactions. Order by sent_at, id.';
comment on column public.whatsapp_thread.direction is
  'inbound or outbound, whatever word the writer used.';
comment on column public.whatsapp_thread.body is 'The text after edits; null when deleted.';
comment on column public.whatsapp_thread.original_body is 'The text before edits; null: never edited.';
comment on column public.whatsapp_thread.edited_at is 'When it was last edited.';
comment on column public.whatsapp_thread.revoked_at is
  'When its author deleted it for everyone.';
comment on column public.whatsapp_thread.deleted_at is
  'When somebody else in the group deleted it; the text stays.';
comment on column public.whatsapp_thread.deleted_by is 'Who that was: business, or an address.';
comment on column public.whatsapp_thread.status is
  'How far it came: sent, delivered, read, played, failed; before that the column status of the '
  'message (queued, sending).';
comment on column public.whatsapp_thread.status_at is 'When that status was first reached.';
comment on column public.whatsapp_thread.reactions is
  '[{emoji or vote, actor, at}]; actor: business, null for the person, an address in a group.';
comment on column public.whatsapp_thread.reply_address is
  'Where an answer to the conversation goes, the same in every row; see whatsapp_inbox.';
comment on column public.whatsapp_thread.own_number is
  'Our own number to write from; see whatsapp_inbox.';
comment on column public.whatsapp_thread.send_after is
  'Not to be sent before this time; null once a sender has it.';
comment on column public.whatsapp_thread.delivery_note is
  'Why its sending failed, or "sent, id unknown" when the provider gave it no id.';
