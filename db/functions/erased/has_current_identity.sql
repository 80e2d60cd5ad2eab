-- Is anything known about this identifier today?
create or replace function onethread.has_current_identity(p_business_id bigint, p_key text)
returns boolean
language plpgsql
stable
as $$
begin
  return exists (
    select
    from onethread.key_identities(p_business_id, array[p_key]) as i
    where i.valid_until is null
  );
end;
$$;

comment on function onethread.has_current_identity(bigint, text) is
  'True when the identifier_key() is somebody''s today.';
