create or replace trigger whatsapp_identity_evidence_21_reapply
after update on public.whatsapp_identity_evidence
for each row
when (
  (new.observed_at, new.is_undated) is distinct from (old.observed_at, old.is_undated)
  and new.applied_at is null
  and new.a_key is not null
)
execute function onethread.apply_evidence_trigger();
