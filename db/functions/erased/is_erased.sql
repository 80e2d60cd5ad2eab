-- Was the person who had this identifier at that time erased?
create or replace function onethread.is_erased(p_business_id bigint, p_key text, p_at timestamptz)
returns boolean
language plpgsql
stable
as $$
begin
  return exists (
    select
    from onethread.erased_times(p_business_id, p_key) as e
    where e.erased_from <= p_at
      and e.erased_until > p_at
  );
end;
$$;

comment on function onethread.is_erased(bigint, text, timestamptz) is
  'True when what was sent under this identifier_key() at that time is not to be stored again.';
