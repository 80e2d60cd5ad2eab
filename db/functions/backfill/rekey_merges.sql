-- The log of merges names its people by keys: those become what they are to be, too.
create or replace function onethread.rekey_merges(p_left text[])
returns void
language plpgsql
as $$
begin
  update onethread.whatsapp_conversation_merge g
  set survivor_key = n.survivor_key,
      absorbed_key = n.absorbed_key
  from onethread.whatsapp_conversation_merge o
  cross join lateral (
    select
      max(k.key) filter (where k.is_survivor) as survivor_key,
      max(k.key) filter (where not k.is_survivor) as absorbed_key
    from (
      select
        old.is_survivor,
        case when onethread.phone_change(
            o.business_id, (onethread.key_address(old.key)).match_value,
            (onethread.key_address(new.key)).match_value) <> all (p_left)
          then new.key else old.key end as key
      from (values (true, o.survivor_key), (false, o.absorbed_key)) as old (is_survivor, key)
      cross join lateral (
        select onethread.renew_evidence_key(o.business_id, null, old.key) as key
      ) new
    ) k
  ) n
  where g.business_id = o.business_id
    and g.id = o.id
    and (g.survivor_key, g.absorbed_key) is distinct from (n.survivor_key, n.absorbed_key);
end;
$$;

comment on function onethread.rekey_merges(text[]) is
  'Renews the keys in the log of merges (renew_evidence_key), but for what is left (phone_change).';
