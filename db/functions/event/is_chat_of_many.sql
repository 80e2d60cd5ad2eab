-- Is the chat a group, a list or a channel?
create or replace function onethread.is_chat_of_many(p_chat_keys text[])
returns boolean
language sql
immutable
parallel safe
return coalesce(
  split_part(p_chat_keys[1], ':', 1) in ('group', 'broadcast', 'newsletter'), false);

comment on function onethread.is_chat_of_many(text[]) is
  'True when message_chat_keys() are of a group, list or channel.';
