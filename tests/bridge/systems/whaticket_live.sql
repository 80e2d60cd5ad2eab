-- Sequelize's upsert: an insert that catches a unique violation and updates then; a message comes twice.
begin;
create function pg_temp.sequelize_upsert(out created boolean, out primary_key text) as $f$
begin
  insert into "Messages" (
    "id", "body", "ticketId", "contactId", "companyId", "fromMe", "mediaType", "ack", "remoteJid", "dataJson",
    "createdAt", "updatedAt")
  values ('B1', 'with a number', 7, 7, 1, false, 'conversation', 0, '876000000000007@lid',
    '{"key": {"senderPn": "5531988880007@s.whatsapp.net"}}', '2026-02-01 00:00+00', now())
  returning "id" into primary_key;
  created := true;
exception
  when unique_violation then
    update "Messages" set "body" = 'with a number', "updatedAt" = now() where "id" = 'B1'
    returning "id" into primary_key;
    created := false;
end;
$f$ language plpgsql;
select * from pg_temp.sequelize_upsert();
select * from pg_temp.sequelize_upsert();
commit;
insert into "Messages" (
  "id", "body", "ticketId", "companyId", "fromMe", "mediaType", "ack", "remoteJid", "createdAt", "updatedAt")
values
  ('B2', 'thanks', 7, 1, true, 'extendedTextMessage', 1, '5531988880007@s.whatsapp.net', '2026-02-02 00:00+00', now()),
  ('B3', 'a mistake', 7, 1, false, 'conversation', 0, '876000000000007@lid', '2026-02-03 00:00+00', now());
update "Messages" set "ack" = 2, "updatedAt" = now() where "id" = 'B2';
update "Messages" set "ack" = 3, "updatedAt" = now() where "id" = 'B2';
-- Who changed or deleted ours cannot be seen.
update "Messages" set "body" = 'half the price', "isEdited" = true where "id" = 'B2';
update "Messages" set "isDeleted" = true where "id" in ('B2', 'B3');
update "Messages" set "body" = 'with my number', "isEdited" = true where "id" = 'B1';
