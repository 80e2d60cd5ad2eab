-- PostgREST: a role under row-level security writes with RETURNING; a dispatcher sends and tells by upsert.
select set_config('app.org', '00000000-0000-0000-0000-000000000001', false);
insert into messages (organization_id, conversation_id, external_id, service, contact_address, direction, content, "timestamp")
values ('00000000-0000-0000-0000-000000000001', gen_random_uuid(), 'wamid.20', 'whatsapp', 'BR.1000000000000004',
  'incoming', '{"type": "text", "text": "hi"}', '2026-02-01 00:00+00')
returning *;
insert into messages (organization_id, conversation_id, service, contact_address, direction, content, "timestamp")
values ('00000000-0000-0000-0000-000000000001', gen_random_uuid(), 'whatsapp', '5531988880004', 'outgoing',
  '{"type": "text", "text": "thanks"}', '2026-02-02 00:00+00');
update messages set external_id = 'wamid.21', status = jsonb_build_object('accepted', now())
where content ->> 'text' = 'thanks';
insert into messages (organization_id, conversation_id, external_id, service, contact_address, direction, content, status)
values ('00000000-0000-0000-0000-000000000001', gen_random_uuid(), 'wamid.21', 'whatsapp', '5531988880004', 'outgoing', '{}',
  jsonb_build_object('delivered', now()))
on conflict (external_id) do update set content = excluded.content, status = excluded.status;
insert into messages (organization_id, conversation_id, external_id, service, contact_address, direction, content, status)
values ('00000000-0000-0000-0000-000000000001', gen_random_uuid(), 'wamid.21', 'whatsapp', '5531988880004', 'outgoing', '{}',
  jsonb_build_object('read', now()))
on conflict (external_id) do update set content = excluded.content, status = excluded.status;
-- Who Davi is becomes known by another address of his.
insert into contacts_addresses (organization_id, contact_id, service, address)
values ('00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000004', 'whatsapp', '5531988880004');
update messages set content = '{"text": "hi there"}', status = jsonb_build_object('edited', now())
where external_id = 'wamid.20';
