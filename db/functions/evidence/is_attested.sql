-- Is it attested, at a time of its own, and applied, that these two are one person?
create or replace function onethread.is_attested(
  p_business_id bigint,
  p_key text,
  p_other_key text,
  p_at timestamptz
)
returns boolean
language plpgsql
stable
parallel safe
as $$
declare
  v_least text := least(p_key collate "C", p_other_key collate "C");
  v_greatest text := greatest(p_key collate "C", p_other_key collate "C");
begin
  return exists (
    select
    from public.whatsapp_identity_evidence e
    where e.business_id = p_business_id
      and e.a_key = v_least
      and e.b_key = v_greatest
      and e.relation = 'same'
      and e.weight = 'attested'
      and not e.is_undated
      and e.observed_at <= p_at
      and e.applied_at is not null
  );
end;
$$;

comment on function onethread.is_attested(bigint, text, text, timestamptz) is
  'True when attested evidence same between the two identifier_key()s, observed no later, is '
  'applied. What has no time of its own does not count: whoever says it with one says more.';
