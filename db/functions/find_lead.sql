-- The lead of a person: the one the writer names, else the one whose record has the phone.
create or replace function public.find_lead(
  p_business_id bigint,
  p_lead_id bigint,
  p_addresses public.whatsapp_address[]
)
returns bigint
language plpgsql
stable
as $$
begin
  return (
    select coalesce(
      (
        select l.id
        from public.lead l
        where l.business_id = p_business_id
          and l.id = p_lead_id
      ),
      (
        select min(l.id)
        from unnest(p_addresses) as a
        inner join public.lead l
          on l.business_id = p_business_id
          and l.phone_match_value = a.match_value
        where a.kind = 'phone'
      )
    )
  );
end;
$$;

comment on function public.find_lead(bigint, bigint, public.whatsapp_address[]) is
  'The given lead if it exists in the business, else the lowest lead with one of these phones, '
  'else null.';
