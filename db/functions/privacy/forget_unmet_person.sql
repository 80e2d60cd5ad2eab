-- Forget identifiers of which only is known that they belong together.
create or replace function onethread.forget_unmet_person(p_business_id bigint, p_key text)
returns boolean
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_keys text[];
begin
  perform onethread.check_caller(p_business_id, 'onethread.forget_unmet_person(bigint, text)');
  perform onethread.lock_person(p_business_id, p_key);
  v_keys := onethread.identity_component(p_business_id, array[p_key]);
  -- Somebody wrote meanwhile; or it is connected with somebody who did.
  if exists (
    select from unnest(v_keys) as k (key) where onethread.has_conversation(p_business_id, k.key)
  ) then
    return false;
  end if;
  return (
    select f.evidence > 0
    from onethread.forget_identities(
      p_business_id,
      array(select i from onethread.key_identities(p_business_id, v_keys) as i), '{}', '{}') as f
  );
end;
$$;

comment on function onethread.forget_unmet_person(bigint, text) is
  'Deletes what is known about an identifier_key() and those connected with it, when none has a '
  'thread or a lead; false when there is nothing to forget. Raises 55P03 when others hold them.';
