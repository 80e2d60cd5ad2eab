-- Is it one of the business's own numbers? A business has a handful: they are compared one by one.
create or replace function onethread.is_own_address(
  p_business_id bigint,
  p_address onethread.whatsapp_address
)
returns boolean
language plpgsql
stable
parallel safe
as $$
begin
  return (
    select exists (
      select
      from public.business_number n
      where n.business_id = p_business_id
        and n.kind = p_address.kind
        and onethread.identifier_match_value(n.kind, n.value) = p_address.match_value
    )
  );
end;
$$;

comment on function onethread.is_own_address(bigint, onethread.whatsapp_address) is
  'True when business_number lists the address, in this or an equivalent spelling.';
