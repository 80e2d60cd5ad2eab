-- Payloads that were not processed and name an erased person.
create or replace function onethread.erase_reject_traces(
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
  v_reject record;
begin
  select max(page.id) into v_count.last_id
  from (
    select r.id
    from onethread.webhook_reject r
    where r.business_id = p_business_id and r.id > p_after_id
    order by r.id
    limit p_batch_size
  ) page;

  v_count.rejects := 0;
  for v_reject in
    select r.id, n.names
    from onethread.webhook_reject r
    cross join lateral onethread.find_erased_names(
      r.business_id, r.payload || ' ' || r.reason, p_keys, r.received_at) as n (names)
    where r.business_id = p_business_id
      and r.id > p_after_id
      and r.id <= v_count.last_id
      and n.names <> '{}'
  loop
    perform onethread.erase_from_reject(p_business_id, v_reject.id, v_reject.names);
    v_count.rejects := v_count.rejects + 1;
  end loop;
  return v_count;
end;
$$;

comment on function onethread.erase_reject_traces(bigint, text[], bigint, int) is
  'Looks at so many payloads in webhook_reject after an id and cuts those that name one of the keys '
  '(erase_from_reject()).';
