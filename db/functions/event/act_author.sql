-- By whom and how was an edit, a delete, a reaction or a vote done? All that decides whether it counts, but the
-- time; what has no text is apart, for it changes none. A status has no author.
--
-- The expression of whatsapp_message_event_act_idx, in whose place the planner puts it.
create or replace function onethread.act_author(p_event public.whatsapp_message_event)
returns text
language sql
immutable
parallel safe
return case when (p_event).kind not in ('sent', 'delivered', 'read', 'played', 'failed') then md5(
  (p_event).kind
  || chr(31) || coalesce((p_event).provider, '')
  || chr(31) || coalesce((p_event).address, '')
  || chr(31) || coalesce((p_event).target_direction, '')
  || chr(31) || coalesce((p_event).actor, '')
  || chr(31) || (p_event).is_from_business::text
  || chr(31) || ((p_event).body is null)::text
) else '' end collate "C";

comment on function onethread.act_author(public.whatsapp_message_event) is
  'Equal for events of one kind by one author in one chat; empty for a status.';
