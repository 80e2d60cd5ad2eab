-- Lead rows of somebody's table from one conversation to another, if that table takes it.
--
-- Whatever it answers (a unique key, a trigger that raises, no rights), nothing of a message's comes to
-- an end by it. Only a lock that is not to be had is the caller's affair: it gives way and comes again.
-- What the table checks at the end of the transaction is tried out before, and taken back.
create or replace function onethread.move_references(
  p_relation regclass,
  p_name name,
  p_from public.whatsapp_conversation,
  p_to public.whatsapp_conversation,
  p_keys jsonb
)
returns jsonb
language plpgsql
as $$
declare
  v_reference record;
  v_is_there boolean;
  v_statement text;
  v_name text;
  v_keys jsonb;
begin
  select r.* into v_reference
  from onethread.conversation_references() r
  where r.relation = p_relation and r.name = p_name;
  if v_reference.assignment is null then
    return null;
  end if;
  execute format(
    'select exists (select from %s t where %s)', v_reference.target, v_reference.condition)
  into v_is_there
  using p_to, p_from;
  if not v_is_there then
    return '[]';
  end if;
  v_statement := format(
    'with moved as (update %s t set %s where %s '
    'and ($4 is null or onethread.row_key(t, $3) in (select jsonb_array_elements($4))) '
    'returning onethread.row_key(t, $3) as key) '
    'select coalesce(jsonb_agg(m.key), ''[]'') from moved m',
    v_reference.target, v_reference.assignment, v_reference.condition);

  begin
    if v_reference.deferred <> '{}' then
      execute v_statement into v_keys using p_to, p_from, v_reference.key_columns, p_keys;
      foreach v_name in array v_reference.deferred loop
        execute format('set constraints %s immediate', v_name);
      end loop;
      raise exception 'tried out' using errcode = 'OT001';
    end if;
  exception when sqlstate 'OT001' then
    null;
  end;
  execute v_statement into v_keys using p_to, p_from, v_reference.key_columns, p_keys;
  return v_keys;
exception
  when lock_not_available or deadlock_detected then
    raise;
  when others then
    raise log 'rows of % stay with conversation % of business %: %',
      p_relation, p_from.id, p_from.business_id, sqlerrm;
    return null;
end;
$$;

comment on function onethread.move_references(
  regclass, name, public.whatsapp_conversation, public.whatsapp_conversation, jsonb) is
  'Leads the rows of a foreign key (keys: of these row_key()s only) from one conversation to another; '
  'returns their row_key()s, null when the table did not take it.';
