-- Names by the phone functions of today.
create or replace function onethread.rekey_names()
returns void
language sql
as $$
with stale as (
  delete from onethread.contact_name n
  using (
    select
      o.business_id, o.key, o.source,
      onethread.identifier_key(
        'phone', '', onethread.phone_match_key(split_part(o.key, ':', 3))) as new_key
    from onethread.contact_name o
    where onethread.is_phone_key(o.key)
  ) k
  where n.business_id = k.business_id
    and n.key = k.key
    and n.source = k.source
    and k.new_key <> k.key
  returning n.business_id, k.new_key, n.source, n.name, n.told_at
)
insert into onethread.contact_name as c (business_id, key, source, name, told_at)
select distinct on (s.business_id, s.new_key, s.source)
  s.business_id, s.new_key, s.source, s.name, s.told_at
from stale s
order by s.business_id, s.new_key, s.source, s.told_at desc
on conflict (business_id, key, source) do update
set name = excluded.name, told_at = excluded.told_at
where c.told_at < excluded.told_at
$$;

comment on function onethread.rekey_names() is
  'Sets key of the names in contact_name whose phone is compared as another one now.';
