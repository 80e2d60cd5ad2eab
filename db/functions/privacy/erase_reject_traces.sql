-- Payloads that were not processed and name an erased person.
create or replace function onethread.erase_reject_traces(
  p_erasure onethread.erasure,
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
    where r.business_id = p_erasure.business_id and r.id > p_erasure.after_id
    order by r.id
    limit p_batch_size
  ) page;

  v_count.rejects := 0;
  for v_reject in
    select r.id, n.names || p_erasure.names as names
    from onethread.webhook_reject r
    cross join lateral (values (r.payload || ' ' || r.reason)) as t (text)
    cross join lateral onethread.find_erased_names(
      r.business_id, t.text, p_erasure.keys, r.received_at) as n (names)
    where r.business_id = p_erasure.business_id
      and r.id > p_erasure.after_id
      and r.id <= v_count.last_id
      and (n.names <> '{}' or onethread.contains_name(t.text, p_erasure.names))
  loop
    perform onethread.erase_from_reject(p_erasure.business_id, v_reject.id, v_reject.names);
    v_count.rejects := v_count.rejects + 1;
  end loop;
  return v_count;
end;
$$;

comment on function onethread.erase_reject_traces(onethread.erasure, int) is
  'Looks at so many payloads in webhook_reject after an id and cuts those that name the erased person '
  '(erase_from_reject()).';
