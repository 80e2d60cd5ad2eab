-- A human says that an identifier is somebody else: a phone from a time on, or altogether.
create or replace function onethread.split_identifier(
  p_business_id bigint,
  p_kind text,
  p_value text,
  p_since timestamptz default null
)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_try int := 1;
  v_key text := onethread.identifier_key(
    p_kind, onethread.identifier_scope(p_kind, p_value),
    onethread.identifier_match_value(p_kind, p_value));
begin
  perform onethread.check_caller(
    p_business_id, 'onethread.split_identifier(bigint, text, text, timestamptz)');
  perform onethread.wait_for_joins(p_business_id);
  if not exists (
    select
    from public.whatsapp_identity i
    where i.business_id = p_business_id
      and i.kind = p_kind
      and i.scope = onethread.identifier_scope(p_kind, p_value)
      and i.match_value = onethread.identifier_match_value(p_kind, p_value)
      and i.conversation_id is not null
  ) then
    raise exception 'business % has no conversation under % %', p_business_id, p_kind, p_value
      using errcode = 'no_data_found',
        hint = 'Give kind and value as whatsapp_identity has them.';
  end if;
  if p_since is not null and p_kind <> 'phone' then
    raise exception 'only a phone can be split from a time on; a % is one person for good', p_kind
      using errcode = 'invalid_parameter_value', hint = 'Leave since null.';
  end if;

  perform onethread.record_split(p_business_id, v_key, p_value, p_since);
  while not onethread.apply_identities(p_business_id, array[v_key], '{}', null) loop
    v_try := onethread.next_try(v_try, format('cannot split %s %s', p_kind, p_value));
  end loop;
  return (
    select i.conversation_id
    from public.whatsapp_identity i
    where i.business_id = p_business_id
      and i.kind = p_kind
      and i.scope = onethread.identifier_scope(p_kind, p_value)
      and i.match_value = onethread.identifier_match_value(p_kind, p_value)
      and i.valid_until is null
  );
end;
$$;

comment on function onethread.split_identifier(bigint, text, text, timestamptz) is
  'Parts an identifier from the person it was with: a phone from since on (its earlier messages '
  'stay), or, with since null, altogether. Returns the conversation that it leads to now, null when '
  'nobody has written under it since.';
