-- An id as it is stored and compared. One of more than 255 characters would not fit into an index: its
-- beginning, and a digest of it all.
create or replace function onethread.comparable_id(p_id text)
returns text
language sql
stable
parallel safe
return case
  when length(p_id) <= 255 then p_id
  else left(p_id, 190) || '~' || encode(sha256(convert_to(p_id, 'UTF8')), 'hex')
end;

comment on function onethread.comparable_id(text) is
  'The id, or for one of more than 255 characters its beginning, ~ and its SHA-256: two ids are equal '
  'when these are.';
