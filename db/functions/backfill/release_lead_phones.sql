-- Forget the phones that leads' records named only under an older reading.
create or replace function onethread.release_lead_phones()
returns void
language plpgsql
as $$
declare
  v_phone record;
begin
  for v_phone in
    select
      e.business_id, l.id as lead_id, (onethread.key_address(e.b_key)).match_value as match_value
    from public.whatsapp_identity_evidence e
    inner join public.lead l
      on l.business_id = e.business_id
      and l.id = onethread.lead_id(e.a_key)
    where onethread.is_lead_key(e.a_key)
      and onethread.is_phone_key(e.b_key)
      and e.source = 'lead record'
      and e.b_key is distinct from onethread.identifier_key('phone', '', l.phone_match_value)
  loop
    perform onethread.release_lead_phone(v_phone.business_id, v_phone.lead_id, v_phone.match_value);
  end loop;
end;
$$;

comment on function onethread.release_lead_phones() is
  'release_lead_phone() for every phone that is not the lead''s any more.';
