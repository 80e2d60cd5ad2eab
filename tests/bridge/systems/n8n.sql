create table n8n_chat_histories (id serial primary key, session_id varchar(255) not null, message jsonb not null);
insert into n8n_chat_histories (session_id, message) values
  ('5531988880002@s.whatsapp.net', '{"type": "human", "content": "hello"}'),
  ('553188880002', '{"type": "ai", "content": "good morning", "tool_calls": []}'),
  ('553188880002', '{"type": "tool", "content": "a search"}'),
  ('5531988880004', '{"type": "human", "data": {"content": "an old shape"}}'),
  ('web-chat-7', '{"type": "human", "content": "on the site"}');
