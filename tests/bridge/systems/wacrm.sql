create table accounts (id uuid primary key default gen_random_uuid(), name text not null);
create table contacts (
  id uuid primary key default gen_random_uuid(), account_id uuid not null references accounts (id), phone text,
  name text, whatsapp_user_id text);
create table conversations (
  id uuid primary key default gen_random_uuid(), account_id uuid not null references accounts (id),
  contact_id uuid not null references contacts (id), whatsapp_recipient_id text);
create table messages (
  id uuid primary key default gen_random_uuid(), conversation_id uuid not null references conversations (id),
  sender_type text not null check (sender_type in ('customer', 'agent', 'bot')),
  content_type text not null default 'text', content_text text, media_url text, message_id text,
  status text not null default 'sent', created_at timestamptz default now());
create function pg_temp.id(n int) returns uuid language sql
  return ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid;
alter table messages enable row level security;
create policy "Service role can insert messages" on messages for insert with check (true);
create policy everybody on messages for all using (true);
insert into accounts values (pg_temp.id(1), 'clinic'), (pg_temp.id(2), 'shop');
insert into contacts values
  (pg_temp.id(1), pg_temp.id(1), '(31) 98888-0001', 'Ana', 'BR.1000000000000001'),
  (pg_temp.id(2), pg_temp.id(1), '31 98888-0002', 'Bia', null),
  (pg_temp.id(3), pg_temp.id(1), '553188880002', 'Bia', null),
  (pg_temp.id(4), pg_temp.id(1), null, 'Caio', 'BR.1000000000000004'),
  (pg_temp.id(5), pg_temp.id(2), '+5531988880001', 'Ana', null);
insert into conversations values
  (pg_temp.id(1), pg_temp.id(1), pg_temp.id(1), 'BR.1000000000000001'),
  (pg_temp.id(2), pg_temp.id(1), pg_temp.id(1), null), (pg_temp.id(3), pg_temp.id(1), pg_temp.id(2), null),
  (pg_temp.id(4), pg_temp.id(1), pg_temp.id(3), null), (pg_temp.id(5), pg_temp.id(1), pg_temp.id(4), null),
  (pg_temp.id(6), pg_temp.id(2), pg_temp.id(5), null);
insert into messages (id, conversation_id, sender_type, content_text, message_id, status, created_at)
select pg_temp.id(m.n), pg_temp.id(m.room), m.sender, m.words, 'wamid.' || m.n, m.status,
  '2026-01-01'::timestamptz + m.n * interval '1 s'
from (
  values
    (1, 1, 'customer', 'hello', 'read'), (2, 2, 'agent', 'good morning', 'delivered'),
    (3, 3, 'customer', 'with the nine', 'read'), (4, 4, 'customer', 'without', 'read'),
    (5, 5, 'customer', 'who am I?', 'read'), (6, 6, 'customer', 'for the shop', 'read'),
    (7, 3, 'bot', 'one moment', 'failed')
) as m (n, room, sender, words, status);
