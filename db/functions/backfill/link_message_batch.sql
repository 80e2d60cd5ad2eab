-- Link stored messages: first who their people are, then, in a later statement, the messages.
--
-- In one statement it would be an update of rows that its own triggers change (27000), and it would
-- not see what was committed while it waited.
--
-- is_internal is set by a call: in the function's head only a superuser may name such a setting.
create or replace function onethread.link_message_batch(
  p_business_id bigint,
  p_ids bigint[],
  out last_id bigint,
  out linked int
)
language plpgsql
set lock_timeout = '250ms'
as $$
declare
  v_unlinked onethread.whatsapp_unlinked[] := onethread.read_unlinked_messages(p_business_id, p_ids);
begin
  perform set_config('onethread.is_internal', 'on', true);
  last_id := coalesce(
    onethread.resolve_unlinked(
      p_business_id, v_unlinked, clock_timestamp() + interval '300 milliseconds'),
    p_ids[cardinality(p_ids)]);
  perform set_config('onethread.is_internal', 'off', true);

  linked := onethread.attach_messages(p_business_id, v_unlinked, last_id);
  if linked > 0 then
    perform onethread.record_shown_names(
      p_business_id,
      array(select u.message_id from unnest(v_unlinked) as u where u.message_id <= last_id));
  end if;
end;
$$;

comment on function onethread.link_message_batch(bigint, bigint[]) is
  'Links those of the messages (ids in ascending order) that are in no thread, up to last_id; the '
  'rest is for the next batch. linked: how many are in a thread now.';
