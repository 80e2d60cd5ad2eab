-- Where the next page of a thread or of the inbox begins.
--
-- A cursor is "sent_at/id" of the last row of a page, in UTC and ISO style whatever the session's
-- settings are; text keeps every microsecond.
create or replace function onethread.read_cursor(
  p_cursor text,
  out sent_at timestamptz,
  out id bigint
)
language plpgsql
immutable
parallel safe
set timezone = 'UTC'
set datestyle = 'ISO'
as $$
begin
  sent_at := coalesce(split_part(p_cursor, '/', 1)::timestamptz, '9999-12-31 00:00+00');
  id := coalesce(split_part(p_cursor, '/', 2)::bigint, 9223372036854775807);
exception when data_exception then
  raise exception 'invalid cursor: %', quote_literal(p_cursor)
    using errcode = 'invalid_parameter_value',
      hint = 'Pass null for the first page, then the cursor column of the last row.';
end;
$$;

comment on function onethread.read_cursor(text) is
  'Place of a cursor in the order (sent_at, id); after every message for null.';
