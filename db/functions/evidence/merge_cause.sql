-- The evidence that a join is put down to.
create or replace function onethread.merge_cause(p_business_id bigint, p_keys text[])
returns public.whatsapp_identity_evidence
language sql
stable
as $$
select e.*
from unnest(onethread.load_evidence(p_business_id, p_keys)) as e
where e.relation <> 'different'
order by e.applied_at is null desc, e.b_key = any (p_keys) desc, e.id desc
limit 1
$$;

comment on function onethread.merge_cause(bigint, text[]) is
  'Of the evidence about these keys: what is being applied first, then what connects two of them, '
  'then the latest.';
