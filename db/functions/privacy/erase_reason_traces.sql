-- What somebody typed as the reason of another person's join, and named an erased one in.
create or replace function onethread.erase_reason_traces(
  p_erasure onethread.erasure,
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
    select g.id
    from onethread.whatsapp_conversation_merge g
    where g.business_id = p_erasure.business_id and g.id > p_erasure.after_id
    order by g.id
    limit p_batch_size
  ) page;

  update onethread.whatsapp_conversation_merge g
  set reason = 'cut by an erasure'
  where g.business_id = p_erasure.business_id
    and g.id > p_erasure.after_id
    and g.id <= v_count.last_id
    and onethread.is_named_in(p_erasure, g.reason, g.merged_at);
  get diagnostics v_count.payloads = row_count;
  return v_count;
end;
$$;

comment on function onethread.erase_reason_traces(onethread.erasure, int) is
  'Looks at so many rows of the log of joins after an id and takes out reasons that name an erased '
  'person.';
