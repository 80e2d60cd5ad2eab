create table accounts (id serial primary key, name varchar not null);
create table channel_whatsapp (
  id bigserial primary key, account_id integer not null, phone_number varchar not null unique);
create table channel_api (id bigserial primary key, account_id integer not null);
create table inboxes (
  id serial primary key, channel_id integer not null, account_id integer not null,
  channel_type varchar);
create table contacts (
  id serial primary key, name varchar default '', phone_number varchar, account_id integer not null,
  identifier varchar);
create table contact_inboxes (
  id bigserial primary key, contact_id bigint, inbox_id bigint, source_id varchar not null);
create table conversations (
  id serial primary key, account_id integer not null, inbox_id integer not null, contact_id bigint,
  contact_inbox_id bigint);
create table messages (
  id serial primary key, content text, account_id integer not null, inbox_id integer not null,
  conversation_id integer not null, message_type integer not null, created_at timestamp not null,
  updated_at timestamp not null, private boolean not null default false, status integer default 0,
  source_id varchar, content_attributes json default '{}', sender_type varchar, sender_id bigint);
create index on messages (source_id);
create table attachments (
  id serial primary key, file_type integer default 0, message_id integer not null);
insert into accounts values (1, 'clinic'), (2, 'shop');
insert into channel_whatsapp values (1, 1, '+5511955550001');
insert into inboxes values
  (1, 1, 1, 'Channel::Whatsapp'), (2, 1, 1, 'Channel::Api'), (3, 1, 1, 'Channel::Email'),
  (4, 1, 2, 'Channel::Whatsapp');
insert into contacts values
  (1, 'Ana', '+5531988880001', 1, null),
  (2, 'Bia', '+5531988880002', 1, null), (3, 'Bia again', '+553188880002', 1, null),
  -- A gateway made the phone of the digits of a LID.
  (4, 'Caio', '+876000000000004', 1, '876000000000004@lid'),
  (5, 'Group', null, 1, '120363000000000001@g.us'),
  (6, 'Ana', '+5531988880001', 2, null), (7, 'Eva', null, 1, 'eva@example.com');
insert into contact_inboxes values
  (1, 1, 1, '5531988880001'), (2, 1, 1, 'BR.1000000000000001'),
  (3, 2, 1, '5531988880002'), (4, 3, 1, '553188880002'),
  (5, 4, 2, '5f0e6a52-0000-0000-0000-000000000001'), (6, 4, 1, '5531988880004'),
  (7, 5, 2, '5f0e6a52-0000-0000-0000-000000000002'),
  (8, 6, 4, '5531988880001'), (9, 7, 3, 'eva@example.com');
insert into conversations (id, account_id, inbox_id, contact_id, contact_inbox_id)
select ci.id, i.account_id, i.id, ci.contact_id, ci.id
from contact_inboxes ci inner join inboxes i on i.id = ci.inbox_id order by ci.id;
select setval('conversations_id_seq', 100), setval('messages_id_seq', 100), setval('contacts_id_seq', 100),
  setval('contact_inboxes_id_seq', 100);
insert into messages (
  id, content, account_id, inbox_id, conversation_id, message_type, created_at, updated_at, private, status,
  source_id, sender_type)
select m.id, m.content, v.account_id, v.inbox_id, v.id, m.kind, '2026-01-01'::timestamp + m.id * interval '1 s',
  now(), m.kind = 1 and m.source_id = 'note', m.status, m.source_id,
  case m.kind when 0 then 'Contact' when 1 then 'User' end
from (
  values
    (1, 1, 0, 'hello', 0, 'wamid.1'), (2, 2, 0, 'from my other name', 0, 'wamid.2'),
    (3, 2, 1, 'good morning', 2, 'wamid.3'), (4, 1, 1, 'a note of ours', 0, 'note'),
    (5, 3, 0, 'with the nine', 0, 'wamid.5'), (6, 4, 0, 'without', 0, 'wamid.6'),
    (7, 5, 0, 'by the gateway', 0, 'WAID:7'), (8, 6, 1, 'by the cloud', 1, 'wamid.8'),
    (9, 7, 0, 'in the group', 0, 'WAID:9'), (10, 8, 0, 'for the shop', 0, 'wamid.10'),
    (11, 9, 0, 'an e-mail', 0, null), (12, 1, 2, 'was assigned', 0, null),
    (13, 1, 0, 'two cards', 0, 'wamid.13'), (14, 1, 0, 'the second', 0, 'wamid.13')
) as m (id, conversation_id, kind, content, status, source_id)
inner join conversations v on v.id = m.conversation_id;
insert into messages (
  content, account_id, inbox_id, conversation_id, message_type, created_at, updated_at, source_id, sender_type)
values (null, 1, 1, 1, 0, '2026-01-02', now(), 'wamid.15', 'Contact');
insert into attachments (file_type, message_id) select 0, id from messages where source_id = 'wamid.15';
