-- Their rows of messages become rows of whatsapp_message; rows that are known already are followed.
--
-- One statement for all of them, sorted by person (person_order()). The ids are drawn in the order in
-- which the rows came: they break ties of sent_at. The plans of all functions here are made once in a
-- session: for a single row the planner takes longer than everything else.
-- And so that they hold when the tables have grown meanwhile, they look rows up.
create or replace function onethread_bridge.take_messages(
  p_bridge text, p_relation text, p_rows onethread_bridge.message[], p_is_history boolean
)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
declare
  v_again onethread_bridge.message[];
begin
  if p_rows = '{}' then
    return;
  end if;
  with said as materialized (
    select
      f.*,
      case when not f.is_known then nextval('public.whatsapp_message_id_seq') end as id
    from (
      select
        r.*,
        coalesce(t.business_id, onethread_bridge.find_business(p_bridge, coalesce(r.tenant, '')))
          as business_id,
        (
          select k.message_id
          from onethread_bridge.mirrored k
          where k.bridge = p_bridge and k.relation = p_relation and k.key = r.key
            and k.part = coalesce(r.part, '')
        ) is not null as is_known
      from unnest(p_rows) with ordinality as r (
        key, part, tenant, direction, address, aliases, participant, own_address, sender_name,
        kind, body, media, provider, provider_message_id, reply_to, sent_at, source, lead, status,
        is_deleted, place)
      left join onethread_bridge.tenant t
        on t.bridge = p_bridge and t.key = coalesce(r.tenant, '')
      order by r.place
    ) as f
  ),
  stored as (
    insert into public.whatsapp_message (
      id, business_id, lead_id, direction, source, from_number, to_number, contact_aliases,
      participant, sender_name, kind, body, media, provider, provider_message_id, reply_to, sent_at
    )
    select
      s.id, s.business_id,
      (
        select l.lead_id
        from onethread_bridge.lead l
        where l.bridge = p_bridge and l.tenant = coalesce(s.tenant, '') and l.key = s.lead
      ),
      s.direction, coalesce(s.source, 'gateway'),
      case s.direction when 'inbound' then s.address else s.own_address end,
      case s.direction when 'inbound' then s.own_address else s.address end,
      nullif(array_remove(array_remove(array_remove(s.aliases, null), ''), s.address), '{}'),
      s.participant, s.sender_name, coalesce(s.kind, 'text'), s.body, s.media, s.provider,
      s.provider_message_id, s.reply_to, coalesce(s.sent_at, now())
    from said s
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
  if exists (
    select
    from unnest(p_rows) as r
    where r.is_deleted or r.direction = 'outbound' and r.status is not null
  ) then
    perform onethread_bridge.take_states(p_bridge, p_rows);
  end if;
end;
$$;

comment on function onethread_bridge.take_messages(
  text, text, onethread_bridge.message[], boolean) is
  'Inserts the messages that these rows are, with what they say of their status.';
