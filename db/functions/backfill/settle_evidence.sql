-- Evidence that set_evidence_apart() holds gets its new keys; or another row says it already, or it
-- says nothing any more, and then it is kept with the reason.
create or replace function onethread.settle_evidence(p_business_id bigint, p_evidence_id bigint)
returns void
language plpgsql
as $$
declare
  v_evidence public.whatsapp_identity_evidence;
  v_twin_id bigint;
begin
  select e.* into v_evidence
  from public.whatsapp_identity_evidence e
  where e.business_id = p_business_id and e.id = p_evidence_id;
  v_evidence.a_key := regexp_replace(v_evidence.a_key, '^~[0-9]+~', '');
  v_evidence.b_key := regexp_replace(v_evidence.b_key, '^~[0-9]+~', '');
  v_evidence := onethread.order_sides(v_evidence);

  if v_evidence.relation <> 'merged' then
    v_evidence.inert_reason := onethread.inert_evidence_reason(v_evidence);
    update public.whatsapp_identity_evidence e
    set observed_at = case
          when e.relation = 'different' then greatest(e.observed_at, v_evidence.observed_at)
          when e.is_undated and not v_evidence.is_undated then v_evidence.observed_at
          when v_evidence.is_undated and not e.is_undated then e.observed_at
          else least(e.observed_at, v_evidence.observed_at)
        end,
        is_undated = e.is_undated and v_evidence.is_undated,
        a_at = case when v_evidence.a_at is not null then e.a_at end,
        b_at = case when v_evidence.b_at is not null then e.b_at end,
        -- Not pending yet: it would be applied here and now.
        applied_at = clock_timestamp()
    where e.business_id = p_business_id
      and e.a_key = v_evidence.a_key
      and e.b_key = v_evidence.b_key
      and e.relation = v_evidence.relation
      and e.weight = v_evidence.weight
    returning e.id into v_twin_id;
    if found then
      update public.whatsapp_identity_evidence e
      set applied_at = null
      where e.business_id = p_business_id and e.id = v_twin_id;
      v_evidence.inert_reason := format('evidence %s says the same', v_twin_id);
    end if;
  end if;

  if v_evidence.inert_reason is not null then
    v_evidence.a_key := null;
    v_evidence.b_key := null;
    v_evidence.applied_at := clock_timestamp();
    update onethread.whatsapp_identity_conflict k
    set settled_at = clock_timestamp()
    where k.business_id = p_business_id
      and k.evidence_id = p_evidence_id
      and k.settled_at is null;
  end if;
  update public.whatsapp_identity_evidence e
  set (a, b, a_key, b_key, a_at, b_at, applied_at, inert_reason) = (
    v_evidence.a, v_evidence.b, v_evidence.a_key, v_evidence.b_key, v_evidence.a_at,
    v_evidence.b_at, v_evidence.applied_at, v_evidence.inert_reason)
  where e.business_id = p_business_id
    and e.id = p_evidence_id;
end;
$$;

comment on function onethread.settle_evidence(bigint, bigint) is
  'Second half of set_evidence_apart(), for one row.';
