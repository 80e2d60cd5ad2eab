-- A program does something that only one session at a time does in its business.
--
-- Called by app/onethread: to repeat what failed in a conflict (retry, patient), and before evidence
-- is applied in the background (pending: another server may be at it).
create or replace function onethread.take_turn(
  p_business_id bigint,
  p_purpose text,
  p_is_patient boolean
)
returns boolean
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform onethread.check_caller(p_business_id, 'onethread.take_turn(bigint, text, boolean)');
  if not p_is_patient
    and exists (
      select
      from onethread.business_lock l
      where l.business_id = p_business_id and l.purpose = p_purpose
    )
    and not exists (
      select
      from onethread.business_lock l
      where l.business_id = p_business_id and l.purpose = p_purpose
      for update skip locked
    )
  then
    return false;
  end if;
  perform onethread.lock_business(p_business_id, p_purpose);
  return true;
end;
$$;

comment on function onethread.take_turn(bigint, text, boolean) is
  'Holds the row of business_lock until the end of the transaction: true. When another session has '
  'it, waits, or, not patient, returns false.';
