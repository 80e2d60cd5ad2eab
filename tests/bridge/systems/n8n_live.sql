insert into n8n_chat_histories (session_id, message)
values ('5531988880004', '{"type": "ai", "content": "how can I help?", "tool_calls": []}');
insert into n8n_chat_histories (session_id, message)
values ('553188880004', '{"type": "human", "content": "with a date"}');
