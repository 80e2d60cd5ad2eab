create or replace trigger whatsapp_identity_evidence_20_apply
after insert on public.whatsapp_identity_evidence
for each row
when (new.applied_at is null and new.a_key is not null)
execute function onethread.apply_evidence_trigger();
