-- Remember that what was sent under an identifier in that time is not to come back.
create or replace function onethread.record_erased_identifier(
  p_business_id bigint,
  p_key text,
  p_from timestamptz,
  p_until timestamptz
)
returns void
language plpgsql
as $$
declare
  v_hash bytea;
begin
  insert into onethread.erasure_secret (business_id)
  values (p_business_id)
  on conflict (business_id) do nothing;
  select sha256(s.secret || convert_to(p_key, 'UTF8')) into v_hash
  from onethread.erasure_secret s
  where s.business_id = p_business_id;

  -- Erased before: one longer time.
  update onethread.erased_identifier e
  set erased_until = greatest(e.erased_until, p_until)
  where e.business_id = p_business_id
    and e.key_hash = v_hash
    and e.erased_from <= p_from
    and e.erased_until >= p_from;
  if not found then
    insert into onethread.erased_identifier (business_id, key_hash, erased_from, erased_until)
    values (p_business_id, v_hash, p_from, p_until)
    on conflict (business_id, key_hash, erased_from) do update
    set erased_until = greatest(erased_identifier.erased_until, excluded.erased_until);
  end if;
end;
$$;

comment on function onethread.record_erased_identifier(bigint, text, timestamptz, timestamptz) is
  'Adds an identifier_key() to erased_identifier, for messages sent from then until then.';
