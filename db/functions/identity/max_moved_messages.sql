-- How many messages may somebody else's write move? What moves more is left pending: a message,
-- or a lead's record, is not the place to wait for it.
create or replace function onethread.max_moved_messages()
returns int
language sql
immutable
parallel safe
return 5000;

comment on function onethread.max_moved_messages() is
  'What a trigger gives as max_moved. By hand and in the background there is no limit (null).';
