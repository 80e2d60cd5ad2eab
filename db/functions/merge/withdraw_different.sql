-- A human takes back that two conversations are two people, whether it was an answer to a question, an
-- undone join or a split that said so: it is asked again, and what the word had kept apart may join.
--
-- Locks and waits as declare_different().
create or replace function onethread.withdraw_different(
  p_business_id bigint,
  p_first_id bigint,
  p_second_id bigint
)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_try int := 1;
  v_first text[];
  v_second text[];
  v_keys text[];
begin
  perform onethread.check_caller(
    p_business_id, 'onethread.withdraw_different(bigint, bigint, bigint)');
  perform onethread.wait_for_joins(p_business_id);
  v_first := onethread.conversation_keys(p_business_id, p_first_id);
  v_second := onethread.conversation_keys(p_business_id, p_second_id);
  with withdrawn as (
    delete from public.whatsapp_identity_evidence e
    where e.business_id = p_business_id
      and e.relation = 'different'
      and (
        e.a_key = any (v_first) and e.b_key = any (v_second)
        or e.a_key = any (v_second) and e.b_key = any (v_first)
      )
    returning e.a_key, e.b_key
  )
  select array_agg(distinct k.key)
  into v_keys
  from withdrawn w
  cross join lateral unnest(array[w.a_key, w.b_key]) as k (key);
  if v_keys is null then
    raise exception 'nobody has said that conversations % and % are two people',
      p_first_id, p_second_id
      using errcode = 'no_data_found';
  end if;
  while not onethread.apply_identities(p_business_id, v_keys, '{}', null) loop
    v_try := onethread.next_try(
      v_try,
      format('cannot ask again whether conversations %s and %s are two people',
        p_first_id, p_second_id));
  end loop;
end;
$$;

comment on function onethread.withdraw_different(bigint, bigint, bigint) is
  'Takes back that two conversations are two people (declare_different(), undo_merge(), a split): what '
  'that had settled is open again, and evidence of one person joins them. Raises P0002 when nobody '
  'has said so, 55P03 when others hold them.';
