-- The phones of leads that were stored without the triggers, as link_lead_trigger() would have
-- taken them.
--
-- Set-based: a phone that nobody has messaged under needs only its row and its evidence. Where
-- somebody has, the evidence is left pending.
create or replace function onethread.adopt_leads(
  p_business_id bigint,
  p_after_id bigint,
  p_batch int
)
returns bigint
language plpgsql
as $$
declare
  v_last_id bigint := (
    select max(l.id)
    from (
      select l.id
      from public.lead l
      where l.business_id = p_business_id and l.id > p_after_id
      order by l.id
      limit p_batch
    ) l
  );
begin
  with phone as (
    select l.id, w.match_value
    from public.lead l
    cross join lateral onethread.read_business_address(p_business_id, null, l.phone) as w
    where l.business_id = p_business_id
      and l.id > p_after_id
      and l.id <= v_last_id
      and l.phone <> ''
      and w.kind = 'phone'
  )
  update public.lead l
  set phone_match_value = phone.match_value
  from phone
  where l.business_id = p_business_id
    and l.id = phone.id
    and l.phone_match_value is distinct from phone.match_value;

  insert into public.whatsapp_identity (business_id, kind, value, match_value)
  select distinct p_business_id, 'phone', l.phone_match_value, l.phone_match_value
  from public.lead l
  where l.business_id = p_business_id
    and l.id > p_after_id
    and l.id <= v_last_id
    and l.phone_match_value is not null
    and not onethread.is_own_address(
      p_business_id,
      row('phone', '', l.phone_match_value, l.phone_match_value)::onethread.whatsapp_address)
  order by 3
  on conflict (business_id, kind, scope, match_value) where valid_until is null do nothing;

  perform onethread.record_lead_phones(p_business_id, p_after_id, v_last_id);
  return v_last_id;
end;
$$;

comment on function onethread.adopt_leads(bigint, bigint, int) is
  'Records the phones of up to batch leads with ids over after_id; returns the last id, null when '
  'there are no more. For leads that were stored without the triggers (`onethread migrate`).';
