create table chats (id text, "conversationTimestamp" bigint, data jsonb);
create table messages (jid text, id text, "messageTimestamp" bigint, data jsonb);
create unique index messages_id_index on messages (id);
create table lid_map (id text primary key, pn text);
insert into lid_map values ('876000000000003@lid', '5531988880003@s.whatsapp.net');
insert into messages
select m.jid, 'A' || m.n, 1764300000 + m.n,
  jsonb_build_object('key', jsonb_build_object('fromMe', m.is_ours, 'remoteJidAlt', m.alt, 'participant', m.author),
    'message', jsonb_build_object('conversation', m.words), 'pushName', 'somebody', 'status', m.status)
from (
  values
    (1, '876000000000001@lid', false, '5531988880001@s.whatsapp.net', null, 'hello', 3),
    (2, '5531988880001@s.whatsapp.net', true, null, null, 'good morning', 4),
    (3, '5531988880002@s.whatsapp.net', false, null, null, 'with the nine', 3),
    (4, '553188880002@s.whatsapp.net', true, null, null, 'without', 2),
    (5, '876000000000003@lid', false, null, null, 'by one name', 3),
    (6, '5531988880003@s.whatsapp.net', true, null, null, 'to the other', 2),
    (7, '120363000000000001@g.us', false, null, '876000000000001@lid', 'in the group', 3),
    (8, '876000000000004@lid', false, null, null, 'who am I?', 3)
) as m (n, jid, is_ours, alt, author, words, status);
