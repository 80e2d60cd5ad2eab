insert into "Message" ("sessionId", "remoteJid", "id", "key", "message", "messageTimestamp", "pushName", "status") values
  ('clinic', '876000000000004@lid', 'B1', '{"fromMe": false}', '{"conversation": "hi"}', 1764400001, 'Davi', null),
  ('clinic', '5531988880004@s.whatsapp.net', 'B2', '{"fromMe": true}', '{"conversation": "thanks"}', 1764400002, null, 1),
  ('clinic', '876000000000004@lid', 'B3', '{"fromMe": false}', '{"reactionMessage": {"key": {"id": "B2", "fromMe": true}, "text": "👍"}}', 1764400003, 'Davi', null);
-- A status: the row goes, and comes again.
begin;
delete from "Message" where "id" = 'B2';
insert into "Message" ("sessionId", "remoteJid", "id", "key", "message", "messageTimestamp", "status") values
  ('clinic', '5531988880004@s.whatsapp.net', 'B2', '{"fromMe": true}', '{"conversation": "thanks"}', 1764400002, 4);
commit;
-- Who that is; and chats are counted with each message.
insert into "Chat" ("sessionId", "id", "pnJid") values ('clinic', '876000000000004@lid', '5531988880004@s.whatsapp.net');
update "Chat" set "unreadCount" = 1;
update "Message" set "message" = '{"conversation": "hi there"}' where "id" = 'B1';
