insert into message_history (user_id, chat_jid, sender_jid, message_id, "timestamp", message_type, text_content)
values ('u1', '876000000000004@lid', '876000000000004@lid', 'B1', '2026-02-01', 'text', 'hi')
on conflict (user_id, message_id) do nothing;
insert into message_history (user_id, chat_jid, sender_jid, message_id, "timestamp", message_type, text_content)
values ('u1', '5531988880004@s.whatsapp.net', 'me', 'B2', '2026-02-02', 'text', 'thanks');
-- whatsmeow learns who that is, and tells it again.
insert into whatsmeow_lid_map values ('876000000000004', '5531988880004');
insert into whatsmeow_lid_map values ('876000000000004', '5531988880004')
on conflict (lid) do update set pn = excluded.pn where whatsmeow_lid_map.pn <> excluded.pn;
-- WuzAPI keeps the newest only.
delete from message_history where message_id <> 'B2';
