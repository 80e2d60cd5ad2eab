-- Everybody whom evidence connects with these identifiers, directly or through others. Not through a
-- phone that too many accounts have (shared_phone), and not by what is only claimed.
create or replace function onethread.identity_component(p_business_id bigint, p_keys text[])
returns text[]
language plpgsql
stable
as $$
declare
  -- A runaway chain is cut: the cap on one person is far below.
  v_limit constant int := 500;
  v_keys text[] := '{}';
  v_frontier text[] := array(select distinct k.key from unnest(p_keys) as k (key));
  v_next text[];
  v_key text;
  v_shared constant text[] := onethread.shared_phones(p_business_id);
begin
  while v_frontier <> '{}' and cardinality(v_keys) < v_limit loop
    v_keys := v_keys || v_frontier;
    v_next := '{}';
    -- One by one: joined to a list, the table would be read whole while it has no statistics.
    foreach v_key in array v_frontier loop
      v_next := v_next || array(
        select e.b_key
        from public.whatsapp_identity_evidence e
        where e.business_id = p_business_id
          and e.a_key = v_key
          and e.weight = 'attested'
          and e.relation <> 'different'
          and e.b_key is not null
          and (e.b_key <> all (v_shared) or not onethread.is_account_key(e.a_key))
        union all
        select e.a_key
        from public.whatsapp_identity_evidence e
        where e.business_id = p_business_id
          and e.b_key = v_key
          and e.weight = 'attested'
          and e.relation <> 'different'
          and e.a_key is not null
          and (e.b_key <> all (v_shared) or not onethread.is_account_key(e.a_key)));
    end loop;
    v_frontier := array(
      select distinct n.key from unnest(v_next) as n (key) where n.key <> all (v_keys));
  end loop;
  return array(select k.key from unnest(v_keys) as k (key) order by k.key collate "C");
end;
$$;

comment on function onethread.identity_component(bigint, text[]) is
  'Keys of all identifiers and leads that evidence connects with the given ones, those included; '
  'in byte order.';
