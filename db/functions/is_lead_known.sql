-- Is the conversation already this lead's, or settled with a lead that comes first?
create or replace function public.is_lead_known(
  p_business_id bigint,
  p_conversation_id bigint,
  p_lead_id bigint
)
returns boolean
language plpgsql
stable
parallel safe
as $$
begin
  return (
    select c.lead_id <= p_lead_id
    from public.whatsapp_conversation c
    where c.business_id = p_business_id
      and c.id = p_conversation_id
  );
end;
$$;

comment on function public.is_lead_known(bigint, bigint, bigint) is
  'True when a message with this lead changes nothing about the conversation (of two leads that '
  'claim one person the lowest id keeps it).';
