-- Which lead does a key name that another program gave a conversation?
--
-- lead:{business}:{lead}, or without the business. Another business's lead is nobody here.
create or replace function onethread.read_conversation_lead(p_business_id bigint, p_key text)
returns bigint
language sql
immutable
parallel safe
return substring(
  p_key from '^lead:(?:' || p_business_id || ':)?([0-9]{1,18})$')::bigint;

comment on function onethread.read_conversation_lead(bigint, text) is
  'Id of the lead in a canonical key of this business; null when it is another one''s, or no lead''s.';
