create table users (id text primary key, name text not null, token text not null default '', jid text not null default '');
create table message_history (
  id serial primary key, user_id text not null, chat_jid text not null, sender_jid text not null,
  message_id text not null, "timestamp" timestamp not null, message_type text not null, text_content text,
  media_link text, quoted_message_id text, datajson text, unique (user_id, message_id));
create table whatsmeow_lid_map (lid text primary key, pn text unique not null);
insert into users (id, name, jid) values ('u1', 'clinic', '5511955550001:7@s.whatsapp.net'), ('u2', 'shop', '');
insert into whatsmeow_lid_map values ('876000000000003', '5531988880003');
insert into message_history (
  user_id, chat_jid, sender_jid, message_id, "timestamp", message_type, text_content, datajson)
select m.tenant, m.chat, m.sender, 'A' || m.n, '2026-01-01'::timestamp + m.n * interval '1 s', m.kind, m.words, m.data
from (
  values
    (1, 'u1', '876000000000001@lid', '876000000000001@lid', 'text', 'hello', '{"Info": {"SenderAlt": "5531988880001@s.whatsapp.net", "PushName": "Ana"}}'),
    (2, 'u1', '5531988880001@s.whatsapp.net', 'me', 'text', 'good morning', ''),
    (3, 'u1', '5531988880002@s.whatsapp.net', '5531988880002@s.whatsapp.net', 'image', 'with the nine', null),
    (4, 'u1', '553188880002@s.whatsapp.net', '5511955550001:9@s.whatsapp.net', 'text', 'without', 'not JSON'),
    (5, 'u1', '876000000000003@lid', '876000000000003@lid', 'text', 'by one name', null),
    (6, 'u1', '5531988880003@s.whatsapp.net', 'me', 'text', 'to the other', null),
    (7, 'u2', '5531988880001@s.whatsapp.net', '5531988880001@s.whatsapp.net', 'text', 'for the shop', null),
    (8, 'u1', '120363000000000001@g.us', '876000000000001@lid', 'text', 'in the group', '{"Info": {"SenderAlt": "5531988880001@s.whatsapp.net"}}'),
    (9, 'u1', '876000000000004@lid', '876000000000004@lid', 'text', 'who am I?', null),
    (10, 'u1', '876000000000004@lid', '876000000000004@lid', 'reaction', '👍', null)
) as m (n, tenant, chat, sender, kind, words, data);
