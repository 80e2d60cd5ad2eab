insert into messages (conversation_id, sender_type, content_text, status, created_at)
values ('00000000-0000-0000-0000-000000000005', 'agent', 'who are you?', 'sending', '2026-02-01 00:00+00');
update messages set message_id = 'wamid.20', status = 'sent' where content_text = 'who are you?';
update messages set status = 'read' where message_id = 'wamid.20';
-- The same person again: the phone is known before the BSUID is.
insert into contacts (id, account_id, phone, name)
values ('00000000-0000-0000-0000-000000000009', '00000000-0000-0000-0000-000000000001', '31 98888-0009', 'Davi');
insert into conversations (id, account_id, contact_id)
values ('00000000-0000-0000-0000-000000000009', '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000009');
insert into messages (conversation_id, sender_type, content_type, content_text, media_url, message_id, created_at)
values ('00000000-0000-0000-0000-000000000009', 'customer', 'image', 'look', 'https://media.example/1', 'wamid.21', '2026-02-02 00:00+00');
update contacts set whatsapp_user_id = 'BR.1000000000000009' where name = 'Davi';
insert into conversations (id, account_id, contact_id, whatsapp_recipient_id)
values ('00000000-0000-0000-0000-000000000010', '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000009', 'BR.1000000000000009');
insert into messages (conversation_id, sender_type, content_text, message_id, created_at)
values ('00000000-0000-0000-0000-000000000010', 'customer', 'and this', 'wamid.22', '2026-02-03 00:00+00');
