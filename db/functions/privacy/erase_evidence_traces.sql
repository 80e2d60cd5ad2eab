-- Statements that could not be used, but name an erased person as they came; sources of others', typed by
-- somebody, that do.
create or replace function onethread.erase_evidence_traces(
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
    select e.id
    from public.whatsapp_identity_evidence e
    where e.business_id = p_erasure.business_id and e.id > p_erasure.after_id
    order by e.id
    limit p_batch_size
  ) page;

  delete from public.whatsapp_identity_evidence e
  where e.business_id = p_erasure.business_id
    and e.id > p_erasure.after_id
    and e.id <= v_count.last_id
    and e.inert_reason is not null
    and array[
      onethread.evidence_key(e.business_id, e.a), onethread.evidence_key(e.business_id, e.b)]
      && p_erasure.keys;
  get diagnostics v_count.evidence = row_count;
  update public.whatsapp_identity_evidence e
  set source = 'cut by an erasure'
  where e.business_id = p_erasure.business_id
    and e.id > p_erasure.after_id
    and e.id <= v_count.last_id
    and onethread.is_named_in(p_erasure, e.source, e.created_at);
  get diagnostics v_count.payloads = row_count;
  return v_count;
end;
$$;

comment on function onethread.erase_evidence_traces(onethread.erasure, int) is
  'Looks at so many rows of evidence after an id and deletes those that are inert and name the '
  'erased person, and takes out sources that do.';
