create table "Chat" (
  "pkId" serial primary key, "sessionId" varchar(128) not null, "id" varchar(128) not null, "lidJid" varchar(128),
  "pnJid" varchar(128), "unreadCount" integer, unique ("sessionId", "id"));
create table "Message" (
  "pkId" serial primary key, "sessionId" varchar(128) not null, "remoteJid" varchar(128) not null,
  "id" varchar(128) not null, "key" jsonb not null, "message" jsonb, "messageTimestamp" bigint,
  "participant" varchar(128), "pushName" varchar(128), "status" integer, "messageStubType" integer,
  unique ("sessionId", "remoteJid", "id"));
insert into "Chat" ("sessionId", "id", "lidJid", "pnJid") values
  ('clinic', '5531988880003@s.whatsapp.net', '876000000000003@lid', null),
  ('clinic', '120363000000000001@g.us', null, null);
insert into "Message" ("sessionId", "remoteJid", "id", "key", "message", "messageTimestamp", "participant", "pushName", "status")
values
  ('clinic', '876000000000001@lid', 'A1', '{"fromMe": false, "remoteJidAlt": "5531988880001@s.whatsapp.net"}', '{"conversation": "hello"}', 1764300001, null, 'Ana', null),
  ('clinic', '5531988880001@s.whatsapp.net', 'A2', '{"fromMe": true}', '{"extendedTextMessage": {"text": "good morning"}}', 1764300002, null, null, 4),
  ('clinic', '5531988880002@s.whatsapp.net', 'A3', '{"fromMe": false}', '{"imageMessage": {"caption": "with the nine"}}', 1764300003, null, 'Bia', null),
  ('clinic', '553188880002@s.whatsapp.net', 'A4', '{"fromMe": true}', '{"conversation": "without"}', 1764300004, null, null, 2),
  ('clinic', '876000000000003@lid', 'A5', '{"fromMe": false}', '{"conversation": "by one name"}', 1764300005, null, 'Caio', null),
  ('clinic', '5531988880003@s.whatsapp.net', 'A6', '{"fromMe": true}', '{"conversation": "to the other"}', 1764300006, null, null, 2),
  ('clinic', '876000000000001@lid', 'A7', '{"fromMe": false}', '{"protocolMessage": {"type": 0}}', 1764300007, null, 'Ana', null),
  ('shop', '5531988880001@s.whatsapp.net', 'A1', '{"fromMe": false}', '{"conversation": "for the shop"}', 1764300008, null, 'Ana', null),
  ('clinic', '120363000000000001@g.us', 'A9', '{"fromMe": false, "participant": "876000000000001@lid"}', '{"conversation": "in the group"}', 1764300009, null, 'Ana', null),
  ('clinic', '876000000000004@lid', 'A10', '{"fromMe": false}', '{"conversation": "who am I?"}', 1764300010, null, 'Davi', null);
