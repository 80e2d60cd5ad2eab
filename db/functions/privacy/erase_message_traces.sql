-- What an erased person left in the other messages: their part in groups, messages that are in no
-- thread, and payloads of others that name them.
create or replace function onethread.erase_message_traces(
  p_business_id bigint,
  p_keys text[],
  p_after_id bigint,
  p_batch_size int
)
returns onethread.erased_count
language plpgsql
as $$
declare
  v_count onethread.erased_count;
begin
  select max(page.id) into v_count.last_id
  from (
    select m.id
    from public.whatsapp_message m
    where m.business_id = p_business_id and m.id > p_after_id
    order by m.id
    limit p_batch_size
  ) page;

  select d.messages, d.events into v_count.messages, v_count.events
  from onethread.delete_messages(
    p_business_id,
    array(
      select m.id
      from public.whatsapp_message m
      where m.business_id = p_business_id
        and m.id > p_after_id
        and m.id <= v_count.last_id
        and onethread.is_outside_threads(m)
        and onethread.is_erased_message(
          m, onethread.earliest_time(onethread.message_sent_at(m), m.created_at::timestamptz)))) as d;

  update public.whatsapp_message m
  set payload = null
  where m.business_id = p_business_id
    and m.id > p_after_id
    and m.id <= v_count.last_id
    and onethread.find_erased_names(
      m.business_id, m.payload::text, p_keys,
      onethread.earliest_time(onethread.message_sent_at(m), m.created_at::timestamptz)) <> '{}';
  get diagnostics v_count.payloads = row_count;
  return v_count;
end;
$$;

comment on function onethread.erase_message_traces(bigint, text[], bigint, int) is
  'Looks at so many messages after an id: deletes those that are an erased person''s, and takes the '
  'payload out of others that name one of the keys.';
