-- What was two phones is one: the rule says whose it is.
--
-- Nothing else known of either: one person, one thread. Two accounts: the phone passes from one to
-- the other when it was seen with it. The log keeps what was joined, but it cannot be undone: one
-- phone leads to one thread.
create or replace function onethread.join_equal_phones()
returns void
language plpgsql
as $$
declare
  v_phone record;
  v_last_merge_id bigint := nextval('onethread.whatsapp_conversation_merge_id_seq');
begin
  -- Nobody has written under them: nothing to join.
  delete from public.whatsapp_identity i
  using public.business b
  where i.business_id = b.id
    and i.kind = 'phone'
    and i.valid_until = '1970-01-01 00:00+00'
    and i.conversation_id is null;

  for v_phone in
    select distinct i.business_id, i.kind, i.scope, i.match_value
    from public.whatsapp_identity i
    where i.kind = 'phone'
      and i.valid_until = '1970-01-01 00:00+00'
  loop
    if not onethread.apply_identities(
      v_phone.business_id,
      array[onethread.identifier_key(v_phone.kind, v_phone.scope, v_phone.match_value)],
      '{}', null)
    then
      raise exception 'cannot join the threads of %: others hold them', v_phone.match_value
        using errcode = 'lock_not_available', hint = 'Try again.';
    end if;
  end loop;

  update onethread.whatsapp_conversation_merge g
  set reason = 'one phone by the phone functions',
      evidence_id = null
  from public.business b
  where g.business_id = b.id
    and g.id > v_last_merge_id
    and g.survivor_key = g.absorbed_key;
end;
$$;

comment on function onethread.join_equal_phones() is
  'Applies the identity rule to every phone that rekey_identities() found twice.';
