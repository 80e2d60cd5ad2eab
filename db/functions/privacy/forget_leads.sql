-- The CRM's records of a person keep their id, and no name.
create or replace function onethread.forget_leads(p_business_id bigint, p_lead_ids bigint[])
returns void
language plpgsql
as $$
declare
  -- A CRM's own table may not allow null.
  v_required name[] := array(
    select a.attname
    from pg_catalog.pg_attribute a
    where a.attrelid = 'public.lead'::regclass and a.attnotnull);
begin
  update public.lead l
  set name = case when 'name' = any (v_required) then '' end,
      phone = case when 'phone' = any (v_required) then '' end
  where l.business_id = p_business_id
    and l.id = any (p_lead_ids);
end;
$$;

comment on function onethread.forget_leads(bigint, bigint[]) is
  'Takes name and phone out of these leads.';
