-- Take a join back: as if it had not been made, whatever came since.
--
-- The absorbed conversation gets its row and its old id again, and its identifiers; messages follow
-- the identifier they arrived under, also those that came since. "different" keeps the next message
-- from joining them again.
create or replace function onethread.undo_merge(p_business_id bigint, p_merge_id bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_try int := 1;
  v_merge onethread.whatsapp_conversation_merge;
  v_cause public.whatsapp_identity_evidence;
  v_keys text[];
begin
  perform onethread.check_caller(p_business_id, 'onethread.undo_merge(bigint, bigint)');
  perform onethread.wait_for_joins(p_business_id);
  v_merge := onethread.lock_merge(p_business_id, p_merge_id);
  select e.* into v_cause
  from public.whatsapp_identity_evidence e
  where e.business_id = p_business_id and e.id = v_merge.evidence_id;
  v_keys := array_remove(
    array[v_merge.survivor_key, v_merge.absorbed_key, v_cause.a_key, v_cause.b_key], null);

  update onethread.whatsapp_conversation_merge m
  set undone_at = clock_timestamp()
  where m.business_id = p_business_id and m.id = p_merge_id;
  while not onethread.restore_conversation(p_business_id, v_merge, v_cause, v_keys) loop
    v_try := onethread.next_try(v_try, format('cannot undo merge %s', p_merge_id));
  end loop;
end;
$$;

comment on function onethread.undo_merge(bigint, bigint) is
  'Undoes a merge, by hand or by evidence. Raises P0002 when there is none with this id or it is '
  'undone already, 55000 when both threads are of one phone or no identifier led to the absorbed '
  'one, 55P03 when others hold the conversations.';
