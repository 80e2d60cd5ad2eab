-- Was the person erased, and has not written or been written to since?
--
-- For statements without a time: until the person is back, they are taken for old ones.
create or replace function public.is_forgotten(p_business_id bigint, p_key text)
returns boolean
language plpgsql
stable
as $$
begin
  return exists (
    select
    from public.erasure_secret s
    inner join public.erased_identifier e
      on e.business_id = s.business_id
      and e.key_hash = sha256(s.secret || convert_to(p_key, 'UTF8'))
    where s.business_id = p_business_id
  ) and not exists (
    select
    from public.key_address(p_key) as a
    inner join public.whatsapp_identity i
      on i.business_id = p_business_id
      and i.kind = a.kind
      and i.scope = a.scope
      and i.match_value = a.match_value
    where i.valid_until is null
  );
end;
$$;

comment on function public.is_forgotten(bigint, text) is
  'True for an identifier_key() of an erased person under which nobody is known today.';
