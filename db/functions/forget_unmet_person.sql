-- Forget identifiers of which only is known that they belong together.
create or replace function public.forget_unmet_person(p_business_id bigint, p_key text)
returns boolean
language plpgsql
security definer
set search_path = public, pg_temp
as $$
declare
  v_keys text[];
begin
  perform public.check_caller(p_business_id);
  perform public.hold_person(p_business_id, p_key);
  v_keys := public.identity_component(p_business_id, array[p_key]);
  -- Somebody wrote meanwhile; or it is connected with somebody who did.
  if exists (
    select from unnest(v_keys) as k (key) where public.has_conversation(p_business_id, k.key)
  ) then
    return false;
  end if;
  return (
    select f.evidence > 0
    from public.forget_identities(
      p_business_id,
      array(
        select i
        from unnest(v_keys) as k (key)
        cross join lateral public.key_address(k.key) as a
        inner join public.whatsapp_identity i
          on i.business_id = p_business_id
          and i.kind = a.kind
          and i.scope = a.scope
          and i.match_value = a.match_value),
      '{}') as f
  );
end;
$$;

comment on function public.forget_unmet_person(bigint, text) is
  'Deletes what is known about an identifier_key() and those connected with it, when none has a '
  'thread or a lead; false when there is nothing to forget. Raises 55P03 when others hold them.';
