insert into chat_messages (created_at, phone, nomewpp, user_message) values ('2026-02-01 00:00+00', '31988880004', 'Davi', 'which one?');
-- The answer comes later, in the same row.
update chat_messages set bot_message = 'at ten' where user_message = 'which one?';
