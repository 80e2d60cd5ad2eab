-- How far a message came. failed is no step on that way, see message_state().
create or replace function onethread.status_rank(p_kind text)
returns int
language sql
immutable
parallel safe
return case p_kind
  when 'sent' then 1
  when 'delivered' then 2
  when 'read' then 3
  when 'played' then 4
end;

comment on function onethread.status_rank(text) is
  'Order of statuses: sent, delivered, read, played; null for any other kind of event.';
