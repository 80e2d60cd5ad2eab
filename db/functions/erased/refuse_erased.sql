-- Whoever is held now: were they erased while this message waited for them?
--
-- Then it must not be written, and what was done for it so far neither: the writer repeats it, and
-- the message is dropped before anything is done.
create or replace function onethread.refuse_erased(
  p_business_id bigint,
  p_keys text[],
  p_sent_at timestamptz
)
returns void
language plpgsql
as $$
begin
  if exists (
    select
    from unnest(p_keys) as k (key)
    where onethread.is_erased(p_business_id, k.key, p_sent_at)
  ) then
    raise exception 'the person was erased while this message was written'
      using errcode = 'serialization_failure', hint = 'Repeat it.';
  end if;
end;
$$;

comment on function onethread.refuse_erased(bigint, text[], timestamptz) is
  'Raises 40001 when one of these identifiers was an erased person''s at that time.';
