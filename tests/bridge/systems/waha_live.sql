-- Knex: insert … on conflict merge, for every status again.
insert into messages values
  ('5531988880004@s.whatsapp.net', 'B1', 1764400001, '{"key": {"fromMe": true}, "message": {"conversation": "thanks"}, "status": 1}'),
  ('876000000000004@lid', 'B2', 1764400002, '{"key": {"fromMe": false}, "message": {"conversation": "hi"}, "status": 1}')
on conflict (id) do update set jid = excluded.jid, data = excluded.data;
insert into messages values
  ('5531988880004@s.whatsapp.net', 'B1', 1764400001, '{"key": {"fromMe": true}, "message": {"conversation": "thanks"}, "status": 4}'),
  ('876000000000004@lid', 'B2', 1764400002, '{"key": {"fromMe": false}, "message": {"conversation": "hi there"}, "status": 3}')
on conflict (id) do update set jid = excluded.jid, data = excluded.data;
insert into lid_map values ('876000000000004@lid', '5531988880004@s.whatsapp.net')
on conflict (id) do update set pn = excluded.pn;
