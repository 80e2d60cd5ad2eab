-- How long a bridge waits for a lock: half a second, by its triggers' own setting, so that a circle with
-- locks of the gateway's ends on our side before PostgreSQL ends one of the two (deadlock_timeout).
-- A statement that is a transaction of its own holds no locks of the gateway's that another could wait
-- for: it waits up to five seconds, but not past half of the statement's own time limit.
create or replace function onethread_bridge.wait_longer()
returns void
language plpgsql
volatile
as $$
declare
  v_limit interval := current_setting('statement_timeout')::interval;
begin
  if now() = statement_timestamp() then
    perform set_config(
      'lock_timeout',
      case when v_limit > '0' and v_limit < '10 s'
        then (extract(epoch from v_limit) * 500)::int::text || 'ms' else '5s' end,
      true);
  end if;
end;
$$;

comment on function onethread_bridge.wait_longer() is
  'Lets a trigger wait for locks as long as the gateway can bear it.';
