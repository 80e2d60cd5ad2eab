-- Keep lead.phone_match_value what the phone says, whoever writes the lead.
--
-- Called by the triggers zzz_onethread_lead_10_normalize and zzz_onethread_lead_20_renormalize.
create or replace function onethread.normalize_lead_phone()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_identifier record;
begin
  v_identifier := onethread.whatsapp_identifier(
    new.phone, onethread.address_region(new.business_id, null, new.phone));
  new.phone_match_value := case
    when v_identifier.kind = 'phone'
      then onethread.identifier_match_value('phone', v_identifier.value)
  end;
  return new;
end;
$$;

comment on function onethread.normalize_lead_phone() is
  'BEFORE INSERT OR UPDATE on lead: derives phone_match_value from phone.';
