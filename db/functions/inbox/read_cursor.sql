-- Where the next page of a thread or of the inbox begins.
--
-- A cursor is "sent_at/id" of the last row of a page, in UTC and ISO style whatever the session's
-- settings are; text keeps every microsecond.
--
-- Not "parallel safe": before PostgreSQL 17 a worker cannot enter a block that catches an exception.
create or replace function onethread.read_cursor(
  p_cursor text,
  out sent_at timestamptz,
  out id bigint
)
language plpgsql
immutable
set timezone = 'UTC'
set datestyle = 'ISO'
as $$
begin
  sent_at := split_part(p_cursor, '/', 1)::timestamptz;
  id := split_part(p_cursor, '/', 2)::bigint;
exception when data_exception then
  raise exception 'invalid cursor: %', quote_literal(p_cursor)
    using errcode = 'invalid_parameter_value',
      hint = 'Pass null for the first page, then the cursor column of the last row.';
end;
$$;

comment on function onethread.read_cursor(text) is
  'Place of a cursor in the order (sent_at, id); nulls for null: after every message.';
