create or replace trigger zzz_onethread_evidence_10_prepare
before insert on public.whatsapp_identity_evidence
for each row
when (new.applied_at is null and onethread.can_write_business(new.business_id))
execute function onethread.prepare_evidence_trigger();
