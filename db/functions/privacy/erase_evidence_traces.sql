-- Statements that could not be used, but name an erased person as they came.
create or replace function onethread.erase_evidence_traces(
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
    from public.whatsapp_identity_evidence e
    where e.business_id = p_business_id and e.id > p_after_id
    order by e.id
    limit p_batch_size
  ) page;

  delete from public.whatsapp_identity_evidence e
  where e.business_id = p_business_id
    and e.id > p_after_id
    and e.id <= v_count.last_id
    and e.inert_reason is not null
    and array[
      onethread.evidence_key(e.business_id, e.a), onethread.evidence_key(e.business_id, e.b)] && p_keys;
  get diagnostics v_count.evidence = row_count;
  return v_count;
end;
$$;

comment on function onethread.erase_evidence_traces(bigint, text[], bigint, int) is
  'Looks at so many rows of evidence after an id and deletes those that are inert and name one of '
  'the keys.';
