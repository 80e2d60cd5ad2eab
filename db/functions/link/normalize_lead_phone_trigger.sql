-- Keep lead.phone_match_value what the phone says, whoever writes the lead.
--
-- Called by the triggers zzz_onethread_lead_10_normalize and zzz_onethread_lead_20_renormalize.
create or replace function onethread.normalize_lead_phone_trigger()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
declare
  v_address onethread.whatsapp_address :=
    onethread.read_business_address(new.business_id, null, new.phone);
begin
  new.phone_match_value := case when v_address.kind = 'phone' then v_address.match_value end;
  return new;
end;
$$;

comment on function onethread.normalize_lead_phone_trigger() is
  'BEFORE INSERT OR UPDATE on lead: derives phone_match_value from phone.';
