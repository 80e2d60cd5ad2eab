create or replace trigger zzz_onethread_evidence_05_bound
before insert or update on public.whatsapp_identity_evidence
for each row
execute function onethread.bound_evidence_times_trigger();
