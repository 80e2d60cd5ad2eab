-- WuzAPI, and any program on whatsmeow that keeps its messages so: its store is beside.
-- tables: message_history, whatsmeow_lid_map, users
-- provider: whatsmeow
-- digits: international

-- tenants of users by id text
select t.id as key, t.id as tenant, t.name as name
from theirs t

-- numbers of users by id text
select t.id as tenant, t.jid as address
from theirs t

-- evidence of whatsmeow_lid_map by lid text
select t.lid as key, t.lid || '@lid' as a, t.pn || '@s.whatsapp.net' as b
from theirs t

-- messages of message_history by id bigint
-- Who sent: `me`, or the own number with a device. WuzAPI deletes old rows; what was taken over stays.
select
  t.id as key,
  t.user_id as tenant,
  case when k.is_ours then 'outbound' else 'inbound' end as direction,
  t.chat_jid as address,
  case
    when k.is_ours and k.is_group then null
    when k.is_ours then array[d.info ->> 'RecipientAlt']
    else array[d.info ->> 'SenderAlt']
  end as aliases,
  case when k.is_group and not k.is_ours then t.sender_jid end as participant,
  case when not k.is_ours then d.info ->> 'PushName' end as sender_name,
  t.message_type as kind,
  nullif(t.text_content, '') as body,
  case when t.media_link <> '' then jsonb_build_object('url', t.media_link) end as media,
  t.message_id as provider_message_id,
  nullif(t.quoted_message_id, '') as reply_to,
  t."timestamp" at time zone 'UTC' as sent_at
from theirs t
left join users u on u.id = t.user_id
cross join lateral (
  select
    t.sender_jid = 'me'
      or (regexp_replace(t.sender_jid, '[:.].*@|@.*', '') = regexp_replace(u.jid, '[:.].*@|@.*', ''))
        is true as is_ours,
    t.chat_jid like '%@g.us' as is_group
) k
cross join lateral (select onethread_bridge.read_json(t.datajson) -> 'Info' as info) d
where t.message_type not in ('reaction', 'delete')
  and t.chat_jid not like '%@broadcast'
