-- A lead goes: its conversation lets go of it first.
--
-- The foreign key would do the same, but afterwards, and a CRM may have one of its own that refuses:
-- it must be able to delete what it could delete before conversations were tied to leads.
--
-- Called by the trigger zzz_onethread_lead_30_release.
create or replace function onethread.release_lead_trigger()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
begin
  update public.whatsapp_conversation c
  set lead_id = null
  where c.business_id = old.business_id
    and c.lead_id = old.id;
  return old;
end;
$$;

comment on function onethread.release_lead_trigger() is
  'BEFORE DELETE on lead: takes the lead from its conversation.';
