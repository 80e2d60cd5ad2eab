-- Who are these messages from or to? Each spelling among them is read once.
--
-- As read_counterpart() does it, but for a whole batch: that function is asked itself only about
-- messages that name a number of the business. What an erased person's messages would say about
-- anybody is not asked: their address is not read, and they stay where they are.
create or replace function onethread.read_unlinked_messages(p_business_id bigint, p_ids bigint[])
returns onethread.whatsapp_unlinked[]
language plpgsql
stable
set plan_cache_mode = 'force_custom_plan'
as $$
declare
  v_own_keys text[] := array(
    select onethread.identifier_key(n.kind, '', onethread.identifier_match_value(n.kind, n.value))
    from public.business_number n
    where n.business_id = p_business_id);
  v_has_erased boolean := exists (
    select from onethread.erasure_secret s where s.business_id = p_business_id);
begin
  return (
    with message as materialized (
      select
        m,
        coalesce(onethread.message_counterpart(m.direction, m.from_number, m.to_number), '') as text,
        m.provider is not null as is_provider
      from public.whatsapp_message m
      where m.business_id = p_business_id
        and m.id between p_ids[1] and p_ids[cardinality(p_ids)]
        and m.id = any (p_ids)
        and m.conversation_id is null
    ),
    text as materialized (
      select distinct
        o.text, o.is_provider, btrim(o.text, '0123456789') = '' as is_bare,
        strpos(o.text, '@') = 0 and left(o.text, 1) <> '+' as is_national
      from message o
    ),
    -- Asked once for each of the cases that it tells apart.
    region as materialized (
      select t.is_provider, t.is_bare, onethread.address_region(
          p_business_id, case when t.is_provider then 'provider' end, min(t.text)) as code
      from text t
      where t.is_national
      group by t.is_provider, t.is_bare
    ),
    spelling as materialized (
      select t.text, t.is_provider, onethread.read_address(t.text, r.code) as address
      from text t
      left join region r
        on t.is_national and r.is_provider = t.is_provider and r.is_bare = t.is_bare
    ),
    counterpart as (
      select o.m,
        case when v_has_erased and onethread.is_erased_message(o.m, onethread.message_sent_at(o.m)) then null
          when onethread.address_key(s.address) = any (v_own_keys)
            then (onethread.read_counterpart(o.m)).address else s.address end as address
      from message o
      inner join spelling s on s.text = o.text and s.is_provider = o.is_provider
    )
    select array_agg(
      row(
        (c.m).id, (c.m).lead_id, onethread.message_sent_at(c.m),
        case when (c.m).contact_aliases is not null
          then (c.m).participant || (c.m).contact_aliases end,
        case when (c.m).contact_aliases is null or (c.address).kind is null then c.address
          else onethread.main_address(onethread.message_addresses(c.m, c.address)) end
      )::onethread.whatsapp_unlinked
      order by (c.m).id)
    from counterpart c
  );
end;
$$;

comment on function onethread.read_unlinked_messages(bigint, bigint[]) is
  'Those of the messages that are in no thread, in order of id, with what has to be known to link '
  'them.';
