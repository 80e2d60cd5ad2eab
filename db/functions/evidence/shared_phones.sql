-- The phones of a business that tie nobody. A handful, mostly none.
create or replace function onethread.shared_phones(p_business_id bigint)
returns text[]
language plpgsql
stable
parallel safe
as $$
begin
  return array(select s.key from onethread.shared_phone s where s.business_id = p_business_id);
end;
$$;

comment on function onethread.shared_phones(bigint) is
  'identifier_key() of the phones in shared_phone.';
