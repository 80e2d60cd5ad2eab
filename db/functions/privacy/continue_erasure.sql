-- The next batch of an erasure. Each call in a transaction of its own: an interrupted erasure goes
-- on where it was.
create or replace function onethread.continue_erasure(
  p_business_id bigint,
  p_erasure_id bigint,
  p_batch_size int default 1000
)
returns text
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_steps constant text[] := array[
    'messages', 'wait', 'traces', 'events', 'evidence', 'reasons', 'conversations', 'rejects',
    'finish', 'done'];
  v_erasure onethread.erasure;
  v_count onethread.erased_count;
begin
  perform onethread.check_caller(p_business_id, 'onethread.continue_erasure(bigint, bigint, int)');
  select e.* into v_erasure
  from onethread.erasure e
  where e.business_id = p_business_id and e.id = p_erasure_id
  for no key update;
  if not found then
    raise exception 'there is no erasure % in business %', p_erasure_id, p_business_id
      using errcode = 'no_data_found';
  elsif v_erasure.step = 'done' then
    return 'done';
  elsif v_erasure.step = 'finish' then
    perform onethread.finish_erasure(v_erasure);
    return 'done';
  elsif v_erasure.step = 'wait' then
    if onethread.is_older_writer_open(p_business_id, v_erasure.wait_for) then
      return 'wait';
    end if;
  else
    v_count := onethread.erase_batch(v_erasure, p_batch_size);
  end if;

  update onethread.erasure e
  set step = case when v_count.last_id is null
        then v_steps[array_position(v_steps, e.step) + 1] else e.step end,
      after_id = case when e.step = 'messages' then 0 else coalesce(v_count.last_id, 0) end,
      wait_for = coalesce(
        e.wait_for, pg_snapshot_xmax(pg_current_snapshot())::text::bigint),
      messages = e.messages + coalesce(v_count.messages, 0),
      events = e.events + coalesce(v_count.events, 0),
      evidence = e.evidence + coalesce(v_count.evidence, 0),
      payloads = e.payloads + coalesce(v_count.payloads, 0),
      rejects = e.rejects + coalesce(v_count.rejects, 0)
  where e.business_id = p_business_id
    and e.id = p_erasure_id
  returning e.step into v_erasure.step;
  return v_erasure.step;
end;
$$;

comment on function onethread.continue_erasure(bigint, bigint, int) is
  'Does so many rows of an erasure and returns the step it is at: call it, each time in a '
  'transaction of its own, until it is done. wait: a transaction from before the erasure is still '
  'open. Raises P0002 when there is no such erasure.';
