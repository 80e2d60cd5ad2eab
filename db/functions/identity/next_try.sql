-- A join by hand gave way to whoever was in the way: once more, or is it enough?
--
-- One attempt waits 100 ms at most for each lock: some seconds for all of them.
create or replace function onethread.next_try(p_try int, p_failed text)
returns int
language plpgsql
immutable
as $$
declare
  v_last_try constant int := 50;
begin
  if p_try >= v_last_try then
    raise exception '%: others hold the conversations', p_failed
      using errcode = 'lock_not_available',
        hint = 'A transaction that wrote to one of these people is still open. Try again.';
  end if;
  return p_try + 1;
end;
$$;

comment on function onethread.next_try(int, text) is
  'The number of the next attempt at what failed because of a lock; raises 55P03 after the last.';
