-- Of whom nothing is known but one address and, perhaps, one lead that is nobody else's: what
-- becomes of them is plain, and needs no rule.
--
-- Asked when they are locked (lock_newcomers).
create or replace function onethread.pick_newcomers(
  p_business_id bigint,
  p_unsettled onethread.whatsapp_unlinked[]
)
returns onethread.whatsapp_unlinked[]
language plpgsql
stable
set plan_cache_mode = 'force_custom_plan'
as $$
begin
  return array(
    with said as materialized (
      select
        onethread.address_key(u.address) as key, u.message_id, u.sent_at, u.address, u.names,
        u.lead_id, onethread.lead_key(u.lead_id) as lead_key
      from unnest(p_unsettled) as u
    ),
    -- Ties of an address to a lead, said here or before.
    tie as materialized (
      select s.key, s.lead_key from said s where s.lead_key is not null
      union
      select s.key, e.a_key
      from said s
      cross join lateral (
        select o.a_key
        from public.whatsapp_identity_evidence o
        where o.business_id = p_business_id
          and o.b_key = s.key
          and onethread.is_lead_key(o.a_key)
          and o.relation = 'same'
          and o.weight = 'attested'
        offset 0
      ) e
    ),
    claimed as materialized (
      select t.lead_key, count(*) as addresses from tie t group by t.lead_key
    ),
    person as materialized (
      select
        s.key, min(s.message_id) as message_id, min(s.sent_at) as sent_at,
        (array_agg(s.address order by s.message_id))[1] as address,
        max(t.lead_key) as lead_key, count(distinct t.lead_key) as leads,
        count(s.names) as named, max(l.addresses) as addresses
      from said s
      left join tie t on t.key = s.key
      left join claimed l on l.lead_key = t.lead_key
      group by s.key
    )
    select row(
      p.message_id, onethread.lead_id(p.lead_key), p.sent_at, null, p.address
    )::onethread.whatsapp_unlinked
    from person p
    where p.named = 0
      and p.leads <= 1
      and coalesce(p.addresses, 1) = 1
      and (p.lead_key is null or (p.address).kind in ('phone', 'lid'))
      and onethread.is_newcomer(p_business_id, p.address, p.lead_key)
  );
end;
$$;

comment on function onethread.pick_newcomers(bigint, onethread.whatsapp_unlinked[]) is
  'People of whom no evidence says anything but one address and its one lead, and who have no '
  'conversation: one row each, with the lead.';
