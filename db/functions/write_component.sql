-- Write down what the rule says about a component: identities and threads, then the open questions.
create or replace function public.write_component(
  p_business_id bigint,
  p_keys text[],
  p_plan public.whatsapp_identity_plan[],
  p_state public.whatsapp_resolution,
  p_cause text[],
  p_writer_key text,
  p_written_at timestamptz
)
returns void
language plpgsql
as $$
declare
  v_plan public.whatsapp_identity_plan[] := public.write_identities(
    p_business_id,
    public.add_missing_conversations(p_business_id, p_plan, p_writer_key, p_written_at),
    p_state, p_cause);
  v_key text;
begin
  perform public.write_conflicts(p_business_id, p_keys, v_plan, p_state);

  -- With an older snapshot what others have just said may be missing: somebody has to look again.
  if current_setting('transaction_isolation') = 'read committed' then
    foreach v_key in array p_keys loop
      update public.whatsapp_identity_evidence e
      set applied_at = clock_timestamp()
      where e.business_id = p_business_id
        and e.a_key = v_key
        and e.applied_at is null;
    end loop;
  end if;
end;
$$;

comment on function public.write_component(
  bigint, text[], public.whatsapp_identity_plan[], public.whatsapp_resolution, text[], text,
  timestamptz) is
  'Carries out a plan of apply_component() and marks the evidence about the keys as applied.';
