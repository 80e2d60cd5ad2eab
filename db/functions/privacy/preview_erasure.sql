-- Who would be erased?
create or replace function onethread.preview_erasure(
  p_business_id bigint,
  p_address text,
  out addresses text[],
  out messages bigint,
  out leads bigint
)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_person record;
begin
  perform onethread.check_caller(p_business_id, 'onethread.preview_erasure(bigint, text)');
  v_person := onethread.find_person(
    p_business_id, onethread.person_key(p_business_id, p_address));

  addresses := array(
    select distinct onethread.written_address(i.kind, i.value)
    from unnest(v_person.identities) as i);
  messages := (
    select count(*)
    from public.whatsapp_message m
    where m.business_id = p_business_id
      and m.conversation_id = any (v_person.conversation_ids)
  ) + (
    select count(distinct u.id)
    -- Older than the trigger; of somebody without a thread, by the address.
    from unnest(coalesce(nullif(v_person.conversation_ids, '{}'), array[null::bigint])) as c (id)
    cross join lateral onethread.list_unlinked_messages(p_business_id, c.id, p_address) as u
  );
  leads := cardinality(v_person.lead_ids);
end;
$$;

comment on function onethread.preview_erasure(bigint, text) is
  'What start_erasure() would take: the person''s addresses, how many messages their conversations '
  'have or will have once they are linked, how many leads are theirs. Their part in groups is not '
  'counted. Raises 22023 when the address is no person''s.';
