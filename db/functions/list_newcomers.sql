-- Of whom nothing is known but one address and, perhaps, one lead that is nobody else's: what
-- becomes of them is plain, and needs no rule.
--
-- Asked when they are locked (lock_newcomers).
create or replace function public.list_newcomers(
  p_business_id bigint,
  p_unsettled public.whatsapp_unlinked[]
)
returns public.whatsapp_unlinked[]
language plpgsql
stable
set plan_cache_mode = 'force_custom_plan'
as $$
begin
  return array(
    with said as materialized (
      select
        public.address_key(u.address) as key, u.message_id, u.sent_at, u.address, u.names,
        u.lead_id, public.address_key(public.lead_address(u.lead_id)) as lead_key
      from unnest(p_unsettled) as u
    ),
    -- Ties of an address to a lead, said here or before.
    tie as materialized (
      select s.key, s.lead_key from said s where s.lead_key is not null
      union
      select s.key, e.a_key
      from said s
      inner join public.whatsapp_identity_evidence e
        on e.business_id = p_business_id and e.b_key = s.key
      where left(e.a_key, 5) = 'lead:' and e.relation = 'same'
    ),
    person as (
      select
        s.key, min(s.message_id) as message_id, min(s.sent_at) as sent_at,
        (array_agg(s.address order by s.message_id))[1] as address,
        max(s.lead_id) as lead_id, max(t.lead_key) as lead_key,
        count(distinct t.lead_key) as leads, count(s.names) as named
      from said s
      left join tie t on t.key = s.key
      group by s.key
    )
    select row(
      p.message_id, substr(p.lead_key, 7)::bigint, p.sent_at, null, p.address
    )::public.whatsapp_unlinked
    from person p
    inner join public.whatsapp_identity i
      on i.business_id = p_business_id
      and i.kind = (p.address).kind
      and i.scope = (p.address).scope
      and i.match_value = (p.address).match_value
      and i.valid_until is null
    where i.conversation_id is null
      and i.valid_from = '-infinity'
      and p.named = 0
      and p.leads <= 1
      and (p.lead_key is null or (p.address).kind in ('phone', 'lid'))
      and not exists (
        select
        from public.whatsapp_identity_evidence e
        where e.business_id = p_business_id
          and e.b_key = p.key
          and (e.a_key, e.relation) is distinct from (p.lead_key, 'same')
      )
      and not exists (
        select
        from public.whatsapp_identity_evidence e
        where e.business_id = p_business_id and e.a_key = p.key
      )
      and not exists (
        select
        from public.whatsapp_identity_evidence e
        where e.business_id = p_business_id
          and e.a_key = p.lead_key
          and e.b_key <> p.key
      )
      and not exists (
        select
        from public.whatsapp_identity_evidence e
        where e.business_id = p_business_id and e.b_key = p.lead_key
      )
      and not exists (
        select from tie t where t.lead_key = p.lead_key and t.key <> p.key
      )
      and not exists (
        select
        from public.whatsapp_conversation c
        inner join public.whatsapp_identity o
          on o.business_id = c.business_id and o.conversation_id = c.id
        where c.business_id = p_business_id
          and c.canonical_key = public.canonical_key(
            p_business_id, substr(p.lead_key, 7)::bigint, (p.address).kind, (p.address).value)
      )
  );
end;
$$;

comment on function public.list_newcomers(bigint, public.whatsapp_unlinked[]) is
  'People of whom no evidence says anything but one address and its one lead, and who have no '
  'conversation: one row each, with the lead.';
