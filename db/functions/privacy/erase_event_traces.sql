-- What an erased person did, and what happened to their messages; payloads of others that name them.
create or replace function onethread.erase_event_traces(
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
    select e.id
    from public.whatsapp_message_event e
    where e.business_id = p_business_id and e.id > p_after_id
    order by e.id
    limit p_batch_size
  ) page;

  delete from public.whatsapp_message_event e
  where e.business_id = p_business_id
    and e.id > p_after_id
    and e.id <= v_count.last_id
    and exists (
      select
      from unnest(array_remove(array[e.address, e.actor], null)) as a (raw)
      where onethread.is_erased(
        e.business_id,
        onethread.address_key(onethread.read_business_address(e.business_id, e.provider, a.raw)),
        onethread.earliest_time(e.occurred_at, e.created_at))
    );
  get diagnostics v_count.events = row_count;
  update public.whatsapp_message_event e
  set payload = null
  where e.business_id = p_business_id
    and e.id > p_after_id
    and e.id <= v_count.last_id
    and onethread.find_erased_names(
      e.business_id, e.payload::text, p_keys, onethread.earliest_time(e.occurred_at, e.created_at))
      <> '{}';
  get diagnostics v_count.payloads = row_count;
  return v_count;
end;
$$;

comment on function onethread.erase_event_traces(bigint, text[], bigint, int) is
  'Looks at so many message events after an id: deletes those of and by erased people, and takes '
  'the payload out of others that name one of the keys.';
