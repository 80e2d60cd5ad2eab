-- A human answers a conflict: these two conversations are two people.
create or replace function onethread.declare_different(
  p_business_id bigint,
  p_first_id bigint,
  p_second_id bigint,
  p_source text
)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_first text;
  v_second text;
begin
  perform onethread.check_caller(p_business_id);
  v_first := (
    select known.addresses[1]
    from onethread.conversation_identifiers(p_business_id, p_first_id) as known
  );
  v_second := (
    select known.addresses[1]
    from onethread.conversation_identifiers(p_business_id, p_second_id) as known
  );
  if v_first is null or v_second is null or p_first_id = p_second_id then
    raise exception 'conversations % and % of business % are not two with an identifier each',
      p_first_id, p_second_id, p_business_id
      using errcode = 'no_data_found';
  end if;
  insert into public.whatsapp_identity_evidence (business_id, a, b, relation, source)
  values (p_business_id, v_first, v_second, 'different', p_source)
  on conflict do nothing;
end;
$$;

comment on function onethread.declare_different(bigint, bigint, bigint, text) is
  'Writes the evidence that two conversations are two people: settles conflicts between them, and '
  'keeps them apart. Raises P0002 when one of them is unknown.';
