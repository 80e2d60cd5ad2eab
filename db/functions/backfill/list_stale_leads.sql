-- Leads whose phone the phone functions read differently now.
create or replace function onethread.list_stale_leads()
returns table (business_id bigint, id bigint, raw text, match_value text, new_match_value text)
language sql
stable
as $$
select l.business_id, l.id, l.phone, l.phone_match_value, n.match_value
from public.lead l
cross join lateral onethread.read_business_address(l.business_id, null, l.phone) as w
cross join lateral (
  select case when w.kind = 'phone' then w.match_value end as match_value
) n
where l.phone <> ''
  and n.match_value is distinct from l.phone_match_value
$$;

comment on function onethread.list_stale_leads() is
  'Leads with their phone''s match value as it is stored and as it is to be (null: unreadable).';
