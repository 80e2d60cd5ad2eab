-- Is the conversation already this lead's? Or another's that comes first, and is the claim recorded?
create or replace function public.is_lead_known(
  p_business_id bigint,
  p_conversation_id bigint,
  p_lead_id bigint,
  p_key text
)
returns boolean
language plpgsql
stable
parallel safe
as $$
declare
  v_lead_id bigint := (
    select c.lead_id
    from public.whatsapp_conversation c
    where c.business_id = p_business_id
      and c.id = p_conversation_id
  );
begin
  return v_lead_id = p_lead_id
    or v_lead_id < p_lead_id and public.is_attested(
      p_business_id, public.address_key(public.lead_address(p_lead_id)), p_key, 'infinity');
end;
$$;

comment on function public.is_lead_known(bigint, bigint, bigint, text) is
  'True when a message with this lead changes nothing about the conversation (of two leads that '
  'claim one person the lowest id keeps it).';
