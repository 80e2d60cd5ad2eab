-- Before a human's join, split or undo: nobody else joins in this business until we are done.
--
-- All that is decided is read after this, in later statements: what was looked up before the wait
-- may have been joined away meanwhile.
create or replace function onethread.wait_for_joins(p_business_id bigint)
returns void
language plpgsql
set lock_timeout = '10s'
as $$
begin
  -- Or its joins could be held up from another one.
  if not onethread.can_write_business(p_business_id) then
    raise exception 'this session may not write for business %', p_business_id
      using errcode = 'insufficient_privilege', hint = 'Set onethread.business_id.';
  end if;
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'the transaction is not READ COMMITTED'
      using errcode = 'object_not_in_prerequisite_state',
        hint = 'With an older snapshot a message that has just been written would be left behind.';
  end if;
  perform onethread.lock_for_join(p_business_id, '{}', '{}');
exception when lock_not_available then
  raise exception 'another session is joining conversations of business %', p_business_id
    using errcode = 'lock_not_available', hint = 'Try again.';
end;
$$;

comment on function onethread.wait_for_joins(bigint) is
  'Takes the business''s lock for joins until the end of the transaction, waiting up to ten '
  'seconds. Raises 55P03 when it is not to be had, 55000 when not under READ COMMITTED, 42501 for a '
  'business of which the session may not write.';
