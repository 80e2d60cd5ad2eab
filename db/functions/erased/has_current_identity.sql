-- Is anything known about this identifier today?
create or replace function onethread.has_current_identity(p_business_id bigint, p_key text)
returns boolean
language plpgsql
stable
as $$
begin
  return exists (
    select
    from onethread.key_address(p_key) as a
    inner join public.whatsapp_identity i
      on i.business_id = p_business_id
      and i.kind = a.kind
      and i.scope = a.scope
      and i.match_value = a.match_value
    where i.valid_until is null
  );
end;
$$;

comment on function onethread.has_current_identity(bigint, text) is
  'True when the identifier_key() is somebody''s today.';
