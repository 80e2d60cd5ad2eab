-- Hold everything of a person, with all evidence about it applied; or nothing.
--
-- Who is in the way wins, as in a join: the caller tries again.
create or replace function onethread.try_lock_person(p_business_id bigint, p_key text)
returns boolean
language plpgsql
set lock_timeout = '100ms'
as $$
declare
  v_keys text[] := array[p_key];
  v_conversation_ids bigint[] := '{}';
begin
  -- Makes a row for an address that nobody has used: a first message of theirs waits for it.
  if not onethread.apply_identities(p_business_id, v_keys, '{}', null) then
    return false;
  end if;
  loop
    v_keys := onethread.identity_component(p_business_id, v_keys);
    v_conversation_ids := array(
      select distinct i.conversation_id
      from onethread.person_identities(p_business_id, p_key) as i
      where i.conversation_id is not null);
    perform onethread.lock_for_join(p_business_id, v_keys, v_conversation_ids);
    exit when onethread.identity_component(p_business_id, v_keys) <@ v_keys
      and not exists (
        select
        from onethread.person_identities(p_business_id, p_key) as i
        where i.conversation_id is not null
          and i.conversation_id <> all (v_conversation_ids)
      );
  end loop;
  return true;
exception when lock_not_available or deadlock_detected then
  return false;
end;
$$;

comment on function onethread.try_lock_person(bigint, text) is
  'Applies the evidence about a person and takes the locks of a join on all they have. False, and '
  'nothing done, when a lock was not to be had within 100 ms. The caller has wait_for_joins().';
