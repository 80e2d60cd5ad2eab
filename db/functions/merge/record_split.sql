-- What split_identifier() says, as evidence.
create or replace function onethread.record_split(
  p_business_id bigint,
  p_key text,
  p_value text,
  p_since timestamptz
)
returns void
language plpgsql
as $$
declare
  v_said_at timestamptz := greatest(
    clock_timestamp(), onethread.last_observed_at(p_business_id, array[p_key]));
  v_other text;
begin
  if p_since is not null then
    insert into public.whatsapp_identity_evidence (
      business_id, a, relation, source, observed_at, a_key
    )
    values (p_business_id, p_value, 'replaced', 'split by hand', p_since, p_key);
    return;
  end if;
  foreach v_other in array onethread.identity_component(p_business_id, array[p_key]) loop
    perform onethread.record_different(p_business_id, p_key, v_other, 'split by hand', v_said_at);
  end loop;
end;
$$;

comment on function onethread.record_split(bigint, text, text, timestamptz) is
  'Evidence that a phone ended at since; with since null, different between the identifier and all '
  'that evidence connects it with. The caller applies it.';
