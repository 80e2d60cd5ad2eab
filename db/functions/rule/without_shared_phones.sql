-- Evidence that counts: a phone that too many accounts have says nothing about any of them, the first
-- ones neither, in whatever order they came.
create or replace function onethread.without_shared_phones(
  p_evidence public.whatsapp_identity_evidence[]
)
returns public.whatsapp_identity_evidence[]
language plpgsql
immutable
parallel safe
as $$
declare
  v_ids bigint[];
begin
  if coalesce(cardinality(p_evidence), 0) <= onethread.identifier_cap() then
    return p_evidence;
  end if;
  select array_agg(i.id) into v_ids
  from onethread.list_shared_phones(p_evidence) s
  cross join unnest(s.evidence_ids) as i (id);
  if v_ids is null then
    return p_evidence;
  end if;
  return array(select e from unnest(p_evidence) as e where e.id <> all (v_ids));
end;
$$;

comment on function onethread.without_shared_phones(public.whatsapp_identity_evidence[]) is
  'The rows without the pairs of list_shared_phones().';
