-- inbound or outbound, from whatever word a writer uses for it.
--
-- The column keeps the writer's own word, so that a program that filters on it goes on working.
-- The words for inbound stand again in whatsapp_message_provider_delivery_idx: an index must not call a
-- function that can be replaced.
create or replace function onethread.message_direction(p_direction text)
returns text
language sql
immutable
parallel safe
return case lower(p_direction)
  when 'inbound' then 'inbound'
  when 'outbound' then 'outbound'
  when 'in' then 'inbound'
  when 'out' then 'outbound'
  when 'incoming' then 'inbound'
  when 'outgoing' then 'outbound'
  when 'received' then 'inbound'
  when 'sent' then 'outbound'
end;

comment on function onethread.message_direction(text) is
  'inbound or outbound for any writer''s spelling (in, out, incoming, outgoing, received, sent); '
  'null for any other word.';
