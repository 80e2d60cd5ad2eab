-- Evidence that named a number of the business itself, and names a person now: said again, as it was.
-- A lead's phone is not read twice.
create or replace function onethread.revive_evidence(p_business_id bigint, p_key text)
returns void
language plpgsql
as $$
declare
  v_evidence public.whatsapp_identity_evidence;
begin
  for v_evidence in
    select e.*
    from public.whatsapp_identity_evidence e
    cross join lateral (
      select
        onethread.evidence_key(p_business_id, e.a) as a_key,
        case e.source
          when 'lead record' then onethread.identifier_key('phone', '', e.b)
          else onethread.evidence_key(p_business_id, e.b)
        end as b_key
      offset 0
    ) k
    where e.business_id = p_business_id
      and e.inert_reason is not null
      and p_key in (k.a_key, k.b_key)
    order by e.observed_at, e.id
  loop
    delete from public.whatsapp_identity_evidence e
    where e.business_id = p_business_id and e.id = v_evidence.id;
    insert into public.whatsapp_identity_evidence (
      business_id, a, b, relation, weight, is_undated, source, observed_at, a_at, b_at, created_at,
      b_key
    )
    values (
      p_business_id, v_evidence.a, v_evidence.b, v_evidence.relation, v_evidence.weight,
      v_evidence.is_undated, v_evidence.source, v_evidence.observed_at, v_evidence.a_at, v_evidence.b_at, v_evidence.created_at,
      case v_evidence.source
        when 'lead record' then onethread.identifier_key('phone', '', v_evidence.b)
      end
    )
    on conflict do nothing;
  end loop;
end;
$$;

comment on function onethread.revive_evidence(bigint, text) is
  'Inserts the inert evidence that names an identifier_key() anew, so that it is read and applied.';
