-- Statements about people with whom there was never a message: an old address book, a page of it.
create or replace function onethread.list_unmet_people(
  p_business_id bigint,
  p_after_id bigint,
  p_page_size int,
  out evidence_id bigint,
  out key text
)
returns setof record
language sql
stable
rows 100
as $$
select e.id, e.a_key
from public.whatsapp_identity_evidence e
inner join public.business b on b.id = e.business_id
where e.business_id = p_business_id
  and e.id > p_after_id
  and e.inert_reason is null
  and e.applied_at is not null
  and e.created_at < now() - make_interval(days => b.message_retention_days)
  and not onethread.has_conversation(e.business_id, e.a_key)
  and (e.b_key is null or not onethread.has_conversation(e.business_id, e.b_key))
order by e.id
limit p_page_size
$$;

comment on function onethread.list_unmet_people(bigint, bigint, int) is
  'Evidence after an id, older than business.message_retention_days, about identifiers without a '
  'thread or a lead: for forget_unmet_person().';
