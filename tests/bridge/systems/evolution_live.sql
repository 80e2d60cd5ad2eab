-- Prisma's createMany: the phone of somebody known by a LID, the same message twice, an answer of ours.
insert into "Message" (
  "id", "key", "pushName", "messageType", "message", "source", "messageTimestamp", "instanceId", "status")
values
  ('n1', '{"id": "B1", "remoteJid": "876000000000008@lid", "remoteJidAlt": "5531988880008@s.whatsapp.net", "fromMe": false}',
    'Caio', 'conversation', '{"conversation": "with a number now"}', 'android', 1764400000, 'i1', 'DELIVERY_ACK'),
  ('n2', '{"id": "B2", "remoteJid": "5531988880008@s.whatsapp.net", "fromMe": true}',
    'clinic', 'conversation', '{"conversation": "thanks"}', 'web', 1764400001, 'i1', 'PENDING'),
  ('n3', '{"id": "B1", "remoteJid": "876000000000008@lid", "remoteJidAlt": "5531988880008@s.whatsapp.net", "fromMe": false}',
    'Caio', 'conversation', '{"conversation": "with a number now"}', 'android', 1764400000, 'i1', 'DELIVERY_ACK'),
  ('n4', '{"id": "B4", "remoteJid": "876000000000008@lid", "fromMe": false}',
    'Caio', 'reactionMessage', '{"reactionMessage": {"key": {"id": "B2", "fromMe": true}, "text": "👍"}}', 'android', 1764400002, 'i1', 'DELIVERY_ACK'),
  ('n5', '{"id": "B5", "remoteJid": "876000000000008@lid", "fromMe": false}',
    'Caio', 'conversation', '{"conversation": "a mistake"}', 'android', 1764400003, 'i1', 'DELIVERY_ACK');
update "Message" set "status" = 'SERVER_ACK' where "id" = 'n2';
update "Message" set "status" = 'DELIVERY_ACK' where "id" = 'n2';
insert into "MessageUpdate" values ('u1', 'B2', '5531988880008@s.whatsapp.net', true, null, 'READ', 'n2', 'i1');
-- Who changed a text of ours cannot be seen; what came in is its sender's.
update "Message" set "message" = '{"conversation": "twice the price"}', "status" = 'EDITED' where "id" = 'n2';
update "Message" set "message" = '{"conversation": "with my number now"}', "status" = 'EDITED' where "id" = 'n1';
insert into "MessageUpdate" values
  ('u2', 'B5', '876000000000008@lid', false, null, 'DELETED', 'n5', 'i1'),
  ('u3', 'B2', '5531988880008@s.whatsapp.net', true, null, 'DELETED', 'n2', 'i1');
-- A chat is opened.
update "Message" set "status" = 'READ' where "key" ->> 'remoteJid' = '876000000000008@lid';
-- A new instance, and somebody whose LID is learnt only now.
insert into "Instance" ("id", "name") values ('i3', 'garage');
insert into "Message" (
  "id", "key", "pushName", "messageType", "message", "source", "messageTimestamp", "instanceId", "status")
values
  ('n6', '{"id": "B6", "remoteJid": "876000000000009@lid", "fromMe": false}',
    'Davi', 'conversation', '{"conversation": "my car"}', 'android', 1764400006, 'i3', 'DELIVERY_ACK'),
  ('n7', '{"id": "B7", "remoteJid": "5531988880009@s.whatsapp.net", "fromMe": true}',
    'garage', 'conversation', '{"conversation": "is ready"}', 'web', 1764400007, 'i3', 'PENDING');
insert into "IsOnWhatsapp" values
  ('w2', '5531988880009@s.whatsapp.net', '5531988880009@s.whatsapp.net,876000000000009@lid', now(), now());
