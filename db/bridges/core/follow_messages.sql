-- Rows of theirs whose message is there already.
--
-- Three things: WhatsApp's id, which many programs write only after sending; an edit, which is an event;
-- and a row that was another copy of a message, or came in by a webhook as well, which is noted. Of edits
-- only those of what came in are believed, as the sender's: in their tables nobody can see who changed a
-- text, and a stranger must not change ours.
create or replace function onethread_bridge.follow_messages(
  p_bridge text, p_relation text, p_rows onethread_bridge.message[]
)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
begin
  insert into onethread_bridge.mirrored (
    bridge, relation, key, part, business_id, message_id, text_hash
  )
  select
    p_bridge, p_relation, s.key, coalesce(s.part, ''), t.business_id, m.id, md5(s.body)::uuid
  from unnest(p_rows) as s
  inner join onethread_bridge.tenant t on t.bridge = p_bridge and t.key = coalesce(s.tenant, '')
  cross join lateral (
    select c.id
    from public.whatsapp_message c
    where c.business_id = t.business_id
      and c.provider_message_id = s.provider_message_id
      and length(c.provider_message_id) <= 255
      and c.direction = s.direction
      and c.participant is not distinct from s.participant
    order by (s.address in (c.from_number, c.to_number)) is true desc, c.id
    limit 1
  ) as m
  where s.key is not null
    and not exists (
      select
      from onethread_bridge.mirrored k
      where k.bridge = p_bridge and k.relation = p_relation and k.key = s.key
        and k.part = coalesce(s.part, '')
    )
  on conflict do nothing;

  update public.whatsapp_message m
  set provider_message_id = s.provider_message_id
  from unnest(p_rows) as s
  inner join onethread_bridge.mirrored k
    on k.bridge = p_bridge and k.relation = p_relation and k.key = s.key
    and k.part = coalesce(s.part, '')
  where m.business_id = k.business_id
    and m.id = k.message_id
    and s.provider_message_id is distinct from m.provider_message_id
    and length(s.provider_message_id) <= 255
    and not exists (
      select
      from public.whatsapp_message o
      where o.business_id = k.business_id
        and o.provider_message_id = s.provider_message_id
        and length(o.provider_message_id) <= 255
        and o.conversation_id is not distinct from m.conversation_id
        and o.direction = m.direction
        and o.id <> m.id
    );

  with edit as (
    update onethread_bridge.mirrored k
    set text_hash = md5(s.body)::uuid
    from unnest(p_rows) as s
    where k.bridge = p_bridge
      and k.relation = p_relation
      and k.key = s.key
      and k.part = coalesce(s.part, '')
      and s.is_deleted is not true
      and md5(s.body)::uuid is distinct from k.text_hash
    returning k.business_id, k.message_id, s.provider_message_id, s.provider, s.address,
      s.participant, s.direction, s.body
  )
  insert into public.whatsapp_message_event (
    business_id, kind, provider, provider_message_id, address, target_direction, actor, body
  )
  select
    e.business_id, 'edited', e.provider, e.provider_message_id, e.address, e.direction,
    e.participant, e.body
  from edit e
  inner join public.whatsapp_message m on m.business_id = e.business_id and m.id = e.message_id
  where e.direction = 'inbound' and e.provider_message_id <> '' and e.body <> ''
  order by e.provider_message_id collate "C"
  on conflict do nothing;
end;
$$;

comment on function onethread_bridge.follow_messages(
  text, text, onethread_bridge.message[]) is
  'Late ids and edits of messages that are stored, and copies of them.';
