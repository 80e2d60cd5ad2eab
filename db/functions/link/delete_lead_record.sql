-- What a lead's record said of a phone is said no more.
create or replace function onethread.delete_lead_record(
  p_business_id bigint,
  p_lead_key text,
  p_phone_key text
)
returns void
language plpgsql
as $$
declare
  v_evidence_id bigint;
begin
  for v_evidence_id in
    select e.id
    from public.whatsapp_identity_evidence e
    where e.business_id = p_business_id
      and e.a_key = p_lead_key
      and e.b_key = p_phone_key
      and e.relation = 'same'
      and e.source = 'lead record'
    for update skip locked
  loop
    delete from public.whatsapp_identity_evidence e
    where e.business_id = p_business_id and e.id = v_evidence_id;
  end loop;
end;
$$;

comment on function onethread.delete_lead_record(bigint, text, text) is
  'Deletes the evidence of a lead''s record about a phone; not what somebody holds.';
