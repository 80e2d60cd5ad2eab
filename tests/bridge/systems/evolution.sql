create type "DeviceMessage" as enum ('ios', 'android', 'web', 'unknown', 'desktop');
create table "Instance" (
  "id" text primary key, "name" varchar(255) not null unique, "ownerJid" varchar(100),
  "createdAt" timestamp default now());
create table "Message" (
  "id" text primary key, "key" jsonb not null, "pushName" varchar(100), "participant" varchar(100),
  "messageType" varchar(100) not null, "message" jsonb not null, "contextInfo" jsonb,
  "source" "DeviceMessage" not null, "messageTimestamp" integer not null,
  "instanceId" text not null references "Instance" ("id") on delete cascade on update cascade,
  "status" varchar(30));
create table "MessageUpdate" (
  "id" text primary key, "keyId" varchar(100) not null, "remoteJid" varchar(100) not null,
  "fromMe" boolean not null, "participant" varchar(100), "status" varchar(30) not null,
  "messageId" text not null references "Message" ("id") on delete cascade,
  "instanceId" text not null references "Instance" ("id") on delete cascade);
create table "IsOnWhatsapp" (
  "id" text primary key, "remoteJid" varchar(100) not null unique, "jidOptions" text not null,
  "createdAt" timestamp not null default now(), "updatedAt" timestamp not null);
insert into "Instance" ("id", "name", "ownerJid") values
  ('i1', 'clinic', '5511955550001:12@s.whatsapp.net'), ('i2', 'shop', null);
insert into "IsOnWhatsapp" values
  ('w1', '5531988880003@s.whatsapp.net', '5531988880003@s.whatsapp.net,876000000000003@lid', now(), now());
insert into "Message" (
  "id", "key", "pushName", "messageType", "message", "source", "messageTimestamp", "instanceId", "status")
values
  ('m1', '{"id": "A1", "remoteJid": "876000000000001@lid", "fromMe": false, "senderPn": "5531988880001@s.whatsapp.net"}',
    'Ana', 'conversation', '{"conversation": "hello"}', 'android', 1764300001, 'i1', 'DELIVERY_ACK'),
  ('m2', '{"id": "A2", "remoteJid": "5531988880001@s.whatsapp.net", "fromMe": true}',
    'clinic', 'extendedTextMessage', '{"extendedTextMessage": {"text": "good morning"}}', 'web', 1764300002, 'i1', 'READ'),
  ('m3', '{"id": "A3", "remoteJid": "876000000000003@lid", "fromMe": false}',
    'Bia', 'imageMessage', '{"imageMessage": {"caption": "look"}, "mediaUrl": "https://media.example/1"}', 'ios', 1764300003, 'i1', 'DELIVERY_ACK'),
  ('m4', '{"id": "A4", "remoteJid": "553188880003@s.whatsapp.net", "fromMe": true}',
    'clinic', 'conversation', '{"conversation": "nice"}', 'web', 1764300004, 'i1', 'SERVER_ACK'),
  ('m5', '{"id": "A5", "remoteJid": "120363000000000001@g.us", "fromMe": false, "participant": "876000000000001@lid"}',
    'Ana', 'conversation', '{"conversation": "in the group"}', 'ios', 1764300005, 'i1', 'DELIVERY_ACK'),
  ('m6', '{"id": "A6", "remoteJid": "status@broadcast", "fromMe": false}',
    'Ana', 'conversation', '{"conversation": "status"}', 'ios', 1764300006, 'i1', 'DELIVERY_ACK'),
  ('m7', '{"id": "A1", "remoteJid": "5531988880001@s.whatsapp.net", "fromMe": false}',
    'Ana', 'conversation', '{"conversation": "for the shop"}', 'ios', 1764300007, 'i2', 'DELIVERY_ACK'),
  ('m8', '{"id": "A8", "remoteJid": "876000000000008@lid", "fromMe": false}',
    'Caio', 'conversation', '{"conversation": "who am I?"}', 'ios', 1764300008, 'i1', 'DELIVERY_ACK');
