-- What an undone join rested on counts no more, and a human says so.
create or replace function onethread.withdraw_evidence(
  p_business_id bigint,
  p_merge onethread.whatsapp_conversation_merge,
  p_cause public.whatsapp_identity_evidence
)
returns void
language plpgsql
as $$
declare
  v_source text := 'undo of merge ' || p_merge.id;
  v_said_at timestamptz := greatest(
    clock_timestamp(),
    onethread.last_observed_at(
      p_business_id,
      array_remove(array[p_merge.survivor_key, p_merge.absorbed_key, p_cause.a_key], null)));
begin
  if p_cause.relation = 'merged' then
    delete from public.whatsapp_identity_evidence e
    where e.business_id = p_business_id and e.id = p_cause.id;
  end if;

  perform onethread.record_different(
    p_business_id, p_merge.survivor_key, p_merge.absorbed_key, v_source, v_said_at);
  -- Evidence that joined through other identifiers than those that stood for the threads.
  if p_cause.relation <> 'merged' and p_cause.b_key is not null then
    perform onethread.record_different(p_business_id, p_cause.a_key, p_cause.b_key, v_source, v_said_at);
  end if;
end;
$$;

comment on function onethread.withdraw_evidence(
  bigint, onethread.whatsapp_conversation_merge, public.whatsapp_identity_evidence) is
  'Deletes the evidence of a join by hand and writes "different" between what was joined.';
