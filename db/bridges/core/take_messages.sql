-- Their rows of messages become rows of whatsapp_message; rows that are known already are followed.
--
-- One statement for all of them, sorted by person (person_order()). The ids are drawn in the order in
-- which the rows came: they break ties of sent_at. A status and a delete are events, which are stored
-- once however often they are said.
create or replace function onethread_bridge.take_messages(
  p_bridge text, p_relation text, p_rows onethread_bridge.message[], p_is_history boolean
)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_again onethread_bridge.message[];
begin
  with said as materialized (
    select
      r.*,
      coalesce(t.business_id, onethread_bridge.find_business(p_bridge, coalesce(r.tenant, '')))
        as business_id,
      k.message_id is not null as is_known,
      case when k.message_id is null then nextval('public.whatsapp_message_id_seq') end as id
    from unnest(p_rows) with ordinality as r (
      key, part, tenant, direction, address, aliases, participant, own_address, sender_name, kind,
      body, media, provider, provider_message_id, reply_to, sent_at, source, lead, status,
      is_deleted, place)
    left join onethread_bridge.tenant t on t.bridge = p_bridge and t.key = coalesce(r.tenant, '')
    left join onethread_bridge.mirrored k
      on k.bridge = p_bridge and k.relation = p_relation and k.key = r.key
      and k.part = coalesce(r.part, '')
  ),
  stored as (
    insert into public.whatsapp_message (
      id, business_id, lead_id, direction, source, from_number, to_number, contact_aliases,
      participant, sender_name, kind, body, media, provider, provider_message_id, reply_to, sent_at
    )
    select
      s.id, s.business_id, l.lead_id, s.direction, coalesce(s.source, 'gateway'),
      case s.direction when 'inbound' then s.address else s.own_address end,
      case s.direction when 'inbound' then s.own_address else s.address end,
      nullif(array_remove(array_remove(array_remove(s.aliases, null), ''), s.address), '{}'),
      s.participant, s.sender_name, coalesce(s.kind, 'text'), s.body, s.media, s.provider,
      s.provider_message_id, s.reply_to, coalesce(s.sent_at, now())
    from said s
    left join onethread_bridge.lead l
      on l.bridge = p_bridge and l.tenant = coalesce(s.tenant, '') and l.key = s.lead
    where not s.is_known
    order by
      case when cardinality(p_rows) > 1
        then onethread_bridge.person_order(s.address || s.aliases) end,
      s.place
    on conflict do nothing
    returning id
  ),
  noted as (
    insert into onethread_bridge.mirrored (
      bridge, relation, key, part, business_id, message_id, text_hash
    )
    select
      p_bridge, p_relation, s.key, coalesce(s.part, ''), s.business_id, s.id, md5(s.body)::uuid
    from said s
    inner join stored i on i.id = s.id
    where s.key is not null
  ),
  told as (
    insert into public.whatsapp_message_event (
      business_id, kind, provider, provider_message_id, address, target_direction, actor,
      is_from_business, is_time_known
    )
    select
      s.business_id, e.kind, s.provider, s.provider_message_id, s.address, s.direction,
      case when e.kind = 'revoked' and s.direction = 'inbound' then s.participant end,
      e.kind = 'revoked' and s.direction = 'outbound', false
    from said s
    cross join lateral (
      values
        (case when s.direction = 'outbound' then s.status end),
        (case when s.is_deleted then 'revoked' end)
    ) as e (kind)
    where e.kind in ('sent', 'delivered', 'read', 'played', 'failed', 'revoked')
      and s.provider_message_id is not null
    order by s.provider_message_id collate "C", e.kind collate "C"
    on conflict do nothing
  )
  select array_agg(r.said order by r.place)
  into v_again
  from (
    select s.place, p_rows[s.place] as said
    from said s
    where s.is_known or not exists (select from stored i where i.id = s.id)
  ) as r;

  if v_again is not null then
    perform onethread_bridge.follow_messages(p_bridge, p_relation, v_again);
  end if;
end;
$$;

comment on function onethread_bridge.take_messages(
  text, text, onethread_bridge.message[], boolean) is
  'Inserts the messages that these rows are, with what they say of their status.';
