-- After a statement's rows could not be taken over together: each by itself, so that one bad row keeps
-- back no other. What fails is noted.
--
-- It gives up early, because the gateway waits: a single row is tried again only when another session
-- was in its way by chance, a thousand rows or more and what takes over three seconds not at all, nor
-- anything when the session was told to stop. The rest is for --catch-up.
create or replace function onethread_bridge.take_one_by_one(
  p_bridge text, p_relation text, p_keys text[], p_is_history boolean, p_sqlstate text,
  p_error text
)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
as $$
declare
  v_function text := onethread_bridge.take_function(p_bridge, p_relation);
  v_until timestamptz := clock_timestamp() + interval '3 s';
  v_error text := p_error;
  v_state text := p_sqlstate;
  v_place int := 1;
begin
  if not p_is_history and (
    cardinality(p_keys) > 1000
    or cardinality(p_keys) = 1 and p_sqlstate not in ('40001', '40P01')
  ) then
    v_until := '-infinity';
  end if;
  while v_place <= cardinality(p_keys) loop
    exit when v_state = '57014' or not p_is_history and clock_timestamp() > v_until;
    begin
      execute format('select onethread_bridge.%I($1, $2)', v_function)
      using p_keys[v_place:v_place], p_is_history;
    exception
      when query_canceled or others then
        if p_is_history and sqlstate = '57014' then
          raise;
        end if;
        get stacked diagnostics v_state = returned_sqlstate, v_error = message_text;
        perform onethread_bridge.note_failure(
          p_bridge, p_relation, p_keys[v_place:v_place], v_state, v_error);
    end;
    v_place := v_place + 1;
  end loop;
  if v_place <= cardinality(p_keys) then
    perform onethread_bridge.note_failure(
      p_bridge, p_relation, p_keys[v_place:], v_state, v_error);
  end if;
end;
$$;

comment on function onethread_bridge.take_one_by_one(
  text, text, text[], boolean, text, text) is
  'Takes over these rows singly, and notes those that fail.';
