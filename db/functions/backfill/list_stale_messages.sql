-- Linked messages whose address the phone functions read differently now.
--
-- Every spelling is read once, however many messages have it; only those that no longer fit their
-- identity are read message by message, with all that a message says. A JID or a group does not
-- depend on the numbering plans.
create or replace function onethread.list_stale_messages()
returns table (
  business_id bigint,
  message_id bigint,
  identity_id bigint,
  raw text,
  before text,
  address onethread.whatsapp_address
)
language sql
stable
as $$
with spelling as materialized (
  select distinct
    m.business_id, m.identity_id, m.provider is null as is_typed,
    onethread.message_counterpart(m.direction, m.from_number, m.to_number) as raw
  from public.whatsapp_message m
  where m.identity_id is not null
),
suspect as materialized (
  select s.business_id, s.identity_id, s.is_typed, s.raw, i.value
  from spelling s
  inner join public.whatsapp_identity i
    on i.business_id = s.business_id
    and i.id = s.identity_id
    and i.kind = 'phone'
  cross join lateral onethread.read_business_address(
    s.business_id, case when not s.is_typed then 'any' end, s.raw) as w
  where strpos(s.raw, '@') = 0
    and (w.kind is distinct from 'phone'
      or w.match_value <> onethread.phone_match_key(i.value))
)
select m.business_id, m.id, m.identity_id, s.raw, s.value, now.address
from suspect s
inner join public.whatsapp_message m
  on m.business_id = s.business_id
  and m.identity_id = s.identity_id
  and (m.provider is null) = s.is_typed
  and onethread.message_counterpart(m.direction, m.from_number, m.to_number) = s.raw
cross join lateral (
  select onethread.main_address(
    onethread.message_addresses(m, (onethread.read_counterpart(m)).address)) as address
) now
where onethread.address_key(now.address) is distinct from
  onethread.identifier_key('phone', '', onethread.phone_match_key(s.value))
$$;

comment on function onethread.list_stale_messages() is
  'Messages linked by a phone that is not what their address is read as now: the phone before, and '
  'the address as it is read now (all null: it identifies nobody any more).';
