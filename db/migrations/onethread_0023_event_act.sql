-- depends: onethread_0022_contact_name
-- The events of a message, where what one author does again and again (thousands of reactions) stands
-- together, the last at the end: find_next_act() steps over the others. The expression is act_author().
-- Statuses come first.
create index whatsapp_message_event_act_idx
  on public.whatsapp_message_event (
    business_id,
    provider_message_id,
    (case when kind not in ('sent', 'delivered', 'read', 'played', 'failed') then md5(
      kind
      || chr(31) || coalesce(provider, '')
      || chr(31) || coalesce(address, '')
      || chr(31) || coalesce(target_direction, '')
      || chr(31) || coalesce(actor, '')
      || chr(31) || is_from_business::text
      || chr(31) || (body is null)::text
    ) else '' end collate "C"),
    is_time_known,
    occurred_at
  )
  where length(provider_message_id) <= 255;

drop index public.whatsapp_message_event_message_idx;
