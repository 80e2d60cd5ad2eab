-- Was the person erased, and has not written or been written to since?
--
-- For what has no time: until the person is back, it is taken for old.
create or replace function onethread.is_forgotten(p_business_id bigint, p_key text)
returns boolean
language plpgsql
stable
as $$
begin
  return exists (select from onethread.erased_times(p_business_id, p_key))
    and not onethread.has_current_identity(p_business_id, p_key);
end;
$$;

comment on function onethread.is_forgotten(bigint, text) is
  'True for an identifier_key() of an erased person under which nobody is known today.';
