-- Is a canonical key a name of a program's own, which says nothing about a person? So is that of a
-- lead that is not there, and of the business's own number.
create or replace function onethread.is_free_name(p_business_id bigint, p_canonical_key text)
returns boolean
language plpgsql
stable
as $$
declare
  v_address onethread.whatsapp_address := onethread.read_conversation_key(
    p_business_id, p_canonical_key);
begin
  return (v_address is null or onethread.is_own_address(p_business_id, v_address))
    and not exists (
      select
      from public.lead l
      where l.business_id = p_business_id
        and l.id = onethread.read_conversation_lead(p_business_id, p_canonical_key)
    );
end;
$$;

comment on function onethread.is_free_name(bigint, text) is
  'True when the key is neither that of a lead, nor that of an address of anybody but the business '
  'itself.';
