create type direction as enum ('incoming', 'outgoing', 'internal');
create type service as enum ('whatsapp', 'instagram', 'local', 'whatsapp-web');
create table organizations (id uuid primary key default gen_random_uuid(), name text not null);
create table organizations_addresses (
  organization_id uuid not null references organizations (id), service service not null, address text not null,
  extra jsonb, primary key (organization_id, address));
create table contacts (
  organization_id uuid not null references organizations (id), id uuid primary key default gen_random_uuid(),
  name text);
create table contacts_addresses (
  organization_id uuid not null references organizations (id), contact_id uuid references contacts (id),
  service service not null, address text not null, extra jsonb, primary key (organization_id, service, address));
create table agents (id uuid primary key default gen_random_uuid(), ai boolean not null default false);
create table messages (
  organization_id uuid not null references organizations (id), conversation_id uuid not null,
  id uuid primary key default gen_random_uuid(), external_id text unique, direction direction not null,
  agent_id uuid references agents (id), contact_address text, service service not null,
  organization_address text not null default 'own', group_address text, content jsonb not null,
  status jsonb not null default jsonb_build_object('pending', now()), "timestamp" timestamptz not null default now());
create function pg_temp.id(n int) returns uuid language sql
  return ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid;
create function merge_update() returns trigger language plpgsql as $$
declare c text := tg_argv[0];
begin
  return jsonb_populate_record(
    new, jsonb_build_object(c, coalesce(to_jsonb(old) -> c, '{}') || coalesce(to_jsonb(new) -> c, '{}')));
end $$;
create trigger set_message before update on messages
  for each row when (new.content is not null) execute function merge_update('content');
create trigger set_status before update on messages
  for each row when (new.status is not null) execute function merge_update('status');
alter table messages enable row level security;
create policy members on messages using (organization_id::text = current_setting('app.org', true));
insert into organizations values (pg_temp.id(1), 'clinic'), (pg_temp.id(2), 'shop');
insert into organizations_addresses values
  (pg_temp.id(1), 'whatsapp', '106000000000001', '{"phone_number": "+5511955550001"}');
insert into contacts values (pg_temp.id(1), pg_temp.id(3), 'Caio'), (pg_temp.id(1), pg_temp.id(4), 'Davi');
insert into contacts_addresses values
  (pg_temp.id(1), null, 'whatsapp', 'BR.1000000000000001', '{"phone_number": "5531988880001", "bsuid": "BR.1000000000000001"}'),
  (pg_temp.id(1), pg_temp.id(3), 'whatsapp', '5531988880003', null),
  (pg_temp.id(1), pg_temp.id(3), 'whatsapp-web', '5531988880003', null),
  (pg_temp.id(1), pg_temp.id(3), 'whatsapp', 'BR.1000000000000003', null),
  (pg_temp.id(1), pg_temp.id(3), 'instagram', '1784000000000001', null),
  (pg_temp.id(1), pg_temp.id(4), 'whatsapp', 'BR.1000000000000004', null);
insert into messages (
  organization_id, conversation_id, external_id, direction, service, contact_address, group_address, content, "timestamp")
select pg_temp.id(m.org), pg_temp.id(m.room), 'wamid.' || m.n, m.direction::direction, m.service::service, m.address,
  m.group_address, jsonb_build_object('type', 'text', 'text', m.words), '2026-01-01'::timestamptz + m.n * interval '1 s'
from (
  values
    (1, 1, 1, 'incoming', 'whatsapp', 'BR.1000000000000001', null, 'hello'),
    (2, 1, 2, 'outgoing', 'whatsapp', '5531988880001', null, 'good morning'),
    (3, 1, 3, 'incoming', 'whatsapp', '5531988880002', null, 'with the nine'),
    (4, 1, 4, 'incoming', 'whatsapp-web', '553188880002', null, 'without'),
    (5, 1, 5, 'incoming', 'whatsapp', 'BR.1000000000000003', null, 'by one name'),
    (6, 1, 6, 'incoming', 'whatsapp-web', '5531988880003', null, 'by the other'),
    (7, 2, 7, 'incoming', 'whatsapp', '5531988880001', null, 'for the shop'),
    (8, 1, 8, 'incoming', 'whatsapp-web', '5531988880001', '120363000000000001@g.us', 'in the group'),
    (9, 1, 9, 'incoming', 'instagram', '1784000000000001', null, 'elsewhere'),
    (10, 1, 1, 'internal', 'whatsapp', null, null, 'a note'),
    (11, 1, 10, 'incoming', 'whatsapp', 'BR.1000000000000004', null, 'who am I?')
) as m (n, org, room, direction, service, address, group_address, words);
