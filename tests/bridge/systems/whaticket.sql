create table "Companies" ("id" serial primary key, "name" varchar(255) not null unique);
create table "Whatsapps" (
  "id" serial primary key, "number" varchar(255), "companyId" integer references "Companies" ("id"));
create table "Contacts" (
  "id" serial primary key, "name" varchar(255) not null, "number" varchar(255) not null,
  "isGroup" boolean not null default false, "companyId" integer references "Companies" ("id"));
create table "Tickets" (
  "id" serial primary key, "contactId" integer references "Contacts" ("id"),
  "isGroup" boolean not null default false, "companyId" integer references "Companies" ("id"));
create table "Messages" (
  "id" varchar(255) primary key, "body" text not null, "ack" integer not null default 0,
  "read" boolean not null default false, "mediaType" varchar(255), "mediaUrl" varchar(255),
  "ticketId" integer not null references "Tickets" ("id") on delete cascade,
  "createdAt" timestamptz(6) not null, "updatedAt" timestamptz(6) not null,
  "fromMe" boolean not null default false, "isDeleted" boolean not null default false,
  "contactId" integer references "Contacts" ("id"), "companyId" integer references "Companies" ("id"),
  "quotedMsgId" varchar(255) references "Messages" ("id") on update cascade on delete set null,
  "remoteJid" text, "dataJson" text, "participant" text, "isEdited" boolean not null default false);
insert into "Companies" values (1, 'clinic'), (2, 'shop');
insert into "Whatsapps" values (1, '5511955550001', 1), (2, '', 2);
insert into "Contacts" values
  (1, 'Ana', '876000000000001', false, 1), (2, 'Ana', '5531988880001', false, 1),
  (3, 'Bia', '5531988880002', false, 1), (4, 'Bia', '553188880002', false, 1),
  (5, 'Group', '120363000000000001', true, 1), (6, 'Ana', '5531988880001', false, 2),
  (7, 'Caio', '876000000000007', false, 1);
insert into "Tickets" select "id", "id", "isGroup", "companyId" from "Contacts";
insert into "Messages" (
  "id", "body", "ack", "mediaType", "ticketId", "contactId", "companyId", "fromMe", "remoteJid", "dataJson",
  "participant", "createdAt", "updatedAt")
select m.*, '2026-01-01'::timestamptz + row_number() over () * interval '1 s', now()
from (
  values
    ('A1', 'hello', 0, 'conversation', 1, 1, 1, false, '876000000000001@lid',
      '{"key": {"remoteJid": "876000000000001@lid", "senderPn": "5531988880001@s.whatsapp.net"}}', null),
    -- Older than the column: the number of the contact would be taken for a phone.
    ('A2', 'an old answer', 3, 'conversation', 1, 1, 1, true, null, null, null),
    ('A3', 'to the phone', 4, 'chat', 2, 2, 1, true, '5531988880001@s.whatsapp.net', '{"key": cut off', null),
    ('A4', 'with the nine', 0, null, 3, 3, 1, false, null, null, null),
    ('A5', 'look', 0, 'image', 4, 4, 1, false, '553188880002@s.whatsapp.net', '{"key": {}}', null),
    ('A6', 'in the group', 0, 'conversation', 5, 1, 1, false, '120363000000000001@g.us',
      '{"key": {"participant": "876000000000001@lid"}}', null),
    ('A7', 'for the shop', 0, 'conversation', 6, 6, 2, false, '5531988880001@s.whatsapp.net', null, null),
    ('A8', 'who am I?', 0, 'conversation', 7, 7, 1, false, '876000000000007@lid', '{"key": {}}', null)
) as m;
