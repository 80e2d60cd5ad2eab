-- ActiveRecord: a row at a time, in a transaction, the id of an answer later.
begin;
insert into contacts (name, phone_number, account_id) values ('Davi', '+5531988880005', 1);
insert into contact_inboxes (contact_id, inbox_id, source_id)
values (currval('contacts_id_seq'), 1, '5531988880005');
insert into conversations (account_id, inbox_id, contact_id, contact_inbox_id)
values (1, 1, currval('contacts_id_seq'), currval('contact_inboxes_id_seq'));
insert into messages (
  content, account_id, inbox_id, conversation_id, message_type, created_at, updated_at, source_id, sender_type)
values ('hi', 1, 1, currval('conversations_id_seq'), 0, '2026-02-01', now(), 'wamid.20', 'Contact');
commit;
insert into messages (
  content, account_id, inbox_id, conversation_id, message_type, created_at, updated_at, sender_type)
values ('how are you?', 1, 1, currval('conversations_id_seq'), 1, '2026-02-02', now(), 'User');
update messages set source_id = 'wamid.21' where content = 'how are you?';
update messages set status = 1 where source_id = 'wamid.21';
update messages set status = 2 where source_id = 'wamid.21';
-- The same person under a BSUID: another conversation there.
begin;
insert into contact_inboxes (contact_id, inbox_id, source_id)
values (currval('contacts_id_seq'), 1, 'BR.1000000000000005');
insert into conversations (account_id, inbox_id, contact_id, contact_inbox_id)
values (1, 1, currval('contacts_id_seq'), currval('contact_inboxes_id_seq'));
insert into messages (
  content, account_id, inbox_id, conversation_id, message_type, created_at, updated_at, source_id, sender_type)
values ('me again', 1, 1, currval('conversations_id_seq'), 0, '2026-02-03', now(), 'wamid.22', 'Contact');
commit;
-- Deleted in Chatwoot.
update messages set content = 'This message was deleted', content_attributes = '{"deleted": true}'
where source_id in ('wamid.21', 'wamid.22');
update contacts set name = 'Ana Lima' where id = 1;
