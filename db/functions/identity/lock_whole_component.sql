-- Hold an identifier, everybody whom evidence connects with it, and their conversations, for a change
-- by hand. The caller has waited for joins; whoever holds one of them is waited for.
create or replace function onethread.lock_whole_component(p_business_id bigint, p_key text)
returns text[]
language plpgsql
as $$
declare
  v_keys text[] := array[p_key];
  v_locked text[];
begin
  loop
    v_locked := v_keys;
    v_keys := onethread.identity_component(p_business_id, v_keys);
    perform onethread.lock_for_join(
      p_business_id, v_keys,
      array(
        select distinct i.conversation_id
        from unnest(v_keys) as k (key)
        cross join lateral onethread.key_address(k.key) as a
        cross join lateral (
          select o.conversation_id
          from public.whatsapp_identity o
          where o.business_id = p_business_id
            and o.kind = a.kind
            and o.scope = a.scope
            and o.match_value = a.match_value
            and o.conversation_id is not null
          offset 0
        ) i
      ));
    exit when v_keys <@ v_locked;
  end loop;
  return v_keys;
end;
$$;

comment on function onethread.lock_whole_component(bigint, text) is
  'lock_for_join() for the component of the key, again until nobody new has appeared; returns its '
  'keys. Give it a lock_timeout.';
