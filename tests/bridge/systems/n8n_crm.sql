create table chats (id bigserial primary key, phone text);
create table chat_messages (
  id bigserial primary key, created_at timestamptz not null default now(), phone text, nomewpp text, bot_message text,
  user_message text, message_type text, active boolean default true);
insert into chat_messages (created_at, phone, nomewpp, user_message, bot_message) values
  ('2026-01-01 00:00+00', '5531988880002', 'Bia', 'hello', 'how can I help?'),
  ('2026-01-02 00:00+00', '(31) 8888-0002', 'Bia', 'a date', null),
  ('2026-01-03 00:00+00', '5531988880004', null, null, 'your date is tomorrow');
