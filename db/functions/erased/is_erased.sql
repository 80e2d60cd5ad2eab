-- Was the person who had this identifier at that time erased?
--
-- A business that has erased nobody has no secret: it pays for one probe.
create or replace function onethread.is_erased(p_business_id bigint, p_key text, p_at timestamptz)
returns boolean
language plpgsql
stable
as $$
begin
  return exists (
    select
    from onethread.erasure_secret s
    inner join onethread.erased_identifier e
      on e.business_id = s.business_id
      and e.key_hash = sha256(s.secret || convert_to(p_key, 'UTF8'))
    where s.business_id = p_business_id
      and e.erased_from <= p_at
      and e.erased_until > p_at
  );
end;
$$;

comment on function onethread.is_erased(bigint, text, timestamptz) is
  'True when what was sent under this identifier_key() at that time is not to be stored again.';
