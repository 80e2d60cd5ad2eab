-- What is to be applied, of all businesses: for the server that does it in the background.
--
-- Definer, because the application sees one business at a time, and this says which. For its role
-- alone, which may ask about any business; nothing but ids. The oldest of every business first: one
-- with much of it does not keep the others waiting.
create or replace function onethread.list_pending_evidence(p_limit int)
returns table (business_id bigint, evidence_id bigint)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
select p.business_id, p.id
from (
  select
    e.business_id, e.id,
    row_number() over (partition by e.business_id order by e.id) as position
  from public.whatsapp_identity_evidence e
  where e.applied_at is null
) as p
order by p.position, p.business_id
limit p_limit
$$;

comment on function onethread.list_pending_evidence(int) is
  'Evidence that is pending, of all businesses in turns, for apply_pending_evidence(). Executable by '
  'onethread_app alone.';
