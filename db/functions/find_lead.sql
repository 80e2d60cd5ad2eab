-- The lead of a person: the one the writer names, else the one whose record has the phone.
--
-- Locked, so that it cannot be deleted between here and the foreign keys that will name it; a lead
-- that is being deleted is waited for, and then is none.
create or replace function public.find_lead(
  p_business_id bigint,
  p_lead_id bigint,
  p_addresses public.whatsapp_address[]
)
returns bigint
language plpgsql
volatile
as $$
declare
  v_lead_id bigint;
begin
  if p_lead_id is not null then
    select l.id into v_lead_id
    from public.lead l
    where l.business_id = p_business_id and l.id = p_lead_id
    for key share;
  end if;

  if v_lead_id is null then
    select l.id into v_lead_id
    from public.lead l
    where l.business_id = p_business_id
      and l.phone_match_value in (
        select a.match_value from unnest(p_addresses) as a where a.kind = 'phone'
      )
    order by l.id
    limit 1
    for key share;
  end if;
  return v_lead_id;
end;
$$;

comment on function public.find_lead(bigint, bigint, public.whatsapp_address[]) is
  'The given lead if it exists in the business, else the lowest lead with one of these phones, '
  'else null.';
