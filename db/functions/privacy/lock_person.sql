-- Hold everything of a person, with all evidence about it applied, until the transaction ends.
--
-- Who is in the way wins, as in a join: then all is let go, and tried once more.
create or replace function onethread.lock_person(p_business_id bigint, p_key text)
returns void
language plpgsql
set lock_timeout = '100ms'
as $$
declare
  v_try int := 1;
  v_keys text[];
  v_conversation_ids bigint[];
begin
  perform onethread.wait_for_joins(p_business_id);
  loop
    begin
      -- Makes a row for an address that nobody has used: a first message of theirs waits for it.
      if onethread.apply_identities(p_business_id, array[p_key], '{}', null) then
        v_keys := array[p_key];
        loop
          v_keys := onethread.identity_component(p_business_id, v_keys);
          v_conversation_ids := (onethread.find_person(p_business_id, p_key)).conversation_ids;
          perform onethread.lock_for_join(p_business_id, v_keys, v_conversation_ids);
          exit when onethread.identity_component(p_business_id, v_keys) <@ v_keys
            and (onethread.find_person(p_business_id, p_key)).conversation_ids
              <@ v_conversation_ids;
        end loop;
        return;
      end if;
    exception when lock_not_available or deadlock_detected then
      null;
    end;
    v_try := onethread.next_try(v_try, 'cannot hold the person');
  end loop;
end;
$$;

comment on function onethread.lock_person(bigint, text) is
  'Holds a person until the end of the transaction: messages to and from them wait. Raises 55P03 '
  'when others hold them for some seconds, 55000 when not under READ COMMITTED.';
